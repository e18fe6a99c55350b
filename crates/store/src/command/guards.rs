//! The commands and questions about what guards a place against a clock that is wrong, as plain data.
//!
//! Must not decide what is due, nor how much may be done at once.

use domain::ids::Place;
use domain::time::Timestamp;
use domain::watch::{Passage, Watch};

use super::Trail;

/// What is kept of a place against a clock that is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaceGuard {
    /// The latest instant at which keys took steps: none is taken before it.
    pub latest_at: Option<Timestamp>,
    /// How many keys somebody admitted to take steps at once.
    pub approval: Option<Approval>,
    /// What was noted of the clock.
    pub watch: Watch,
}

/// So many keys may take steps at once, whatever their share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// How many keys are left of it.
    pub keys: u64,
    /// Until when.
    pub until: Timestamp,
}

impl Approval {
    /// What is left of it once so many keys took steps; nothing when it is used up.
    #[must_use]
    pub const fn less(self, stepped: u64) -> Option<Self> {
        match self.keys.saturating_sub(stepped) {
            0 => None,
            keys => Some(Self { keys, until: self.until }),
        }
    }
}

/// Admits so many keys to take steps at once, in the place of an earlier approval. Each key that takes a
/// step for lack of use uses up one of them.
#[derive(Clone, Debug)]
pub struct ApproveSweep {
    /// Where.
    pub place: Place,
    /// How many, and until when.
    pub approval: Approval,
    /// What tells of it.
    pub trail: Trail,
}

/// Sets the latest instant at which keys of a place took steps back to this one, and takes an approval
/// back, which may be by the clock that was ahead. What was noted of the clock stays. Where the instant is
/// not later, nothing changes, and that is a rejection.
#[derive(Clone, Debug)]
pub struct ResetMark {
    /// Where.
    pub place: Place,
    /// What the clock shows.
    pub at: Timestamp,
    /// What tells of it.
    pub trail: Trail,
}

/// No key of the place took a step at a later instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key took a step later than the clock shows: nothing is held up by it")]
pub struct MarkNotAhead;

/// Notes what the clock of a place shows; see [`Watch::noted`]. What waits for longer than anything ever
/// waits was put there by a clock that was ahead, and is due at once: deliveries
/// ([`DELIVERY_AHEAD_MS`](domain::watch::DELIVERY_AHEAD_MS)), letters
/// ([`LETTER_AHEAD_MS`](domain::watch::LETTER_AHEAD_MS)), and hands, by the system's clock
/// ([`HAND_AHEAD_MS`](domain::watch::HAND_AHEAD_MS)). A store may do some of much, and the rest at the next
/// note. Takes no epoch.
#[derive(Clone, Debug)]
pub struct NoteClock {
    /// Whose clock.
    pub place: Place,
    /// What it shows.
    pub now: Timestamp,
    /// What the system's shows.
    pub clock: Timestamp,
    /// How it came there.
    pub passage: Passage,
}

//! The commands and questions about the ageing of keys, as plain data.
//!
//! Must not know a policy: what is due comes in with the command.

use domain::account::Branding;
use domain::ids::{KeyId, Place};
use domain::key::Key;
use domain::lifecycle::{Step, StepDone};
use domain::time::Timestamp;

use super::Trail;

/// Most keys of one page of [`DueKeys`] and of one [`AgeKeys`].
pub const AGED_AT_ONCE: u32 = 256;

/// Asks for keys of a place whose ageing has to be looked at by now, in the order of those instants.
#[derive(Clone, Debug)]
pub struct DueKeys {
    /// Where.
    pub place: Place,
    /// Until when they are to be looked at.
    pub until: Timestamp,
    /// Where to go on; `None` for the beginning.
    pub after: Option<DuePosition>,
    /// How many rows are looked at, from one to [`AGED_AT_ONCE`].
    pub limit: u32,
}

/// Where a key stands among those that are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DuePosition {
    /// When it is to be looked at.
    pub look_at: Timestamp,
    /// Its place in the order of making.
    pub made: u64,
}

/// A key that is due for a look, with all that its ageing depends on.
#[derive(Clone, Debug)]
pub struct DueKey {
    /// The key.
    pub key: Key,
    /// Under whose name its owner meets people.
    pub branding: Branding,
    /// What was done in its present idle time, in no order.
    pub done: Vec<StepDone>,
}

/// A page of keys that are due.
#[derive(Clone, Debug)]
pub struct DuePage {
    /// The keys. One that cannot be read is left out.
    pub items: Vec<DueKey>,
    /// Where to look for more, if there may be any.
    pub next: Option<DuePosition>,
}

/// Takes steps of the ageing of keys of one place, and says when each key is looked at again.
///
/// A key that is no longer as it was seen, or that took one of the steps already, is passed over:
/// nothing of it changes, so that it is found again. All others are written, or none.
#[derive(Clone, Debug)]
pub struct AgeKeys {
    /// Where the keys are.
    pub place: Place,
    /// When. The store keeps the latest instant at which a step was taken in each place and goes on
    /// from there alone; a look that takes none moves nothing.
    pub at: Timestamp,
    /// The keys, [`AGED_AT_ONCE`] at most, each once.
    pub keys: Vec<AgedKey>,
}

/// What becomes of one key.
#[derive(Clone, Debug)]
pub struct AgedKey {
    /// Which key.
    pub key: KeyId,
    /// As what it was seen.
    pub seen: Seen,
    /// The steps that it takes, in their order, each with what tells of it.
    pub steps: Vec<(Step, Trail)>,
    /// When it is looked at again.
    pub look_at: Option<Timestamp>,
}

impl AgedKey {
    /// Whether a guard counts it: it takes a step for lack of use.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.steps.iter().any(|(step, _)| step.comes_of_idleness())
    }
}

/// What of a key must not have changed since somebody looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The epoch of its last change.
    pub epoch: u64,
    /// Since when it is idle.
    pub idle_since: Timestamp,
    /// Under whose name its owner meets people.
    pub branding: Branding,
}

impl Seen {
    /// What is seen of this key of such an owner.
    #[must_use]
    pub fn of(key: &Key, branding: Branding) -> Self {
        Self { epoch: key.epoch, idle_since: key.idle_since(), branding }
    }
}

/// What became of the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aged {
    /// How many took their steps, or were only looked at.
    pub written: u32,
    /// How many were passed over.
    pub passed_over: u32,
    /// How many steps were taken.
    pub steps: u32,
}

/// Why no key took a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgeKeysRejection {
    /// Steps were taken in this place at a later instant than this one.
    #[error("the clock is behind: keys of this place aged at {latest} already")]
    ClockBehind {
        /// The latest instant.
        latest: Timestamp,
    },
}

/// Has keys of a place looked at anew where its policy is not the one that is kept, some at a time.
#[derive(Clone, Debug)]
pub struct RelookKeys {
    /// Where.
    pub place: Place,
    /// The fingerprint of its policy.
    pub policy: String,
    /// When they are to be looked at.
    pub at: Timestamp,
    /// Most keys of one step.
    pub limit: u32,
}

/// A step that is kept of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptStep {
    /// The key.
    pub key: KeyId,
    /// Since when it was idle.
    pub idle_since: Timestamp,
    /// What was done, and when.
    pub done: StepDone,
}

//! The port: a request takes from all its budgets at once, or from none.
//!
//! Must not offer a way to take from one budget first and from another later: between the two, a
//! request that is refused would have cost something.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroU32;

use domain::limit::{LIMITS_MAX, LimitKind, LimitMode, LimitSubject};
use domain::time::Tick;
use foldhash::fast::FixedState;

/// Which counter. It names no number of a limit: another number must not bring a fresh budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CounterId {
    /// The environment, by its position.
    pub place: u16,
    /// The limit, by its position in the realm.
    pub rule: u16,
    /// Whose budget.
    pub subject: LimitSubject,
}

/// What a request wants of one budget.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The counter.
    pub id: CounterId,
    /// The whole budget; for an interval at most [`domain::limit::ANY_INTERVAL_MAX`].
    pub at_most: u32,
    /// How it is counted.
    pub kind: LimitKind,
    /// Whether it refuses.
    pub mode: LimitMode,
    /// How much is taken: from 1 to `at_most`; of what is under way at once, always 1.
    pub cost: u32,
}

/// Where counters live together, so that one step takes from all of them. The counters of one
/// request have one home, and a counter always has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home(u64);

impl Home {
    /// A number that is the same for the same home, and seldom for another.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The home of everything that is counted for this one.
    #[must_use]
    pub fn of(whom: &impl Hash) -> Self {
        // Identifiers are random and made by us, so the hash needs no defence against chosen ones.
        Self(FixedState::with_seed(1).hash_one(whom))
    }
}

/// Whether a request takes, or only asks whether it could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It takes.
    ToTake,
    /// It asks; nothing is counted.
    ToLook,
}

/// One of several under way at once, to be given back when its answer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(NonZeroU32);

impl Ticket {
    /// The ticket with this number, which only whoever counts may give out.
    #[must_use]
    pub const fn numbered(number: NonZeroU32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> NonZeroU32 {
        self.0
    }
}

/// Where a budget stands after a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What is left of it.
    pub remaining: u32,
    /// In how many milliseconds something comes back, rounded up; for a window that opened at a
    /// request, in how many it ends. `None` where that is not a matter of time.
    pub resets_in_ms: Option<NonZeroU32>,
    /// What has to be given back at the end.
    pub ticket: Option<Ticket>,
    /// Whether the limit refuses nobody and would have refused this.
    pub would_refuse: bool,
}

/// Where all budgets of a request stand, in the order of its claims.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standings {
    all: [Standing; LIMITS_MAX],
    len: u8,
}

impl Standings {
    /// One for each claim.
    #[must_use]
    pub fn all(&self) -> &[Standing] {
        &self.all[..usize::from(self.len)]
    }

    /// Adds that of the next claim; more than [`LIMITS_MAX`] are not kept.
    pub fn push(&mut self, standing: Standing) {
        if let Some(slot) = self.all.get_mut(usize::from(self.len)) {
            *slot = standing;
            self.len += 1;
        }
    }
}

/// Nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// A budget is used up; of several, the one that takes longest.
    Spent {
        /// The position of its claim.
        claim: usize,
        /// What is left of it, which is less than the request costs.
        remaining: u32,
        /// In how many milliseconds the same request would fit, rounded up. `None` where that is not
        /// a matter of time.
        retry_in_ms: Option<NonZeroU32>,
    },
    /// There is no room for another counter, so nobody can know.
    Full,
}

/// Counts. Two requests at once are counted one after the other.
pub trait Counters: Send + Sync + fmt::Debug {
    /// Takes from all budgets or from none. At most [`LIMITS_MAX`] claims, of different counters
    /// with one home.
    ///
    /// Readings of the clock may come a little out of order, because each was made before its
    /// request had its turn; an earlier one counts as the latest that a counter was told.
    ///
    /// # Errors
    /// A budget that is used up, or no room for another counter.
    fn take(
        &self,
        now: Tick,
        home: Home,
        asked: Asked,
        claims: &[Claim],
    ) -> Result<Standings, Denied>;

    /// Gives back what was under way, once for each ticket.
    fn give_back(&self, home: Home, ticket: Ticket);

    /// Forgets counters that count nothing any more. To be called now and then.
    fn sweep(&self, now: Tick);

    /// How many counters are kept.
    fn count(&self) -> usize;
}

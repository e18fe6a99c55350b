//! How keys age: what happens to a key that nobody uses, and when.
//!
//! A pure table: policy, key, what was done already and the instant come in; what is due and when to
//! look again come out. Must not know stores, loops or letters.

mod calendar;
mod due;
mod guard;
mod policy;
mod preview;
mod step;

pub use due::{Aging, Look, StepDone, look, projected_expiry};
pub use guard::{GUARD_KEYS_MIN, SweepGuard};
pub use policy::{
    DAYS_MAX, LifecyclePolicy, MONTHS_MAX, NOTICE_DAYS_MAX, NOTICE_DAYS_USUAL, PolicyError, Stages,
    StagesDraft, WARNINGS_MAX, Wait, WarningTime,
};
pub use preview::{Coming, coming};
pub use step::{NotAStep, Step};

/// How the keys of a realm age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// What happens to them, and when.
    pub policy: LifecyclePolicy,
    /// How much of it may happen at once.
    pub guard: SweepGuard,
}

#[cfg(test)]
mod tests;

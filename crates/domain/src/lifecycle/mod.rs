//! How keys age: what happens to a key that nobody uses, and when.
//!
//! A pure table: policy, key, what was done already and the instant come in; what is due and when to
//! look again come out. Must not know stores, loops or letters.

mod calendar;
mod due;
mod policy;
mod step;

pub use due::{Aging, Look, StepDone, look, projected_expiry};
pub use policy::{
    DAYS_MAX, LifecyclePolicy, MONTHS_MAX, NOTICE_DAYS_MAX, NOTICE_DAYS_USUAL, PolicyError, Stages,
    StagesDraft, WARNINGS_MAX, Wait, WarningTime,
};
pub use step::{NotAStep, Step};

#[cfg(test)]
mod tests;

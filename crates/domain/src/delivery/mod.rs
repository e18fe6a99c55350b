//! Deliveries: an event on its way to one receiver, how often it is tried, and what failing leads to.
//!
//! Pure rules. Must not know an event's body, an address or a clock.

mod ending;
mod ladder;
mod queue;

pub use ending::{Ending, NotAnEnding, SuccessRule};
pub use ladder::{FAILURES_MAX, wait_ms};
pub use queue::{AfterFailure, Alert, Streak};

/// How long what could not be delivered is kept, and what was delivered is shown: 14 days.
pub const KEPT_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// Most events that are under way at once to a webhook that does not want them one by one, while nothing
/// fails: see [`Streak::at_once`].
pub const AT_ONCE_MAX: u32 = 8;

/// Most bytes of an answer that are kept of an attempt.
pub const ANSWER_MAX: usize = 4_096;

/// Most attempts that are kept of one delivery: the latest.
pub const ATTEMPTS_KEPT: u32 = 50;

//! The system's clock: read once for each request, and by the loops.
//!
//! Everything below the edge is told the time. Must not be read twice for one request, because two
//! readings may disagree.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::time::Timestamp;

/// The instant at which this is asked.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the edge")]
pub(crate) fn now() -> Timestamp {
    // A clock before 1970 is one that was never set; the epoch is as good as any of its answers.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

//! The system's clocks: that of the day, and one that nobody sets. Each is read once for each
//! request, and by the loops.
//!
//! Everything below the edge is told the time. Must not be read twice for one request, because two
//! readings may disagree.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::time::{Reading, Tick, Timestamp};

/// From when on ticks are counted.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the edge")]
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The instant at which this is asked. Whose time it is, a place says.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the edge")]
pub(crate) fn now() -> Reading {
    // A clock before 1970 is one that was never set; the epoch is as good as any of its answers.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let shown = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    Reading::of(shown)
}

/// The same on the clock that nobody sets. It stands still while the machine is suspended: what is
/// counted by it then counts for longer, never for less long.
pub(crate) fn tick() -> Tick {
    let since = BEGIN.elapsed();
    Tick::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}

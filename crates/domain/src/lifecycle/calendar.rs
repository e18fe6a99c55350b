//! Calendar months in a zone, and days.
//!
//! A month later is the same day and hour on the wall, clamped to the month's end; an hour that a
//! clock change leaves out is the one after it, and of an hour that comes twice it is the first. A
//! day is 24 hours, so that a notice of seven days is never an hour short. Must not ask a clock.

use jiff::Span;
use jiff::tz::TimeZone;

use super::policy::Wait;
use crate::time::Timestamp;

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// The instant so long after this one; the last instant of all where it would lie beyond.
pub(super) fn after(start: Timestamp, wait: Wait, zone: &TimeZone) -> Timestamp {
    match wait {
        Wait::Days(days) => start.plus_millis(i64::from(days) * DAY_MS),
        Wait::Months(months) => months_after(start, months, zone).unwrap_or(Timestamp::LATEST),
    }
}

/// The instant so many days before this one.
pub(super) fn days_before(end: Timestamp, days: u16) -> Timestamp {
    end.plus_millis(-i64::from(days) * DAY_MS)
}

fn months_after(start: Timestamp, months: u16, zone: &TimeZone) -> Option<Timestamp> {
    let start = jiff::Timestamp::from_millisecond(start.as_millis()).ok()?;
    let span = Span::new().try_months(months).ok()?;
    let wall = zone.to_datetime(start).checked_add(span).ok()?;
    let instant = zone.to_ambiguous_zoned(wall).compatible().ok()?.timestamp();
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

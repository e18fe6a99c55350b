//! Instants as people read them: the day, the time and the zone.
//!
//! Must not name months; languages do.

use domain::time::Timestamp;
use jiff::tz::TimeZone;

/// An instant in parts.
pub(super) struct Parts {
    pub(super) day: i8,
    /// From 0 on.
    pub(super) month: usize,
    pub(super) year: i16,
    pub(super) hour: i8,
    pub(super) minute: i8,
    pub(super) zone: String,
}

/// An instant as it reads in a zone. One that no calendar holds is shown as the epoch.
pub(super) fn parts(at: Timestamp, zone: &TimeZone) -> Parts {
    let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    let zoned = instant.to_zoned(zone.clone());
    let name = zone.iana_name().map_or_else(|| zoned.offset().to_string(), str::to_owned);
    Parts {
        day: zoned.day(),
        month: usize::try_from(zoned.month() - 1).unwrap_or(0),
        year: zoned.year(),
        hour: zoned.hour(),
        minute: zoned.minute(),
        zone: name,
    }
}

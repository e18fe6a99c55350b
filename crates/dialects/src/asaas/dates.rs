//! Dates of the contract: local, to the second, without a zone (section 2.1).
//!
//! Must not know what time it is.

use domain::time::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";
const DAY: &str = "%Y-%m-%d";
/// `2026-12-31 12:30:50`, and a day alone.
const LENGTHS: (usize, usize) = (19, 10);

/// Reads a local instant; a day alone means its last second. `None` for anything else, days and
/// hours that do not exist included.
pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local = if text.len() == LENGTHS.0 {
        let local = DateTime::strptime(FORMAT, text).ok()?;
        // The reader is more generous than the contract: blanks and single digits would pass.
        if local.strftime(FORMAT).to_string() != text {
            return None;
        }
        local
    } else if text.len() == LENGTHS.1 {
        let day = Date::strptime(DAY, text).ok()?;
        if day.strftime(DAY).to_string() != text {
            return None;
        }
        day.at(23, 59, 59, 0)
    } else {
        return None;
    };
    // An hour that a clock change leaves out is no hour; one that comes twice is the first of both.
    let ambiguous = zone.to_ambiguous_zoned(local);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => return None,
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {}
    }
    let ms = ambiguous.earlier().ok()?.timestamp().as_millisecond();
    let instant = Timestamp::from_millis(ms);
    (instant.as_millis() == ms).then_some(instant)
}

/// Writes an instant as people in this zone see it.
pub(super) fn write(instant: Timestamp, zone: &TimeZone) -> String {
    let instant = jiff::Timestamp::from_millisecond(instant.as_millis());
    // Every instant of ours lies within the years that can be written.
    let local = instant.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    local.strftime(FORMAT).to_string()
}

/// Writes the day of an instant as people in this zone see it.
pub(super) fn write_day(instant: Timestamp, zone: &TimeZone) -> String {
    let mut text = write(instant, zone);
    text.truncate(LENGTHS.1);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone")
    }

    #[test]
    fn an_instant_survives_its_local_text() {
        let zone = zone("America/Sao_Paulo");
        let instant = read("2026-12-31 12:30:50", &zone).expect("an instant");
        assert_eq!(instant.to_rfc3339(), "2026-12-31T15:30:50.000Z");
        assert_eq!(write(instant, &zone), "2026-12-31 12:30:50");
    }

    #[test]
    fn a_day_alone_means_its_last_second() {
        let instant = read("2026-12-31", &zone("America/Sao_Paulo")).expect("an instant");
        assert_eq!(instant.to_rfc3339(), "2027-01-01T02:59:59.000Z");
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        let zone = zone("America/Sao_Paulo");
        for text in [
            "",
            "2026-02-30",
            "2026-13-01 00:00:00",
            "2026-12-31 24:00:00",
            "2026-12-31  1:30:50",
            "2026- 1-031",
            "9999-12-31 23:59:59",
            "2026-12-31T12:30:50",
            "2026-12-31 12:30:5x",
            "2026-12-31 12:30:50Z",
            "0000-01-01 00:00:00",
            "1969-12-31 00:00:00",
            "31/12/2026",
        ] {
            assert_eq!(read(text, &zone), None, "{text}");
        }
        // The night on which Brazil's clocks went forward for the last time.
        assert_eq!(read("2018-11-04 00:30:00", &zone), None);
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first() {
        let zone = zone("Europe/Lisbon");
        let instant = read("2026-10-25 01:30:00", &zone).expect("an instant");
        assert_eq!(instant.to_rfc3339(), "2026-10-25T00:30:00.000Z");
    }
}

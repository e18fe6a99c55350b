//! Instants as people write them: an instant, a day, or how long from now.
//!
//! A day begins at midnight in the realm's zone. Must not guess at a text that can be read in two
//! ways.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use serde_json::Value;

use super::failure::Failure;

/// Longest text of an instant, a day or a length of time.
const TEXT_MAX: usize = 40;

/// When something is to be.
#[derive(Clone, Debug)]
pub(super) enum When {
    /// At this instant.
    At(Timestamp),
    /// When this day begins.
    Day(Date),
    /// So long after what the clock shows.
    After(Span),
}

/// Reads an instant or a day.
pub(super) fn instant(text: &str) -> Result<When, &'static str> {
    let wrong = "say a day such as 2027-03-01, or an instant such as 2027-03-01T12:00:00Z";
    if text.len() > TEXT_MAX {
        return Err(wrong);
    }
    let day = if text.len() == 10 { text.parse().ok().map(When::Day) } else { None };
    day.or_else(|| text.parse().ok().map(When::At)).ok_or(wrong)
}

/// Reads a length of time.
pub(super) fn length(text: &str) -> Result<When, &'static str> {
    let wrong = "say a length of time such as P3M, P7D or PT12H";
    // Words such as `3 months` are read by the library as well, and minus signs.
    if text.len() > TEXT_MAX || !text.starts_with('P') || text.contains('-') {
        return Err(wrong);
    }
    let span: Span = text.parse().map_err(|_| wrong)?;
    if span.is_positive() { Ok(When::After(span)) } else { Err("say a length of time above zero") }
}

impl When {
    /// The instant, for the clock that the API showed, as the API reads it.
    ///
    /// # Errors
    /// An instant beyond all calendars.
    pub(super) fn resolved(&self, clock: &Value) -> Result<String, Failure> {
        let zone = clock["time_zone"].as_str().and_then(|name| TimeZone::get(name).ok());
        let zone = zone.unwrap_or(TimeZone::UTC);
        let now = clock["now"].as_str().and_then(|now| now.parse::<Timestamp>().ok());
        let too_far = |_| Failure::usage("That lies beyond all calendars: choose an earlier one.");
        let zoned: Zoned = match self {
            Self::At(instant) => return Ok(instant.to_string()),
            Self::Day(day) => day.to_zoned(zone).map_err(too_far)?,
            Self::After(span) => {
                let now = now.unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone);
                now.checked_add(*span).map_err(too_far)?
            }
        };
        Ok(zoned.timestamp().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(when: Result<When, &str>, expected: &str) {
        let clock = serde_json::json!({
            "now": "2026-11-30T15:00:00.000Z", "time_zone": "America/Sao_Paulo"
        });
        let found = when.map(|when| when.resolved(&clock).expect("an instant"));
        assert_eq!(found.expect("it is read"), expected);
    }

    #[test]
    fn days_and_months_are_those_of_the_realm() {
        check(instant("2027-03-01"), "2027-03-01T03:00:00Z");
        check(instant("2027-03-01T12:00:00+02:00"), "2027-03-01T10:00:00Z");
        check(length("P3M"), "2027-02-28T15:00:00Z");
        check(length("P1Y"), "2027-11-30T15:00:00Z");
        check(length("PT36H"), "2026-12-02T03:00:00Z");
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in ["", "tomorrow", "01/03/2027", "2027-3-1", "2027-02-30", "2027-03-01T12:00:00"]
        {
            assert!(instant(text).is_err(), "{text}");
        }
        for text in ["", "3 months", "-P3M", "P-3M", "P0D", "P", "7d", &"P".repeat(99)] {
            assert!(length(text).is_err(), "{text}");
        }
    }
}

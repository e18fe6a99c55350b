//! Points in time as the whole house passes them around: milliseconds since the Unix epoch, UTC.
//!
//! Must not read a clock. Whoever needs to know the time is told it.

use std::fmt;

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Last instant that can be written as text in every zone: 9999-12-30T22:00:00.000Z, jiff's own.
const LATEST_MS: i64 = 253_402_207_200_000;

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// The last instant.
    pub const LATEST: Self = Self(LATEST_MS);

    /// An instant from milliseconds since the Unix epoch, held inside the years 1970 to 9999.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        if ms < 0 {
            Self(0)
        } else if ms > LATEST_MS {
            Self(LATEST_MS)
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        let elapsed_ms = self.0 - earlier.0;
        if elapsed_ms < 0 { 0 } else { elapsed_ms }
    }

    /// The instant `ms` milliseconds later.
    #[must_use]
    pub const fn plus_millis(self, ms: i64) -> Self {
        Self::from_millis(self.0.saturating_add(ms))
    }

    /// RFC 3339 in UTC with milliseconds, such as `2026-11-22T00:14:38.000Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        format!("{self}")
    }

    /// Reads RFC 3339 with an offset (`2026-12-31T12:30:50Z`, `…-03:00`).
    ///
    /// # Errors
    /// Anything that is not such a text, or lies outside the years 1970 to 9999.
    pub fn parse_rfc3339(text: &str) -> Result<Self, NotATimestamp> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| NotATimestamp)?;
        let ms = instant.as_millisecond();
        if (0..=LATEST_MS).contains(&ms) { Ok(Self(ms)) } else { Err(NotATimestamp) }
    }
}

/// The text is not an RFC 3339 instant between the years 1970 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 instant with an offset, such as 2026-12-31T12:30:50Z")]
pub struct NotATimestamp;

/// A reading of the system's clock, before anybody has said whose time it is.
///
/// Every place has a time of its own (see [`crate::clock`]), so a reading is no [`Timestamp`]: what
/// happens in a place is told the place's time, which the place makes of a reading. Whatever is
/// forgotten on the way does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading(Timestamp);

impl Reading {
    /// A reading of a clock that shows this instant.
    #[must_use]
    pub const fn of(shown: Timestamp) -> Self {
        Self(shown)
    }

    /// The instant itself, for what is in no place: operators, lengths of waiting, and whoever is
    /// outside and has but one clock, such as an upstream that checks a token.
    #[must_use]
    pub const fn real(self) -> Timestamp {
        self.0
    }

    /// The reading `ms` milliseconds later.
    #[must_use]
    pub const fn plus_millis(self, ms: i64) -> Self {
        Self(self.0.plus_millis(ms))
    }
}

/// A reading of a clock that never goes back and is set by nobody, in microseconds since a start of
/// its own.
///
/// For lengths of time inside one process, such as those of limits: a [`Timestamp`] jumps when the
/// system's clock is set, and two of them a millisecond apart may be two or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(u64);

impl Tick {
    /// A reading of so many microseconds.
    #[must_use]
    pub const fn from_micros(us: u64) -> Self {
        Self(us)
    }

    /// Microseconds since the clock's start.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The reading `us` microseconds later.
    #[must_use]
    pub const fn plus_micros(self, us: u64) -> Self {
        Self(self.0.saturating_add(us))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        let at = jiff::tz::Offset::UTC.to_datetime(instant);
        let (date, time) = (at.date(), at.time());
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let parts = [
            (0..4, date.year()),
            (5..7, date.month().into()),
            (8..10, date.day().into()),
            (11..13, time.hour().into()),
            (14..16, time.minute().into()),
            (17..19, time.second().into()),
            (20..23, time.millisecond()),
        ];
        for (digits, number) in parts {
            // No part is below zero, nor wider than its place.
            let mut rest = number.unsigned_abs();
            for digit in text[digits].iter_mut().rev() {
                *digit += u8::try_from(rest % 10).unwrap_or(0);
                rest /= 10;
            }
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_its_own_text() {
        let instant = Timestamp::from_millis(1_795_306_478_123);
        assert_eq!(Timestamp::parse_rfc3339(&instant.to_rfc3339()), Ok(instant));
    }

    #[test]
    fn the_last_instant_can_be_written() {
        let last = Timestamp::from_millis(i64::MAX);
        assert_eq!(last.to_rfc3339(), "9999-12-30T22:00:00.000Z");
        assert_eq!(Timestamp::parse_rfc3339(&last.to_rfc3339()), Ok(last));
    }

    #[test]
    fn an_offset_is_taken_into_account() {
        assert_eq!(
            Timestamp::parse_rfc3339("2026-12-31T12:30:50-03:00"),
            Timestamp::parse_rfc3339("2026-12-31T15:30:50Z")
        );
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2026-01-01",
            "",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), Err(NotATimestamp), "{text}");
        }
    }
}

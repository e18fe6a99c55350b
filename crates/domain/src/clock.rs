//! The clocks of places: a real one follows the system's, a simulated one runs ahead of it by an
//! offset that only grows.
//!
//! Must not read a clock: whoever asks brings a [`Reading`] of the system's.

use crate::ids::Place;
use crate::time::{Reading, Timestamp};

/// To what instant a simulated clock may be moved at most: the end of the year 2199. Calendars are
/// held to be known until then.
pub const CLOCK_LATEST: Timestamp = Timestamp::from_millis(7_258_118_399_999);

/// What the clock of a place follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKind {
    /// The system's clock.
    Real,
    /// The system's clock and an offset: it runs on by itself, and can be moved forward.
    Simulated,
}

/// How far a clock runs ahead of the system's, in milliseconds; never less than zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockOffset(i64);

/// Why a clock was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockRejection {
    /// It would go back.
    #[error("the clock shows {now} already and never goes back: name a later instant")]
    Backward {
        /// What it shows.
        now: Timestamp,
    },
    /// It would go beyond [`CLOCK_LATEST`].
    #[error("a clock is moved to {CLOCK_LATEST} at most: name an earlier instant")]
    TooFar,
}

impl ClockOffset {
    /// That of a clock which was never moved.
    pub const NONE: Self = Self(0);

    /// An offset of so many milliseconds; a negative one is none.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Option<Self> {
        if ms < 0 { None } else { Some(Self(ms)) }
    }

    /// So many milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// What a clock with this offset shows when the system's shows `reading`.
    #[must_use]
    pub const fn time(self, reading: Reading) -> Timestamp {
        reading.real().plus_millis(self.0)
    }

    /// The offset with which it shows `to` at this reading.
    ///
    /// # Errors
    /// An instant before what it shows, or one that is too far.
    pub fn moved(self, reading: Reading, to: Timestamp) -> Result<Self, ClockRejection> {
        let now = self.time(reading);
        if to < now {
            return Err(ClockRejection::Backward { now });
        }
        // One that has run past the last instant by itself stays where it is.
        if to > CLOCK_LATEST && to > now {
            return Err(ClockRejection::TooFar);
        }
        Ok(Self(self.0.saturating_add(to.millis_since(now))))
    }
}

/// The clock of a place that was moved at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceClock {
    /// Whose it is.
    pub place: Place,
    /// How far it runs ahead.
    pub offset: ClockOffset,
    /// The epoch of its last move.
    pub epoch: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Reading = Reading::of(Timestamp::from_millis(1_000));

    #[track_caller]
    fn check(offset_ms: i64, to_ms: i64, expected: Result<i64, ClockRejection>) {
        let offset = ClockOffset::from_millis(offset_ms).expect("not negative");
        let moved = offset.moved(AT, Timestamp::from_millis(to_ms));
        assert_eq!(moved.map(ClockOffset::as_millis), expected, "{offset_ms} {to_ms}");
    }

    #[test]
    fn a_clock_shows_what_it_was_moved_to_and_never_goes_back() {
        let back = |ms| Err(ClockRejection::Backward { now: Timestamp::from_millis(ms) });
        check(0, 1_000, Ok(0));
        check(0, 1_001, Ok(1));
        check(500, 1_500, Ok(500));
        check(500, 2_000, Ok(1_000));
        check(0, 999, back(1_000));
        check(500, 1_499, back(1_500));
        assert_eq!(ClockOffset::from_millis(-1), None);
    }

    #[test]
    fn a_clock_is_moved_to_the_end_of_2199_at_most() {
        assert_eq!(CLOCK_LATEST.to_rfc3339(), "2199-12-31T23:59:59.999Z");
        let latest = CLOCK_LATEST.as_millis();
        check(0, latest, Ok(latest - 1_000));
        check(0, latest + 1, Err(ClockRejection::TooFar));
        check(0, i64::MAX, Err(ClockRejection::TooFar));
        // Time itself goes on.
        check(latest, latest + 1_000, Ok(latest));
    }
}

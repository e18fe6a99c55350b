//! What a place has seen of its clock: whether time was lived through, or the clock leapt.
//!
//! A clock that is weeks ahead makes everything that waits look old, and so does a server that was off
//! for weeks. Nobody can tell the two apart, but somebody may set the one right, and the other has
//! attempts to make up for. So after a leap nothing is deleted for a day, nor where nobody knows whether
//! there was one. Must not read a clock.

use crate::time::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How often it is noted what a clock shows.
pub const NOTED_EVERY_MS: i64 = 5 * MINUTE_MS;
/// Between two notes a clock goes so far at most, or it leapt: the server was off, or the clock was set.
pub const LEAP_MS: i64 = HOUR_MS;
/// How long nothing is deleted after a leap: longer than all the waits of an event that fails.
pub const REST_MS: i64 = 24 * HOUR_MS;
/// How far ahead anything that waits for a webhook is due at most: the longest wait and an attempt.
pub const DELIVERY_AHEAD_MS: i64 = 3 * HOUR_MS + MINUTE_MS;
/// How far ahead a letter is due at most: it waits for the end of a day, which may have 25 hours.
pub const LETTER_AHEAD_MS: i64 = 26 * HOUR_MS;
/// How far ahead by the system's clock anything is in a hand at most, many times over.
pub const HAND_AHEAD_MS: i64 = 5 * MINUTE_MS;

/// How a clock came to where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// By itself, as far as anybody knows.
    ByItself,
    /// Somebody moved it, and knows that nothing was due in between.
    Moved,
}

/// What is kept of the clock of a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// What it showed when it was noted last.
    pub seen_at: Option<Timestamp>,
    /// Until when nothing is deleted.
    pub rests_until: Option<Timestamp>,
}

impl Watch {
    /// Whether it is to be noted what the clock shows now.
    #[must_use]
    pub fn is_due(self, now: Timestamp) -> bool {
        self.seen_at.is_none_or(|seen| now < seen || now.millis_since(seen) >= NOTED_EVERY_MS)
    }

    /// What is kept once it was noted that the clock shows this.
    #[must_use]
    pub fn noted(self, now: Timestamp, passage: Passage) -> Self {
        // Where nothing was noted yet, the server may have been off for weeks before an upgrade.
        let leapt = passage == Passage::ByItself
            && self.seen_at.is_none_or(|seen| now.millis_since(seen) > LEAP_MS);
        let rest_end = now.plus_millis(REST_MS);
        // One that ends later was begun by a clock that was ahead. By how much, nobody knows: it may be
        // a minute after weeks without attempts, so it goes on, for no longer than a whole one.
        let rests = self.rests_until.filter(|until| *until > now).map(|until| until.min(rest_end));
        Self { seen_at: Some(now), rests_until: if leapt { Some(rest_end) } else { rests } }
    }

    /// Whether old things may be deleted.
    #[must_use]
    pub fn may_delete(self, now: Timestamp) -> bool {
        self.rests_until.is_none_or(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::wait_ms;

    const DAY_MS: i64 = 24 * HOUR_MS;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn seen(ms: i64) -> Watch {
        Watch { seen_at: Some(at(ms)), rests_until: None }
    }

    #[track_caller]
    fn check(before: Watch, now_ms: i64, passage: Passage, rests_until_ms: Option<i64>) {
        let expected = Watch { seen_at: Some(at(now_ms)), rests_until: rests_until_ms.map(at) };
        assert_eq!(before.noted(at(now_ms), passage), expected);
    }

    #[test]
    fn nothing_is_deleted_for_a_day_after_a_leap() {
        check(seen(0), LEAP_MS, Passage::ByItself, None);
        check(seen(0), LEAP_MS + 1, Passage::ByItself, Some(LEAP_MS + 1 + REST_MS));
        check(seen(0), 20 * DAY_MS, Passage::Moved, None);
        let resting = seen(0).noted(at(20 * DAY_MS), Passage::ByItself);
        assert!(!resting.may_delete(at(21 * DAY_MS - 1)) && resting.may_delete(at(21 * DAY_MS)));
        check(resting, 20 * DAY_MS + 1, Passage::ByItself, Some(21 * DAY_MS));
        check(resting, 21 * DAY_MS, Passage::Moved, None);
    }

    #[test]
    fn nobody_knows_whether_a_clock_leapt_that_was_never_noted() {
        check(Watch::default(), 20 * DAY_MS, Passage::ByItself, Some(20 * DAY_MS + REST_MS));
        check(Watch::default(), 20 * DAY_MS, Passage::Moved, None);
    }

    #[test]
    fn a_clock_that_is_set_back_ends_no_rest_and_rests_for_no_longer_than_a_day() {
        let ahead = seen(0).noted(at(20 * DAY_MS), Passage::ByItself);
        check(ahead, 20 * DAY_MS - 1, Passage::ByItself, Some(21 * DAY_MS - 1));
        check(ahead, HOUR_MS, Passage::ByItself, Some(HOUR_MS + REST_MS));
        assert!(ahead.is_due(at(HOUR_MS)));
        assert!(!seen(0).is_due(at(NOTED_EVERY_MS - 1)) && seen(0).is_due(at(NOTED_EVERY_MS)));
    }

    #[test]
    fn a_rest_is_longer_than_all_attempts_and_no_wait_is_longer_than_its_bound() {
        assert!((0..15).map(wait_ms).sum::<i64>() < REST_MS);
        assert!((0..15).all(|failures| wait_ms(failures) < DELIVERY_AHEAD_MS));
    }
}

//! How the queue of a webhook fares: its failures in a row, and what they lead to.
//!
//! Must not count one outage many times: events that fail side by side are one failure.

use super::AT_ONCE_MAX;
use super::ladder::{FAILURES_MAX, wait_ms};
use crate::time::Timestamp;

/// Failures in a row of a webhook; a success ends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streak(u32);

/// What the people of a webhook are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// So many attempts in a row failed: 5 or 10.
    Failing(u32),
    /// [`FAILURES_MAX`] attempts in a row failed, and nothing is sent until somebody resumes it.
    Interrupted,
    /// So many events were deleted because they could not be delivered in time.
    Expired(u32),
}

/// What a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AfterFailure {
    /// How often the event failed by now.
    pub failures: u32,
    /// When to try it again.
    pub next_at: Timestamp,
    /// The failures in a row of its webhook by now.
    pub streak: Streak,
    /// What its people are told, if anything.
    pub alert: Option<Alert>,
}

impl Streak {
    /// Whether the receiver fails. Then events that failed are tried before those that were never tried,
    /// each in its time, so that a receiver with much to come is found to be down as soon as another.
    #[must_use]
    pub const fn is_failing(self) -> bool {
        self.count() > 0
    }

    /// How many events may be under way at once to a receiver that does not want them one by one: a
    /// single one while it fails, so that one that hangs takes no room from others for long.
    #[must_use]
    pub const fn at_once(self) -> u32 {
        if self.is_failing() { 1 } else { AT_ONCE_MAX }
    }

    /// A streak read back from the store.
    #[must_use]
    pub const fn from_count(failures: u32) -> Self {
        Self(failures)
    }

    /// How many failures it has.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0
    }

    /// What follows when an event that failed so often before fails once more at this instant.
    #[must_use]
    pub fn after_failure(self, failures_before: u32, at: Timestamp) -> AfterFailure {
        let failures = failures_before.saturating_add(1);
        // Others that fail for the first time in the same outage add nothing.
        let longer = failures > self.0;
        let streak = if longer { Self(self.0 + 1) } else { self };
        let alert = match streak.0 {
            FAILURES_MAX.. if longer => Some(Alert::Interrupted),
            count @ (5 | 10) if longer => Some(Alert::Failing(count)),
            _ => None,
        };
        let next_at = at.plus_millis(wait_ms(failures));
        AfterFailure { failures, next_at, streak, alert }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_790_000_000_123);

    #[test]
    fn an_event_that_fails_again_and_again_climbs_the_ladder_and_interrupts_at_its_end() {
        let (mut streak, mut failures, mut alerts) = (Streak::default(), 0, Vec::new());
        for count in 1..=FAILURES_MAX {
            let after = streak.after_failure(failures, START);
            assert_eq!(after.failures, count);
            assert_eq!(after.next_at.millis_since(START), wait_ms(count));
            alerts.extend(after.alert.map(|alert| (count, alert)));
            (streak, failures) = (after.streak, after.failures);
        }
        let expected = [(5, Alert::Failing(5)), (10, Alert::Failing(10)), (15, Alert::Interrupted)];
        assert_eq!(alerts, expected);
    }

    #[test]
    fn a_hundred_events_that_fail_side_by_side_are_one_failure() {
        let mut streak = Streak::default();
        for _ in 0..100 {
            let after = streak.after_failure(0, START);
            streak = after.streak;
            assert_eq!((streak.count(), after.alert), (1, None));
        }
    }

    #[test]
    fn a_poison_event_interrupts_nothing_while_others_are_taken() {
        let mut failures = 0;
        for _ in 0..100 {
            // A success since its last failure has ended the streak.
            let after = Streak::default().after_failure(failures, START);
            failures = after.failures;
            assert_eq!(after.alert, None);
        }
    }
}

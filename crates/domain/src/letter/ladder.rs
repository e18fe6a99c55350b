//! When a letter that was not taken is tried again, and when nobody tries any more.
//!
//! Must not give up for anything but time.

use crate::time::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// The waits after the first failure, the second, and so on; the last one holds from there on.
const WAITS_MS: [i64; 7] = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];

/// How long after its first failure a letter is tried again at most: five days, as mail servers do
/// (RFC 5321, section 4.5.4.1). However late it is tried first, it has them all.
pub const GIVEN_UP_AFTER_MS: i64 = 5 * 24 * HOUR;

/// What follows when a letter was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAttempt {
    /// It is tried again at this instant.
    At(Timestamp),
    /// It is not tried again.
    Never,
}

/// What follows when a letter fails that failed so often before, and first at this instant, if ever.
#[must_use]
pub fn next_attempt(
    failures_before: u32,
    first_failed_at: Option<Timestamp>,
    now: Timestamp,
) -> NextAttempt {
    let at = usize::try_from(failures_before).unwrap_or(usize::MAX).min(WAITS_MS.len() - 1);
    unless_too_old(first_failed_at, now, WAITS_MS[at])
}

/// The same after trouble of the mail server's, which says nothing about the letter: it has its turn
/// again when those behind it had theirs.
#[must_use]
pub fn next_attempt_after_fault(first_failed_at: Option<Timestamp>, now: Timestamp) -> NextAttempt {
    unless_too_old(first_failed_at, now, MINUTE)
}

/// Letters that failed first before this instant are not tried any more at the other. One that was never
/// tried is not too old, however long it waited.
#[must_use]
pub const fn given_up_before(now: Timestamp) -> Timestamp {
    now.plus_millis(-GIVEN_UP_AFTER_MS)
}

fn unless_too_old(first_failed_at: Option<Timestamp>, now: Timestamp, wait_ms: i64) -> NextAttempt {
    let next = now.plus_millis(wait_ms);
    if first_failed_at.unwrap_or(now) < given_up_before(next) {
        NextAttempt::Never
    } else {
        NextAttempt::At(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Timestamp = Timestamp::from_millis(1_790_000_000_123);

    #[test]
    fn a_letter_that_is_never_taken_is_tried_for_five_days_and_then_given_up() {
        let (mut now, mut minutes) = (FIRST, Vec::new());
        for failures in 0.. {
            match next_attempt(failures, (failures > 0).then_some(FIRST), now) {
                NextAttempt::At(next) => {
                    minutes.push(next.millis_since(now) / MINUTE);
                    now = next;
                }
                NextAttempt::Never => break,
            }
        }
        assert_eq!(minutes[..8], [1, 5, 15, 30, 60, 120, 240, 240]);
        let waited = now.millis_since(FIRST);
        assert!((116 * HOUR..=120 * HOUR).contains(&waited), "{waited}");
        let late = NextAttempt::At(FIRST.plus_millis(4 * HOUR));
        assert_eq!(next_attempt(u32::MAX, Some(FIRST), FIRST), late);
    }
}

//! Schedules that were thought out: the borders of a window, two windows at once, waits that are
//! obeyed.

use domain::ids::KeyId;
use domain::limit::{LimitKind, LimitMode, LimitSubject};
use domain::time::Tick;
use limits::local::LocalCounters;
use limits::port::{Asked, Claim, CounterId, Counters, Denied, Home};

const SECOND: LimitKind = LimitKind::AnyInterval { length_s: 1 };
const MINUTE: LimitKind = LimitKind::AnyInterval { length_s: 60 };

fn claim(rule: u16, at_most: u32, kind: LimitKind) -> Claim {
    let subject = LimitSubject::Key(KeyId::from_u128(7));
    let id = CounterId { place: 0, rule, subject };
    Claim { id, at_most, kind, mode: LimitMode::Enforced, cost: 1 }
}

/// Takes at this millisecond; the wait where it is refused.
#[track_caller]
fn take(counters: &dyn Counters, ms: u64, claims: &[Claim]) -> Result<(), Option<u32>> {
    let now = Tick::from_micros(ms * 1_000);
    let taken = counters.take(now, Home::of(&7), Asked::ToTake, claims);
    assert_ne!(taken.err(), Some(Denied::Full), "there is room");
    taken.map(|_| ()).map_err(|denied| match denied {
        Denied::Spent { retry_in_ms, .. } => retry_in_ms.map(Into::into),
        Denied::Full => None,
    })
}

#[track_caller]
fn check(claims: &[Claim], schedule: &[(u64, Result<(), Option<u32>>)]) {
    let counters = LocalCounters::with_room(100);
    for (ms, expected) in schedule {
        assert_eq!(take(&counters, *ms, claims), *expected, "at {ms} ms");
    }
}

#[test]
fn a_place_is_free_again_when_exactly_the_interval_has_passed() {
    let two = [claim(0, 2, SECOND)];
    check(&two, &[(0, Ok(())), (0, Ok(())), (999, Err(Some(1))), (1_000, Ok(())), (1_000, Ok(()))]);
    // A window that begins with the clock would let four pass.
    check(
        &two,
        &[
            (999, Ok(())),
            (999, Ok(())),
            (1_000, Err(Some(999))),
            (1_000, Err(Some(999))),
            (1_999, Ok(())),
        ],
    );
}

#[test]
fn two_a_second_and_fifty_a_minute_hold_together() {
    let counters = LocalCounters::with_room(100);
    let both = [claim(0, 2, SECOND), claim(1, 50, MINUTE)];
    let pair = |ms| [take(&counters, ms, &both), take(&counters, ms, &both)];
    for second in 0..25 {
        assert_eq!(pair(second * 1_000), [Ok(()), Ok(())], "in second {second}");
    }
    // The wait at 25 s is 35 s; what comes between changes nothing, and obeying it helps.
    for ms in 25_000..26_000 {
        let left = u32::try_from(60_000 - ms).expect("less than a minute");
        assert_eq!(take(&counters, ms, &both), Err(Some(left)));
    }
    assert_eq!(take(&counters, 59_999, &both), Err(Some(1)));
    assert_eq!(pair(60_000), [Ok(()), Ok(())]);
    assert_eq!(take(&counters, 60_000, &both), Err(Some(1_000)));
}

#[test]
fn what_one_window_refuses_costs_no_other_anything() {
    let counters = LocalCounters::with_room(100);
    let (second, minute) = (claim(0, 2, SECOND), claim(1, 3, MINUTE));
    for ms in [0, 0] {
        assert_eq!(take(&counters, ms, &[second, minute]), Ok(()));
    }
    // Refused by the second: the minute still has one.
    assert_eq!(take(&counters, 0, &[second, minute]), Err(Some(1_000)));
    assert_eq!(take(&counters, 0, &[minute]), Ok(()));
    // Refused by the minute, whichever comes first: the second still has two.
    for both in [[second, minute], [minute, second]] {
        assert_eq!(take(&counters, 5_000, &both), Err(Some(55_000)));
    }
    assert_eq!([(); 2].map(|()| take(&counters, 5_000, &[second])), [Ok(()), Ok(())]);
}

#[test]
fn a_quota_opens_at_its_first_request_and_ends_whole() {
    let quota = claim(0, 25_000, LimitKind::FromFirst { length_s: 43_200 });
    let counters = LocalCounters::with_room(100);
    let begin = 1_234;
    for at in 0..25_000 {
        assert_eq!(take(&counters, begin + at, &[quota]), Ok(()));
    }
    let end = begin + 43_200_000;
    assert_eq!(take(&counters, end - 1, &[quota]), Err(Some(1)));
    // The next window opens when somebody comes, not when this one ends.
    for at in 0..25_000 {
        assert_eq!(take(&counters, end + 5_000 + at, &[quota]), Ok(()));
    }
    assert_eq!(take(&counters, end + 5_000 + 43_199_999, &[quota]), Err(Some(1)));
    assert_eq!(take(&counters, end + 5_000 + 43_200_000, &[quota]), Ok(()));
}

#[test]
fn a_reading_that_comes_late_counts_as_the_latest_one() {
    let two = [claim(0, 2, SECOND)];
    // The third has read its clock before the fourth, and waited for its turn.
    check(&two, &[(0, Ok(())), (0, Ok(())), (1_000, Ok(())), (999, Ok(())), (1_999, Err(Some(1)))]);
}

#[test]
fn a_cost_that_is_larger_than_the_budget_never_passes() {
    for kind in [SECOND, LimitKind::FromFirst { length_s: 1 }] {
        let counters = LocalCounters::with_room(100);
        let dear = Claim { cost: 3, ..claim(0, 2, kind) };
        assert_eq!(take(&counters, 0, &[dear]), Err(None));
        assert_eq!(take(&counters, 0, &[claim(0, 2, kind)]), Ok(()));
        assert_eq!(take(&counters, 0, &[dear]), Err(None));
    }
}

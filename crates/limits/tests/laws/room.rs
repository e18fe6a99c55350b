//! What counters cost in memory: nothing where nobody comes, and never more than their room.

use domain::ids::{AccountId, KeyId};
use domain::limit::{LimitKind, LimitMode, LimitSubject};
use domain::time::Tick;
use limits::local::LocalCounters;
use limits::port::{Asked, Claim, CounterId, Counters, Denied, Home, Standings};

fn claim(key: u128, kind: LimitKind) -> Claim {
    let subject = LimitSubject::Key(KeyId::from_u128(key));
    let id = CounterId { place: 0, rule: 0, subject };
    Claim { id, at_most: 2, kind, mode: LimitMode::Enforced, cost: 1 }
}

fn take(counters: &LocalCounters, us: u64, claim: Claim) -> Result<Standings, Denied> {
    let home = Home::of(&claim.id.subject);
    counters.take(Tick::from_micros(us), home, Asked::ToTake, &[claim])
}

const SECOND: LimitKind = LimitKind::AnyInterval { length_s: 1 };

#[test]
fn counters_that_count_nothing_are_forgotten_and_others_are_not() {
    let counters = LocalCounters::with_room(50_000);
    let length = LimitKind::FromFirst { length_s: 1 };
    for key in 0..20_000_u64 {
        let kind = if key % 2 == 0 { SECOND } else { length };
        take(&counters, 0, claim(key.into(), kind)).expect("room");
    }
    counters.sweep(Tick::from_micros(999_999));
    assert_eq!(counters.count(), 20_000);
    take(&counters, 999_999, claim(0, SECOND)).expect("one more");
    counters.sweep(Tick::from_micros(1_000_000));
    assert_eq!(counters.count(), 1);
    take(&counters, 1_000_000, claim(0, SECOND)).expect("the first is forgotten");
    assert!(take(&counters, 1_000_000, claim(0, SECOND)).is_err(), "the second is not");
    counters.sweep(Tick::from_micros(2_000_000));
    assert_eq!(counters.count(), 0);
}

#[test]
fn what_is_under_way_is_never_forgotten() {
    let counters = LocalCounters::with_room(100);
    let claim = claim(1, LimitKind::AtOnce);
    let home = Home::of(&claim.id.subject);
    let held = take(&counters, 0, claim).expect("room").all()[0].ticket.expect("a ticket");
    counters.sweep(Tick::from_micros(u64::MAX / 2));
    assert_eq!(counters.count(), 1);
    counters.give_back(home, held);
    counters.sweep(Tick::from_micros(u64::MAX / 2));
    assert_eq!(counters.count(), 0);
}

#[test]
fn without_room_a_new_counter_is_denied_and_the_others_go_on() {
    let counters = LocalCounters::with_room(1_000);
    let mut denied = 0;
    for key in 0..20_000 {
        match take(&counters, 0, claim(key, SECOND)) {
            Ok(_) => {}
            Err(Denied::Full) => denied += 1,
            Err(spent @ Denied::Spent { .. }) => panic!("{spent:?}"),
        }
    }
    assert_eq!((denied, counters.count()), (19_000, 1_000));
    // The first has its second and no third, as if nobody else had come.
    assert!(take(&counters, 0, claim(0, SECOND)).is_ok());
    assert!(matches!(take(&counters, 0, claim(0, SECOND)), Err(Denied::Spent { .. })));
    counters.sweep(Tick::from_micros(1_000_000));
    assert!(take(&counters, 1_000_000, claim(19_999, SECOND)).is_ok(), "there is room again");
}

#[test]
fn one_home_may_use_all_the_room_and_no_more() {
    let counters = LocalCounters::with_room(5_000);
    let home = Home::of(&0);
    let at_home = |us, key| {
        let now = Tick::from_micros(us);
        counters.take(now, home, Asked::ToTake, &[claim(key, SECOND)])
    };
    for key in 0..5_000 {
        assert!(at_home(0, key).is_ok(), "{key}");
    }
    assert!(matches!(at_home(0, 5_000), Err(Denied::Full)));
    assert!(matches!(take(&counters, 0, claim(5_000, SECOND)), Err(Denied::Full)));
    counters.sweep(Tick::from_micros(1_000_000));
    assert!((0..5_000).all(|key| at_home(1_000_000, key).is_ok()), "all of it came back");
}

#[test]
fn a_shadow_without_room_lets_pass_what_the_others_let_pass() {
    let counters = LocalCounters::with_room(0);
    let home = Home::of(&0);
    for account in 0..200_u8 {
        let subject = LimitSubject::Account(AccountId::Object([account; 12]));
        let id = CounterId { place: 0, rule: 0, subject };
        let shadow = Claim { id, mode: LimitMode::Shadow, ..claim(0, SECOND) };
        let taken = counters.take(Tick::from_micros(0), home, Asked::ToTake, &[shadow]);
        assert!(taken.is_ok_and(|standings| !standings.all()[0].would_refuse));
    }
}

#[test]
fn who_only_looks_makes_no_counter() {
    let counters = LocalCounters::with_room(100);
    let claim = claim(1, SECOND);
    for _ in 0..10 {
        let home = Home::of(&claim.id.subject);
        let looked = counters.take(Tick::from_micros(0), home, Asked::ToLook, &[claim]);
        assert_eq!(looked.expect("it fits").all()[0].remaining, 2);
    }
    assert_eq!(counters.count(), 0);
}

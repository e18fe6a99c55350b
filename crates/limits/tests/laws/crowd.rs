//! Many threads at one budget: none too many, and none too few.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use domain::ids::KeyId;
use domain::limit::{LimitKind, LimitMode, LimitSubject};
use domain::time::Tick;
use limits::local::LocalCounters;
use limits::port::{Asked, Claim, CounterId, Counters, Home};

use crate::liar::{Liar, Lie};

const THREADS: u32 = 8;

fn claims() -> [Claim; 2] {
    let claim = |rule, at_most, length_s| {
        let subject = LimitSubject::Key(KeyId::from_u128(7));
        let id = CounterId { place: 0, rule, subject };
        let kind = LimitKind::AnyInterval { length_s };
        Claim { id, at_most, kind, mode: LimitMode::Enforced, cost: 1 }
    };
    [claim(0, 2, 1), claim(1, 50, 60)]
}

#[test]
fn at_one_instant_many_threads_get_exactly_what_there_is() {
    let counters = LocalCounters::with_room(100);
    let start = Barrier::new(THREADS as usize);
    // In each second of the first 25 two pass, then none until the minute is over.
    for (second, expected) in (0..25).map(|second| (second, 2)).chain([(25, 0), (59, 0), (60, 2)]) {
        let passed = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..20 {
                        let now = Tick::from_micros(second * 1_000_000);
                        let taken =
                            counters.take(now, Home::of(&7), Asked::ToTake, &claims()).is_ok();
                        passed.fetch_add(taken.into(), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(passed.into_inner(), expected, "in second {second}");
    }
}

/// Lets threads hurry while time goes on with every reading, and returns for each grant when its
/// request began and when its answer was there.
fn hurry(counters: &dyn Counters) -> Vec<(u64, u64)> {
    // Just before a second of the clock begins, where windows that begin with it are weakest.
    let clock = AtomicU64::new(999_000);
    let read = || clock.fetch_add(97, Ordering::SeqCst);
    let worker = || {
        let mut granted = Vec::new();
        for _ in 0..12_000 {
            let began = read();
            let now = Tick::from_micros(began);
            if counters.take(now, Home::of(&7), Asked::ToTake, &claims()).is_ok() {
                granted.push((began, read()));
            }
        }
        granted
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    })
}

/// The most grants whose whole time, from the request to the answer, lies in one interval.
fn most_within(granted: &[(u64, u64)], length_us: u64) -> usize {
    let within = |from: u64| {
        let inside = |(began, ended): &&(u64, u64)| *began >= from && *ended < from + length_us;
        granted.iter().filter(inside).count()
    };
    granted.iter().map(|(began, _)| within(*began)).max().unwrap_or(0)
}

#[test]
fn while_time_goes_on_no_interval_seen_from_outside_holds_one_too_many() {
    for _ in 0..5 {
        let granted = hurry(&LocalCounters::with_room(100));
        assert!(granted.len() >= 10, "{granted:?}");
        assert!(most_within(&granted, 1_000_000) <= 2, "{granted:?}");
        assert!(most_within(&granted, 60_000_000) <= 50, "{granted:?}");
    }
}

#[test]
fn the_view_from_outside_finds_a_window_that_begins_with_the_clock() {
    let granted = hurry(&Liar::telling(Lie::WindowsBeginWithTheClock));
    assert!(most_within(&granted, 1_000_000) > 2, "{granted:?}");
}

//! A year of keys on the real binary: each step of the policy is taken once and told of, to receivers of
//! webhooks and by mail, though the server is killed at any moment of it and several sweep at once.
//!
//! The clock of a simulated environment is moved through the year over the API, by two callers at a
//! time and beside the server's own loop. Must not wait for time to pass: what has to come is waited for.

#![allow(clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a timeline is there to be read")]

mod support;

#[path = "ageing/judge.rs"]
mod judge;
#[path = "ageing/lies.rs"]
mod lies;
#[path = "ageing/lived.rs"]
mod lived;
#[path = "letters/server.rs"]
mod mail;
#[path = "ageing/receiver.rs"]
mod receiver;
#[path = "ageing/stage.rs"]
mod stage;
#[path = "ageing/year.rs"]
mod year;

use stage::{Kills, Stage};
use testkit::chance::Seeded;

/// Tells the seed and the day when a test fails.
struct Told {
    seed: u64,
    day: i64,
}

impl Drop for Told {
    #[allow(clippy::print_stderr, reason = "a failed test says how to run it again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("AGEING_SEED={:#x} failed on day {}", self.seed, self.day);
        }
    }
}

/// Lives through the year, and holds what came of it against the table.
#[allow(clippy::print_stdout, reason = "the year is to be looked at")]
fn check(seed: u64, kills: Kills) {
    let seed = match std::env::var("AGEING_SEED") {
        Ok(text) => u64::from_str_radix(text.trim_start_matches("0x"), 16).expect("a number"),
        Err(_) => seed,
    };
    let mut told = Told { seed, day: 0 };
    let mut stage = Stage::set(Seeded::new(seed));
    for day in year::stops() {
        told.day = day;
        stage.reach(day, kills);
        stage.is_told(day);
        stage.act(day);
    }
    let killed = stage.killed;
    let lived = stage.end();
    let timeline = judge::timeline(&lived);
    println!("killed {killed} times\n{timeline}");
    let faults = judge::faults(&lived);
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(killed > 10, kills == Kills::AtAnyMoment, "{killed} kills");
}

#[test]
fn a_year_with_kills_at_any_moment_tells_of_each_step_of_each_key_once() {
    for seed in [0x0a9e_0001, 0x0a9e_0003] {
        check(seed, Kills::AtAnyMoment);
    }
}

#[test]
fn a_year_without_kills_is_the_same() {
    check(0x0a9e_0002, Kills::None);
}

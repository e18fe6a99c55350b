//! The laws of counters: what every one of them must do, and lies that the laws must find.
//!
//! A law compares with the definition of a limit, over schedules of chance. Must not look inside a
//! counter.

mod crowd;
mod liar;
mod mutants;
mod oracle;
mod room;
mod schedule;
mod vectors;

use limits::local::LocalCounters;

/// More than the brief debug run of a million needs: each step is one request or one tidying.
const STEPS: usize = 1_000_000;

#[test]
fn local_counters_do_in_a_million_steps_what_the_definition_says() {
    let seeds = 10;
    for seed in 0..seeds {
        let counters = LocalCounters::with_room(10_000);
        schedule::check(&counters, seed, STEPS / 10).expect("the definition");
    }
}

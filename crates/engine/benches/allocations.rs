//! How many times one decision asks the allocator for memory; the answer should be never.
//!
//! `cargo xtask bench` reads the one line of JSON that `--json` prints. Must not measure time: the
//! counting allocator would distort it.
#![expect(clippy::print_stdout, reason = "a benchmark speaks by printing")]

mod fixture;

use std::alloc::System;
use std::sync::Arc;

use fixture::{Fixture, Rows};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const KEYS: usize = 10_000;
const PASSES: usize = 10;

fn main() {
    let mut fixture = Fixture::start(Arc::new(Rows::synthesize(KEYS)));
    // What a thread sets up once for all its decisions is not theirs.
    fixture.decide(1);
    let region = Region::new(ALLOCATOR);
    fixture.read(PASSES);
    let decisions = fixture.decide(PASSES);
    let change = region.change();
    let allocations = change.allocations + change.reallocations;
    if std::env::args().any(|argument| argument == "--json") {
        println!("{{\"decisions\":{decisions},\"allocations\":{allocations}}}");
    } else {
        println!("{allocations} allocations in {decisions} decisions");
    }
}

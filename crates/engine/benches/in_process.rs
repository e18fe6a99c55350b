//! What one decision costs in memory alone, from the text of a credential to the permit: time at
//! several sizes of the keyring, and the memory that each key takes.
//!
//! `cargo xtask bench` runs it and reads the one line of JSON that `--json` prints. Must not count
//! allocations: the benchmark beside it does, with an allocator that would distort these figures.
#![expect(clippy::print_stdout, reason = "a benchmark speaks by printing")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod fixture;

use std::sync::Arc;
use std::time::Instant;

use fixture::{Fixture, Rows};

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The largest first: memory that an earlier size gave back would hide what a later one takes.
const SIZES: [usize; 4] = [10_000_000, 1_000_000, 100_000, 1_000];
const QUICK_SIZES: [usize; 2] = [100_000, 1_000];
/// Decisions of a round, where one pass over all keys has fewer.
const DECISIONS: usize = 300_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    // Cargo says `--bench` only where somebody wants figures.
    let (sizes, rounds) = match (has("--bench"), has("--quick")) {
        (false, _) => (vec![1_000], 1),
        (true, true) => (QUICK_SIZES.to_vec(), 3),
        (true, false) => (SIZES.to_vec(), 5),
    };
    // A profile wants one size and many rounds.
    let sizes = number(&arguments, "--keys").map_or(sizes, |keys| vec![keys.clamp(1, 10_000_000)]);
    // Marks of use come due after some thousand passes, which bounds what may be asked for.
    let rounds = number(&arguments, "--rounds").map_or(rounds, |rounds| rounds.clamp(1, 10));
    let mut measured: Vec<Measured> = sizes.iter().map(|&keys| measure(keys, rounds)).collect();
    measured.reverse();
    if has("--json") {
        let rows: Vec<String> = measured.iter().map(Measured::to_json).collect();
        println!("{{\"in_process\":[{}]}}", rows.join(","));
    } else {
        measured.iter().for_each(Measured::print);
    }
}

/// The number behind this name.
fn number(arguments: &[String], name: &str) -> Option<usize> {
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1)?.parse().ok()
}

/// The figures of one size.
struct Measured {
    keys: usize,
    /// The part of a decision that reads the text of the credential.
    ns_per_read: Vec<f64>,
    ns_per_decision: Vec<f64>,
    fill_ms: f64,
    bytes_per_key: f64,
}

fn measure(keys: usize, rounds: usize) -> Measured {
    let rows = Arc::new(Rows::synthesize(keys));
    let before = resident_bytes();
    let begun = Instant::now();
    let mut fixture = Fixture::start(rows);
    let fill_ms = begun.elapsed().as_secs_f64() * 1e3;
    let bytes_per_key = (resident_bytes() - before) / as_float(keys);
    fixture.decide(1);
    let passes = (DECISIONS / keys).max(1);
    let (mut ns_per_read, mut ns_per_decision) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ns_per_read.push(ns_each(|| fixture.read(passes)));
        ns_per_decision.push(ns_each(|| fixture.decide(passes)));
    }
    Measured { keys, ns_per_read, ns_per_decision, fill_ms, bytes_per_key }
}

/// Nanoseconds of each of as many acts as `act` says it did.
fn ns_each(act: impl FnOnce() -> usize) -> f64 {
    let begun = Instant::now();
    let count = act();
    begun.elapsed().as_secs_f64() * 1e9 / as_float(count)
}

impl Measured {
    fn to_json(&self) -> String {
        let Self { keys, ns_per_read, ns_per_decision, fill_ms, bytes_per_key } = self;
        format!(
            "{{\"keys\":{keys},\"ns_per_read\":{ns_per_read:?},\"ns_per_decision\":{ns_per_decision:?},\"fill_ms\":{fill_ms:?},\
             \"bytes_per_key\":{bytes_per_key:?}}}"
        )
    }

    fn print(&self) {
        println!(
            "{:>10} keys: {:.0} ns per decision, {:.0} ns of it to read the text (medians of {} rounds); \
             keyring filled in {:.0} ms, {:.0} bytes per key",
            self.keys,
            median(&self.ns_per_decision),
            median(&self.ns_per_read),
            self.ns_per_decision.len(),
            self.fill_ms,
            self.bytes_per_key,
        );
    }
}

fn median(rounds: &[f64]) -> f64 {
    let mut sorted = rounds.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Resident memory of this process; zero where the system does not tell it in this way.
fn resident_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok());
    kilobytes.unwrap_or(0.0) * 1_024.0
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn as_float(count: usize) -> f64 {
    count as f64
}

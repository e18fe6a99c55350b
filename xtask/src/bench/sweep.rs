//! What it costs to let keys age: a sweep over very many keys of which a thousand are due, beside one
//! over few with as many due, and what decisions are held up by it.
//!
//! Keys are written into the server's own database while it does not run; what makes some of them due
//! is written while it does, as if their time had come. Must not reach into the sweep: how long it
//! took, the server says.
#![expect(clippy::disallowed_methods, reason = "waits for a sweep, and keys have an age")]

use super::Options;
use super::aged_keys::{self, AgedKeys};
use super::asked::Asker;
use super::chaveiro::Binary;
use super::config::Config;
use super::in_process::grouped;
use super::load::Pressure;
use super::open_loop::{Answer, OpenLoop, Schedule, Sorted};
use super::report::{Row, Target};
use super::server::Server;
use super::verify;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const PART: &str = "sweep";
const FEW: i64 = 100_000;
const MANY: i64 = 10_000_000;
const DUE: i64 = 1_000;
/// When quick: shows that it works.
const QUICK: [i64; 2] = [20_000, 100_000];
const DUE_WHEN_QUICK: i64 = 200;
/// What many keys may cost beside few.
const RATIO: f64 = 3.0;

/// Runs the comparison.
pub(super) fn run(binary: &Binary, options: &Options, folder: &Path) -> Result<Vec<Row>> {
    let ([few, many], due) =
        if options.quick { (QUICK, DUE_WHEN_QUICK) } else { ([FEW, MANY], DUE) };
    let of_few = measure(binary, options, folder, [few, due])?;
    let of_many = measure(binary, options, folder, [many, due])?;
    let count = |keys| format!("{} keys", shown(keys));
    let what = format!("sweep over {}, {} due", count(many), shown(due));
    let took = Row::alone(PART, what, "ms", of_many.took_ms)
        .beside("over few keys", of_few.took_ms)
        .with_target(Target::RatioAtMost(RATIO));
    let mut rows = vec![took];
    for (quantile, name) in [(990, "p99"), (999, "p99.9")] {
        let us = |rounds: &[Sorted]| rounds.iter().map(|it| it.quantile_us(quantile)).collect();
        let what = format!("decisions at {RATE}/s while it goes on, {name}");
        let row = Row::alone(PART, what, "µs", us(&of_many.during));
        rows.push(row.beside("without a sweep", us(&of_many.without)));
    }
    Ok(rows)
}

/// What came of one size.
struct Measured {
    took_ms: Vec<f64>,
    without: Vec<Sorted>,
    during: Vec<Sorted>,
}

fn measure(
    binary: &Binary,
    options: &Options,
    folder: &Path,
    [keys, due]: [i64; 2],
) -> Result<Measured> {
    let data = folder.join(format!("sweep-{keys}"));
    // A first start of the server itself leaves word of the policy: a new one would have every key
    // looked at.
    let (server, ready, _) = binary.serve_copy(&data, folder)?;
    wait_for_policy(&data)?;
    server.stop()?;
    eprintln!("  writing {} keys", shown(keys));
    let aged = AgedKeys::write(&data, keys)?;
    let config = Config::copy_of(&data, "bench.toml")?.relisten()?;
    let (server, _) = binary.serve(&config, folder)?;
    let address = config.verifiers()?;
    let request = (verify::DOOR.ask)(&Asker { address, ready: &ready })?;
    let requests = [request.as_slice()];
    let drive = || {
        let pressure = Pressure { threads: 1, connections: CONNECTIONS };
        let answers =
            OpenLoop::open(address, &requests, pressure)?.drive(Schedule::new(RATE, WINDOW)?)?;
        granted(&answers)
    };
    let mut measured = Measured { took_ms: vec![], without: vec![], during: vec![] };
    for round in 1..=options.rounds {
        measured.without.push(drive()?);
        aged.make_due(due, round as i64)?;
        measured.during.push(drive()?);
        let took_ms = took_ms(&server, round, due)?;
        eprintln!("  round {round}: {} keys, {due} due: {took_ms} ms", shown(keys));
        measured.took_ms.push(took_ms);
    }
    server.stop()?;
    std::fs::remove_dir_all(&data)
        .with_context(|| format!("{} can't be removed", data.display()))?;
    Ok(measured)
}

fn shown(count: i64) -> String {
    grouped(count.unsigned_abs())
}

fn granted(answers: &[Answer]) -> Result<Sorted> {
    let granted = Sorted::of(answers, |answer| answer.status == 200);
    ensure!(granted.len() == answers.len(), "Some answers were not 200.");
    Ok(granted)
}

/// What the server says of its sweep in this round; it has been long enough that it must have come.
fn took_ms(server: &Server, round: usize, due: i64) -> Result<f64> {
    let log = server.log();
    let line = log.lines().filter(|line| line.contains(SAID)).nth(round - 1);
    let line = line.context("The server did not say that keys have aged.")?;
    let value = |name: &str| {
        let found = line.split_whitespace().find_map(|word| word.strip_prefix(name));
        found.and_then(|value| value.parse::<i64>().ok())
    };
    let steps = value("steps=").with_context(|| format!("This says no steps: {line}"))?;
    ensure!(steps == due, "{steps} keys took a step, and {due} were due.");
    let took = value("took_ms=").with_context(|| format!("This says no time: {line}"))?;
    Ok(took as f64)
}

fn wait_for_policy(data: &Path) -> Result<()> {
    let begun = Instant::now();
    while !aged_keys::policy_is_kept(data)? {
        ensure!(begun.elapsed() < PATIENCE, "The server kept no policy of its keys' ageing.");
        thread::sleep(GLANCE);
    }
    Ok(())
}

/// Questions a second: far below what the server can answer, so that what they wait for is the sweep.
const RATE: u64 = 1_000;
const CONNECTIONS: usize = 16;
/// Longer than from one sweep to the next.
const WINDOW: Duration = Duration::from_secs(8);
const SAID: &str = "keys have aged";
const PATIENCE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_millis(50);

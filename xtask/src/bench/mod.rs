//! The benchmark: what a decision costs, alone and over the network, beside a peer that everybody
//! knows, and what a start with very many keys costs.
//!
//! Must not depend on our crates, and must not leave a process, a port or a folder behind.

mod aged_keys;
mod asked;
mod beside;
mod changes;
mod chaveiro;
mod config;
mod connection;
mod create;
mod deliveries;
mod duel;
mod envoy;
mod floor;
mod forward_auth;
mod gateway;
mod haproxy;
mod in_process;
mod latency;
mod load;
mod machine;
mod nginx;
mod open_loop;
mod overload;
mod paced;
mod plain_inserts;
mod receivers;
mod report;
mod request;
mod response;
mod scratch;
mod seed;
mod server;
mod startup;
mod sweep;
mod threads;
mod usage;
mod verify;

use crate::{process, programs};
use anyhow::{Result, ensure};
use chaveiro::Binary;
use duel::Score;
use load::Pressure;
use machine::Machine;
pub(crate) use report::Report;
use report::{Row, Target};
use scratch::Scratch;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// One of the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    InProcess,
    Verify,
    ForwardAuth,
    Gateway,
    Overload,
    Create,
    Load,
    Sweep,
    Deliveries,
}

/// Their names on the command line.
pub(crate) const PARTS: [(&str, Part); 9] = [
    ("in-process", Part::InProcess),
    ("verify", Part::Verify),
    ("forward-auth", Part::ForwardAuth),
    ("gateway", Part::Gateway),
    ("overload", Part::Overload),
    ("create", Part::Create),
    ("load", Part::Load),
    ("sweep", Part::Sweep),
    ("deliveries", Part::Deliveries),
];

/// What to run, and how long.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
    /// `None` runs all parts.
    pub(crate) only: Option<Part>,
    /// Servers on one half of the processors, the load on the other.
    pub(crate) pin: bool,
    /// Takes the release binary as it lies there.
    pub(crate) as_built: bool,
    requests: usize,
    /// How long a round by a schedule lasts.
    span: Duration,
    pressure: Pressure,
    seeded_keys: usize,
}

impl Options {
    /// The usual amounts, or small ones that only show that everything works.
    pub(crate) fn new(quick: bool) -> Self {
        let (rounds, requests, span, seeded_keys) = if quick {
            (3, 20_000, Duration::from_secs(1), 50_000)
        } else {
            (5, 200_000, Duration::from_secs(5), 1_000_000)
        };
        // One thread of load can keep more than one thread of a server busy.
        let threads = (machine::cores() / 2).max(1);
        let pressure = Pressure { threads, connections: CONNECTIONS / threads };
        Self {
            rounds,
            quick,
            only: None,
            pin: false,
            as_built: false,
            requests,
            span,
            pressure,
            seeded_keys,
        }
    }

    fn runs(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

/// Runs what was asked for.
pub(crate) fn run(root: &Path, options: &Options) -> Result<Report> {
    programs::ensure_for_bench()?;
    if !options.as_built {
        let mut build = process::cargo(root, ["build", "--release", "--locked"]);
        process::run(build.args(["--package", "server"]), "mend the server's build first")?;
        floor::build(root)?;
    }
    let scratch = Scratch::new(root)?;
    let binary = binary(root, options)?;
    let machine = Machine::look(&binary.path);
    let (mut rows, mut notes) = (Vec::new(), vec![how(options, &binary)]);
    let floor = floor::program(root);
    let floor = floor.as_deref();
    if floor.is_none() {
        notes.push(floor::MISSING.to_owned());
    }
    if options.runs(Part::InProcess) {
        announce("The decision alone");
        rows.extend(in_process::run(root, options)?);
    }
    if options.runs(Part::Verify) {
        announce("The verify call over loopback");
        rows.extend(asked::run(&verify::DOOR, &binary, floor, options, scratch.path())?);
    }
    if options.runs(Part::ForwardAuth) {
        announce("Forward-auth over loopback");
        rows.extend(asked::run(&forward_auth::DOOR, &binary, floor, options, scratch.path())?);
    }
    if options.runs(Part::Gateway) {
        announce("The gateway over loopback");
        let (compared, missing) = gateway::run(root, &binary, options, scratch.path())?;
        rows.extend(compared);
        notes.extend(missing);
    }
    if options.runs(Part::Overload) {
        announce("Twice what the upstream can do");
        rows.extend(overload::run(&binary, options, scratch.path())?);
    }
    if options.runs(Part::Create) {
        announce("Making keys");
        rows.extend(create::run(&binary, floor, options, scratch.path())?);
    }
    if options.runs(Part::Load) {
        announce("A start with very many keys");
        let kept = scratch::folder(root);
        let (load, logged) = startup::run(&binary, options, scratch.path(), &kept)?;
        rows.extend(load);
        notes.extend(logged);
    }
    if options.runs(Part::Sweep) {
        announce("Keys that age among very many that do not");
        rows.extend(sweep::run(&binary, options, scratch.path())?);
    }
    if options.runs(Part::Deliveries) {
        announce("Events to a thousand receivers, one of them dead");
        rows.extend(deliveries::run(&binary, floor, options, scratch.path())?);
    }
    Ok(Report { machine, rows, notes })
}

/// What a comparison has to reach: throughput at least, processor time at most, both as a part of
/// the peer's. `None` where the peer is there to be looked at.
#[derive(Debug, Clone, Copy)]
struct Bar {
    throughput: Option<f64>,
    processor: Option<f64>,
}

/// Of a peer that is there to be looked at.
const LOOKED_AT: Bar = Bar { throughput: None, processor: None };

/// The lines of a comparison.
fn rows_of_duel(
    part: &'static str,
    peer: &'static str,
    [ours, theirs]: [&Score; 2],
    bar: Bar,
) -> Vec<Row> {
    let row = |what: &str, unit, ours: &[f64], theirs: &[f64]| {
        Row::alone(part, what, unit, ours.to_vec()).beside(peer, theirs.to_vec())
    };
    let mut throughput = row("throughput", "requests/s", &ours.per_second, &theirs.per_second);
    throughput.target = bar.throughput.map(Target::RatioAtLeast);
    let mut processor =
        row("processor time per request", "µs", &ours.processor_us, &theirs.processor_us);
    processor.target = bar.processor.map(Target::RatioAtMost);
    vec![
        throughput,
        processor,
        row("batch of requests, p50", "µs", &ours.batch_p50_us, &theirs.batch_p50_us),
        row("batch of requests, p99", "µs", &ours.batch_p99_us, &theirs.batch_p99_us),
    ]
}

fn binary(root: &Path, options: &Options) -> Result<Binary> {
    let path = root.join("target").join("release").join("chaveiro");
    let cores = machine::cores();
    if !options.pin {
        return Ok(Binary { path, prefix: Vec::new(), threads: cores });
    }
    ensure!(cores > 1, "With one processor there is nothing to pin; leave --pin out.");
    ensure!(
        process::succeeds("taskset", &["--version"]),
        "--pin needs the program taskset; install util-linux or leave --pin out."
    );
    let half = cores / 2;
    let others = format!("{half}-{}", cores - 1);
    let own = std::process::id().to_string();
    let mut pin = Command::new("taskset");
    process::run(pin.args(["-a", "-c", "-p", &others, &own]), "leave --pin out")?;
    let words = ["taskset".to_owned(), "-c".to_owned(), format!("0-{}", half - 1)];
    Ok(Binary { path, prefix: words.to_vec(), threads: half })
}

fn how(options: &Options, binary: &Binary) -> String {
    let Pressure { threads, connections } = options.pressure;
    format!(
        "{} rounds of {} requests from {threads} threads with {connections} connections each; servers with {} threads; {}.",
        options.rounds,
        options.requests,
        binary.threads,
        if options.pin {
            "load on processors of its own"
        } else {
            "load and servers share all processors"
        },
    )
}

fn announce(part: &str) {
    eprintln!("\n{part}");
}

/// Connections of a comparison, all threads together.
const CONNECTIONS: usize = 64;

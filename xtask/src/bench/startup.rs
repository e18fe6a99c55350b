//! A start with very many keys: how much longer it takes than an empty one, and how much more
//! memory is resident afterwards.
//!
//! Must not make the keys anew for every run; and must not count what an empty server takes.

use super::Options;
use super::chaveiro::Binary;
use super::config::Config;
use super::in_process::grouped;
use super::load::as_float;
use super::report::{Row, Target};
use super::{seed, usage};
use anyhow::{Context, Result};
use std::path::Path;

const PART: &str = "load";
const SECONDS_PER_MILLION: f64 = 1.0;
const BYTES_PER_KEY: f64 = 250.0;

/// Runs the measurement; `kept` is where the keys stay for the next time.
pub(super) fn run(
    binary: &Binary,
    options: &Options,
    folder: &Path,
    kept: &Path,
) -> Result<(Vec<Row>, Vec<String>)> {
    let full = seed::ensure(binary, kept, options.seeded_keys, folder)?;
    let empty = folder.join("empty");
    binary.quickstart(&empty, folder)?.server.stop().context("After the first start")?;
    // Once for the page cache: what is measured is the server, not the disk.
    once(binary, &full, folder)?;
    let (mut seconds, mut bytes, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    let keys = as_float(options.seeded_keys);
    for round in 1..=options.rounds {
        let with_keys = once(binary, &full, folder)?;
        let without = once(binary, &empty, folder)?;
        seconds.push((with_keys.seconds - without.seconds) * 1e6 / keys);
        bytes.push((with_keys.resident - without.resident) / keys);
        whole.push(with_keys.seconds);
        eprintln!(
            "  round {round}: ready after {:.3} s with keys, {:.3} s without",
            with_keys.seconds, without.seconds
        );
    }
    let count = grouped(options.seeded_keys as u64);
    let rows = vec![
        Row::alone(PART, format!("start to ready, {count} keys"), "s", whole),
        Row::alone(PART, "time per million keys", "s", seconds)
            .with_target(Target::AtMost(SECONDS_PER_MILLION)),
        Row::alone(PART, "resident memory per key", "bytes", bytes)
            .with_target(Target::AtMost(BYTES_PER_KEY)),
    ];
    let logged = logged(binary, &full, folder)?;
    Ok((rows, logged))
}

/// What one start took.
struct Start {
    seconds: f64,
    resident: f64,
}

fn once(binary: &Binary, data: &Path, folder: &Path) -> Result<Start> {
    let config = Config::copy_of(data, "bench.toml")?.relisten()?;
    let (server, took) = binary.serve(&config, folder)?;
    let resident = usage::resident_bytes(server.pid())?;
    server.stop()?;
    let resident = as_float(usize::try_from(resident).context("more memory than there can be")?);
    Ok(Start { seconds: took.as_secs_f64(), resident })
}

/// What the server itself says about its load, where it says anything.
fn logged(binary: &Binary, data: &Path, folder: &Path) -> Result<Vec<String>> {
    let config = Config::copy_of(data, "bench.toml")?.relisten()?;
    let (server, _) = binary.serve(&config, folder)?;
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("loaded"));
    let notes = lines.map(|line| format!("The server's own words: {}", line.trim())).collect();
    server.stop()?;
    Ok(notes)
}

//! The decision alone, without any network: runs the engine's own benchmarks and reads their figures.
//!
//! Must not measure here: whoever links the engine does, and we link none of our crates.

use super::Options;
use super::report::{Row, Target};
use crate::process;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;

const PART: &str = "in-process";
/// The size at which the targets hold: a large keyring is the hard one.
const KEYS: u64 = 10_000_000;
const NS_PER_DECISION: f64 = 500.0;
const BYTES_PER_KEY: f64 = 160.0;
/// From here on memory and filling are worth a row.
const LARGE: u64 = 1_000_000;

/// Runs both benchmarks of the engine.
pub(super) fn run(root: &Path, options: &Options) -> Result<Vec<Row>> {
    let rounds = options.rounds.to_string();
    let mut arguments = vec!["--json", "--rounds", rounds.as_str()];
    if options.quick {
        arguments.push("--quick");
    }
    let figures = bench(root, "in_process", &arguments)?;
    let sizes = figures.get("in_process").and_then(Value::as_array);
    let mut rows = Vec::new();
    for size in sizes.context("The benchmark `in_process` printed no sizes.")? {
        rows.extend(rows_of(size)?);
    }
    let counted = bench(root, "allocations", &["--json"])?;
    let each = number(&counted, "allocations")? / number(&counted, "decisions")?;
    rows.push(Row::alone(PART, "allocations per decision", "count", vec![each]));
    Ok(rows)
}

fn rows_of(size: &Value) -> Result<Vec<Row>> {
    let keys = size.get("keys").and_then(Value::as_u64).context("A size has no `keys`.")?;
    let what = |text: &str| format!("{text}, {} keys", grouped(keys));
    let target = |row: Row, most| {
        if keys == KEYS { row.with_target(Target::AtMost(most)) } else { row }
    };
    let decision = Row::alone(PART, what("decision"), "ns", rounds(size, "ns_per_decision")?);
    let read = Row::alone(PART, what("reading the text"), "ns", rounds(size, "ns_per_read")?);
    let fill = Row::alone(PART, what("filling the keyring"), "ms", vec![number(size, "fill_ms")?]);
    let bytes = vec![number(size, "bytes_per_key")?];
    let bytes = Row::alone(PART, what("memory per key"), "bytes", bytes);
    let mut rows = vec![target(decision, NS_PER_DECISION), read];
    // Of a small keyring, a few begun pages would be most of the time and the memory.
    if keys >= LARGE {
        rows.push(fill);
    }
    // The largest is made first. Of those after it, memory that it gave back hides what they take.
    if keys == KEYS {
        rows.push(target(bytes, BYTES_PER_KEY));
    }
    Ok(rows)
}

fn bench(root: &Path, name: &str, arguments: &[&str]) -> Result<Value> {
    let mut cargo = process::cargo(root, ["bench", "--quiet", "--locked", "--package", "engine"]);
    cargo.args(["--bench", name, "--"]).args(arguments).stderr(Stdio::inherit());
    process::show(&cargo);
    let output = cargo.output().context("cargo could not be started; is it on the PATH?")?;
    ensure!(output.status.success(), "The benchmark `{name}` failed; its message above says why.");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.starts_with('{'));
    let line = line.with_context(|| format!("The benchmark `{name}` printed no figures."))?;
    serde_json::from_str(line).with_context(|| format!("The figures of `{name}` are not JSON"))
}

fn rounds(figures: &Value, name: &str) -> Result<Vec<f64>> {
    let rounds = figures.get(name).and_then(Value::as_array);
    let rounds = rounds.with_context(|| format!("There is no `{name}`."))?;
    Ok(rounds.iter().filter_map(Value::as_f64).collect())
}

fn number(figures: &Value, name: &str) -> Result<f64> {
    figures.get(name).and_then(Value::as_f64).with_context(|| format!("There is no `{name}`."))
}

/// A count as people read it.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_are_grouped_by_thousands() {
        let shown: Vec<String> = [0, 999, 1_000, 1_000_000].map(grouped).to_vec();
        assert_eq!(shown, ["0", "999", "1,000", "1,000,000"]);
    }

    #[test]
    fn the_targets_hold_for_ten_million_keys_only() {
        let check = |keys: u64, rows: usize, targets: usize| {
            let size = json!({"keys": keys, "ns_per_read": [300.0], "ns_per_decision": [900.0], "fill_ms": 1.5, "bytes_per_key": 200.0});
            let made = rows_of(&size).unwrap();
            let with_target = made.iter().filter(|row| row.target.is_some()).count();
            assert_eq!((made.len(), with_target), (rows, targets), "{keys} keys");
        };
        check(1_000, 2, 0);
        check(1_000_000, 3, 0);
        check(10_000_000, 4, 2);
    }
}

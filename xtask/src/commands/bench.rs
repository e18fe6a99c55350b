//! `cargo xtask bench`: measures the product, beside its peers where it has any, and judges targets.
//!
//! Must not measure anything itself: the work is in `crate::bench`.

use crate::bench::{self, Options, PARTS, Report};
use crate::{process, workspace};
use anyhow::{Context, Result, bail, ensure};
use std::path::PathBuf;
use std::process::ExitCode;

pub(super) fn run(arguments: &[String]) -> Result<ExitCode> {
    let asked = Asked::read(arguments)?;
    let root = workspace::root();
    if cfg!(debug_assertions) {
        // A load generator that was not optimized would be the slowest part of every comparison.
        let mut again = process::cargo(&root, ["run", "--quiet", "--release", "--locked"]);
        again.args(["--package", "xtask", "--", "bench"]).args(arguments);
        let status = again.status().context("cargo could not be started; is it on the PATH?")?;
        return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let report = bench::run(&root, &asked.options)?;
    print!("\n{}", report.to_text());
    if let Some(file) = &asked.json {
        write(file, &report)?;
    }
    let failed = asked.strict && !report.is_met();
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn write(file: &PathBuf, report: &Report) -> Result<()> {
    let text =
        serde_json::to_string_pretty(&report.to_json()).context("The figures have no JSON")?;
    std::fs::write(file, text + "\n")
        .with_context(|| format!("{} can't be written", file.display()))
}

/// What was asked on the command line.
struct Asked {
    options: Options,
    json: Option<PathBuf>,
    strict: bool,
}

impl Asked {
    fn read(arguments: &[String]) -> Result<Self> {
        let quick = arguments.iter().any(|argument| argument == "--quick");
        let mut asked = Self { options: Options::new(quick), json: None, strict: false };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("`{argument}` needs a value."));
            match argument.as_str() {
                "--quick" => {}
                "--strict" => asked.strict = true,
                "--pin" => asked.options.pin = true,
                "--as-built" => asked.options.as_built = true,
                "--json" => asked.json = Some(PathBuf::from(value()?)),
                "--rounds" => {
                    let rounds = value()?.parse().context("`--rounds` needs a number")?;
                    ensure!((1..=10).contains(&rounds), "`--rounds` takes 1 to 10.");
                    asked.options.rounds = rounds;
                }
                "--only" => {
                    let name = value()?;
                    let part = PARTS.iter().find(|(known, _)| known == name);
                    let (_, part) = part.with_context(|| {
                        let names = PARTS.map(|(known, _)| known).join(", ");
                        format!("`--only` knows {names}, not `{name}`.")
                    })?;
                    asked.options.only = Some(*part);
                }
                other => bail!(
                    "`bench` knows --json, --rounds, --quick, --only, --pin, --as-built and --strict, not `{other}`."
                ),
            }
        }
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Part;

    fn read(arguments: &[&str]) -> Result<Asked> {
        let owned: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        Asked::read(&owned)
    }

    #[test]
    fn everything_that_is_asked_is_understood() {
        let asked =
            read(&["--rounds", "7", "--only", "verify", "--strict", "--json", "a.json"]).unwrap();
        assert_eq!((asked.options.rounds, asked.options.only), (7, Some(Part::Verify)));
        assert!(asked.strict && asked.json.is_some() && !asked.options.quick);
    }

    #[test]
    fn what_is_said_outright_wins_over_quick_wherever_it_stands() {
        for arguments in [["--rounds", "2", "--quick"], ["--quick", "--rounds", "2"]] {
            let asked = read(&arguments).unwrap();
            assert_eq!((asked.options.rounds, asked.options.quick), (2, true));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for arguments in [&["--fast"][..], &["--rounds"], &["--rounds", "0"], &["--only", "all"]] {
            assert!(read(arguments).is_err(), "{arguments:?}");
        }
    }
}

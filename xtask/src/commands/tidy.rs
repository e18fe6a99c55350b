//! `cargo xtask tidy`: runs the rules of the house over the tree and prints what breaks them.
//!
//! Must not know any rule: they live in `crate::tidy`.

use crate::{tidy, workspace};
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::process::ExitCode;

pub(super) fn run(arguments: &[String]) -> Result<ExitCode> {
    let (mut json, mut verbose) = (false, false);
    for argument in arguments {
        match argument.as_str() {
            "--json" => json = true,
            "--verbose" => verbose = true,
            other => bail!("`tidy` knows --json and --verbose, not `{other}`."),
        }
    }
    let report = tidy::run(&tidy::Tree::read(&workspace::root())?);
    let text = if json { report.to_json() + "\n" } else { report.to_text(verbose) };
    std::io::stdout()
        .write_all(text.as_bytes())
        .context("Standard output is closed; run it again")?;
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

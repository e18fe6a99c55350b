//! `cargo xtask check`: format, lints, tidy, dependencies and documentation; stops at the first failure.
//!
//! Must not run tests or change a file: `cargo xtask test` and `cargo fmt` do that.

use crate::{process, tidy, workspace};
use anyhow::{Result, bail, ensure};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(arguments: &[String]) -> Result<ExitCode> {
    ensure!(arguments.is_empty(), "`check` takes no arguments.");
    let root = workspace::root();
    process::run(
        &mut process::cargo(&root, ["fmt", "--all", "--check"]),
        "run `cargo fmt --all` and try again",
    )?;
    process::run(
        &mut process::cargo(
            &root,
            ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        ),
        "mend what it names above and try again",
    )?;
    hold_the_house(&root)?;
    let denied = judge_dependencies(&root)?;
    let mut doc = process::cargo(&root, ["doc", "--workspace", "--no-deps", "--locked"]);
    doc.env("RUSTDOCFLAGS", rustdoc_flags());
    process::run(&mut doc, "mend the documentation it names above and try again")?;
    println!("{}", if denied { "Everything passed." } else { CLOSING_WITHOUT_DENY });
    Ok(ExitCode::SUCCESS)
}

fn hold_the_house(root: &Path) -> Result<()> {
    let report = tidy::run(&tidy::Tree::read(root)?);
    print!("{}", report.to_text(false));
    if !report.is_clean() {
        bail!("The tree breaks rules of the house; mend the lines above and try again.");
    }
    Ok(())
}

/// Says whether the dependencies were judged at all.
fn judge_dependencies(root: &Path) -> Result<bool> {
    let installed = process::succeeds("cargo", &["deny", "--version"]);
    if installed {
        let deny = ["deny", "--workspace", "--locked", "check"];
        process::run(
            process::cargo(root, deny).args(["bans", "licenses", "sources"]),
            "read the reasons in deny.toml, then choose another crate or change the file with a reason",
        )?;
        // By itself, since only this one needs the network.
        process::run(
            process::cargo(root, deny).arg("advisories"),
            "update or replace the crate it names, or let it fetch its database of advisories",
        )?;
    }
    Ok(installed)
}

/// Keeps what the caller asked of rustdoc and adds that a warning is a failure.
fn rustdoc_flags() -> String {
    let asked = std::env::var("RUSTDOCFLAGS").unwrap_or_default();
    format!("{asked} -D warnings").trim().to_owned()
}

const CLOSING_WITHOUT_DENY: &str = "Everything that ran passed, but the dependencies were not judged: \
cargo-deny is not installed; get it with `cargo install --locked cargo-deny` and run this again.";

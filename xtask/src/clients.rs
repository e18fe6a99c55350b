//! The published clients that the tests run unmodified, installed into `target/clients`.
//!
//! Must not let a version float: `xtask/clients` pins the clients and all they need by digest.

use crate::process;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable that tells tests where the clients are: a folder with `node_modules`,
/// and with `python`, an environment of Python's own kind.
pub(crate) const VARIABLE: &str = "CHAVEIRO_TEST_CLIENTS";

/// Makes sure that exactly the pinned clients are installed, and returns the folder.
pub(crate) fn ensure(root: &Path) -> Result<PathBuf> {
    let pinned = root.join("xtask").join("clients");
    let folder = root.join("target").join("clients");
    fs::create_dir_all(&folder).with_context(|| cannot("create", &folder))?;
    // npm writes this file last, so a broken installation does not have it.
    let last_of_npm = folder.join("node_modules").join(".package-lock.json");
    if !(last_of_npm.is_file() && are_the_same(&NPM_PINS, &pinned, &folder)) {
        copy(&NPM_PINS, &pinned, &folder)?;
        install_for_node(&folder)?;
    }
    let python = folder.join("python");
    if !are_the_same(&PIP_PINS, &pinned, &python) {
        install_for_python(&pinned, &python)?;
        // Copied last, so that a broken installation does not have them.
        copy(&PIP_PINS, &pinned, &python)?;
    }
    Ok(folder)
}

fn install_for_node(folder: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    // Scripts of packages have no business here: the clients are plain JavaScript.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    process::run(&mut npm, "see that npm reaches its registry and run `cargo xtask test` again")
}

fn install_for_python(pinned: &Path, folder: &Path) -> Result<()> {
    let next = "see that pip reaches its index and run `cargo xtask test` again";
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder), next)?;
    let mut pip = Command::new(folder.join("bin").join("pip"));
    // Wheels alone: nothing of a package runs while it is installed.
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    pip.args(["--only-binary", ":all:", "--require-hashes", "--requirement"]);
    process::run(pip.arg(pinned.join(PIP_PINS[0])), next)
}

/// Whether the pins beside an installation are those of now.
fn are_the_same(pins: &[&str], pinned: &Path, folder: &Path) -> bool {
    pins.iter().all(|file| {
        let now = fs::read(pinned.join(file));
        now.is_ok_and(|now| fs::read(folder.join(file)).is_ok_and(|then| now == then))
    })
}

fn copy(pins: &[&str], pinned: &Path, folder: &Path) -> Result<()> {
    for file in pins {
        fs::copy(pinned.join(file), folder.join(file))
            .with_context(|| cannot("write to", folder))?;
    }
    Ok(())
}

fn cannot(act: &str, folder: &Path) -> String {
    format!("Can't {act} {}; see that the folder may be written", folder.display())
}

const NPM_PINS: [&str; 2] = ["package.json", "package-lock.json"];
const PIP_PINS: [&str; 1] = ["requirements.txt"];

//! The published clients that the tests run unmodified, installed into `target/clients`.
//!
//! Must not let a version float: `xtask/clients` pins the clients and all they need by digest.

use crate::process;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable that tells tests where the clients are: a folder with `node_modules`.
pub(crate) const VARIABLE: &str = "CHAVEIRO_TEST_CLIENTS";

/// Makes sure that exactly the pinned clients are installed, and returns the folder.
pub(crate) fn ensure(root: &Path) -> Result<PathBuf> {
    let pinned = root.join("xtask").join("clients");
    let folder = root.join("target").join("clients");
    if is_installed(&pinned, &folder) {
        return Ok(folder);
    }
    fs::create_dir_all(&folder).with_context(|| cannot("create", &folder))?;
    for file in PINS {
        fs::copy(pinned.join(file), folder.join(file))
            .with_context(|| cannot("write to", &folder))?;
    }
    let mut npm = Command::new("npm");
    // Scripts of packages have no business here: the clients are plain JavaScript.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
    process::run(&mut npm, "see that npm reaches its registry and run `cargo xtask test` again")?;
    Ok(folder)
}

/// Whether the last installation finished and was of the pins as they are now.
fn is_installed(pinned: &Path, folder: &Path) -> bool {
    // npm writes this file last, so a broken installation does not have it.
    folder.join("node_modules").join(".package-lock.json").is_file()
        && PINS.iter().all(|file| {
            let now = fs::read(pinned.join(file));
            now.is_ok_and(|now| fs::read(folder.join(file)).is_ok_and(|then| now == then))
        })
}

fn cannot(act: &str, folder: &Path) -> String {
    format!("Can't {act} {}; see that the folder may be written", folder.display())
}

const PINS: [&str; 2] = ["package.json", "package-lock.json"];

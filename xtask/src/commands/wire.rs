//! `cargo xtask wire`: renews the pages of `docs/wire` from the goldens.
//!
//! Must not make their text: `crate::wire` does, so that a rule of tidy can hold the pages to it.

use crate::wire::{self, Fault};
use crate::{tidy, workspace};
use anyhow::{Context, Result, anyhow, ensure};
use std::process::ExitCode;

pub(super) fn run(arguments: &[String]) -> Result<ExitCode> {
    ensure!(arguments.is_empty(), "`wire` takes no arguments.");
    let root = workspace::root();
    let tree = tidy::Tree::read(&root)?;
    let texts = tree.texts();
    let pages = wire::pages(&texts).map_err(|Fault { path, line, what }| {
        anyhow!("{path}:{line}: {what}; mend it and run this again.")
    })?;
    for page in pages {
        if texts.get(page.path.as_str()) == Some(&page.text.as_str()) {
            println!("{} is as it should be", page.path);
        } else {
            std::fs::write(root.join(&page.path), &page.text)
                .with_context(|| format!("Can't write {}; is it writable?", page.path))?;
            println!("{} is new", page.path);
        }
    }
    Ok(ExitCode::SUCCESS)
}

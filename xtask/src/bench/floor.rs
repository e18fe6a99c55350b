//! The peer that is made like us: a server on the same library that does nothing else. What is
//! between it and nginx belongs to the library, what is between us and it to us.
//!
//! Must not be compared with a target: it is there to be looked at.

use super::beside::{self, Beside};
use super::load::as_float;
use super::receivers::{DEAD, Receivers};
use super::usage;
use crate::process;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In the table.
pub(super) const SHOWN: &str = "bare hyper";
/// What the reader is told where it is missing.
pub(super) const MISSING: &str = "Bare hyper was left out: target/release/examples/floor is not built. \
     `cargo build --release --package xtask --example floor` builds it.";

/// Builds it.
pub(super) fn build(root: &Path) -> Result<()> {
    let words = ["build", "--release", "--locked", "--package", "xtask", "--example", "floor"];
    process::run(&mut process::cargo(root, words), "mend the example's build first")
}

/// The program, if it is built.
pub(super) fn program(root: &Path) -> Option<PathBuf> {
    let program = root.join("target").join("release").join("examples").join("floor");
    program.is_file().then_some(program)
}

/// What it does with a request.
pub(super) enum Duty<'a> {
    /// Answers 200 with so many bytes.
    Answer(usize),
    /// Passes it on to this server.
    PassOn(SocketAddr),
    /// Writes a row into this file, and answers 201 then.
    Write(&'a Path),
}

/// What its answer to [`Duty::Answer`] has before the body, within some bytes.
pub(super) const HEAD_BYTES: usize = 80;

/// Starts it with this many threads; one that writes has one more for that, and one else.
pub(super) fn start(
    program: &Path,
    duty: &Duty<'_>,
    threads: usize,
    folder: &Path,
    prefix: &[String],
) -> Result<Beside> {
    let address = beside::free_address()?;
    let (at, threads) = (address.to_string(), threads.to_string());
    let words = match duty {
        Duty::Answer(bytes) => vec!["answer".to_owned(), at, threads, bytes.to_string()],
        Duty::PassOn(upstream) => vec!["pass-on".to_owned(), at, threads, upstream.to_string()],
        Duty::Write(file) => vec!["write".to_owned(), at, file.to_string_lossy().into_owned()],
    };
    let called = (program.to_string_lossy().into_owned(), words.iter().map(OsStr::new));
    Beside::start(SHOWN, called, address, folder, prefix)
}

/// What sending alone came to.
pub(super) struct Posted {
    pub(super) per_second: f64,
    /// Processor time for one.
    pub(super) processor_us: f64,
}

/// Lets it post what came last to all living receivers in turn, so often in all.
pub(super) fn post(
    program: &Path,
    receivers: &Receivers,
    count: usize,
    folder: &Path,
) -> Result<Posted> {
    let living = receivers.addresses().iter().enumerate().filter(|(at, _)| *at != DEAD);
    let lines: Vec<String> = living.map(|(_, address)| address.to_string()).collect();
    let to = beside::write(folder, "receivers.txt", &lines.join("\n"))?;
    let body = folder.join("body.json");
    std::fs::write(&body, receivers.body()).context("A body can't be written")?;
    let mut command = Command::new(program);
    command.arg("post").arg(to).arg(body).arg(count.to_string());
    let said = process::output(&mut command, "build the example again")?;
    let mut lines = said.lines();
    let mut line = || lines.next().context("Bare hyper did not say what it took.");
    let seconds: f64 = line()?.parse().context("Bare hyper did not say how long it took.")?;
    let kernel = usage::stat(line()?).context("Bare hyper did not say what it used.")?;
    let used_us = as_float(usize::try_from(kernel.processor_us())?);
    let count = as_float(count);
    Ok(Posted { per_second: count / seconds, processor_us: used_us / count })
}

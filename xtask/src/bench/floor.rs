//! The peer that is made like us: a server on the same library that does nothing else. What is
//! between it and nginx belongs to the library, what is between us and it to us.
//!
//! Must not be compared with a target: it is there to be looked at.

use super::beside::{self, Beside};
use crate::process;
use anyhow::Result;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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

//! A folder and ports that nobody else uses, for the length of one run.
//!
//! Must not leave anything behind: the folder goes when the run ends, however it ends.

use anyhow::{Context, Result, bail};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

/// A folder below `target/bench` that is deleted at the end.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder.
    pub(super) fn new(root: &Path) -> Result<Self> {
        let path = folder(root).join(format!("run-{}", std::process::id()));
        fs::create_dir_all(&path)
            .with_context(|| format!("{} can't be made; may it be written?", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("{} could not be removed ({error}); remove it by hand.", self.0.display());
        }
    }
}

/// Where benchmarks keep what they make.
pub(super) fn folder(root: &Path) -> PathBuf {
    root.join("target").join("bench")
}

/// The first of this many free ports in a row, all on loopback; none is given out twice in a run.
pub(super) fn free_ports(count: u16) -> Result<u16> {
    for _ in 0..ATTEMPTS {
        let base = place() + NEXT.fetch_add(count, Ordering::Relaxed) % SPAN;
        // What is free stays bound until the whole row was seen.
        let row: Vec<_> = (base..base + count)
            .map_while(|port| TcpListener::bind(("127.0.0.1", port)).ok())
            .collect();
        if row.len() == usize::from(count) {
            return Ok(base);
        }
    }
    bail!(
        "There are no {count} free ports in a row on loopback; close other servers and try again."
    );
}

/// Where this run begins, so that two runs seldom meet.
fn place() -> u16 {
    let at = std::process::id() % u32::from(PLACES);
    FIRST + u16::try_from(at).unwrap_or(0) * SPAN
}

static NEXT: AtomicU16 = AtomicU16::new(0);

// All of them lie below the range from which the kernel takes ports for outgoing connections, of
// which there will be many.
const FIRST: u16 = 18_000;
const SPAN: u16 = 1_000;
const PLACES: u16 = 13;
const ATTEMPTS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_out_twice_or_while_it_is_taken() {
        let first = free_ports(2).unwrap();
        let taken = first + 3;
        let _held = TcpListener::bind(("127.0.0.1", taken));
        for _ in 0..5 {
            let next = free_ports(2).unwrap();
            let row = next..next + 2;
            assert!(!row.contains(&taken) && !row.contains(&first), "{first} {next}");
        }
    }
}

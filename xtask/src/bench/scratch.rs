//! A folder and ports that nobody else uses, for the length of one run.
//!
//! Must not leave anything behind: the folder goes when the run ends, however it ends.

use anyhow::{Context, Result, bail};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

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

/// The first of this many free ports in a row, all on loopback.
pub(super) fn free_ports(count: u16) -> Result<u16> {
    // Below the range from which the kernel takes ports for outgoing connections, of which
    // there will be many. Begin at a place of our own, so that two runs seldom meet.
    let span = LAST - FIRST - count;
    let offset = u16::try_from(std::process::id() % u32::from(span)).unwrap_or(0);
    let mut base = FIRST + offset;
    for _ in 0..ATTEMPTS {
        // What is free stays bound until the whole row was seen.
        let row: Vec<_> = (base..base + count)
            .map_while(|port| TcpListener::bind(("127.0.0.1", port)).ok())
            .collect();
        if row.len() == usize::from(count) {
            return Ok(base);
        }
        base = if base + 2 * count < LAST { base + count } else { FIRST };
    }
    bail!(
        "There are no {count} free ports in a row on loopback; close other servers and try again."
    );
}

const FIRST: u16 = 18_000;
const LAST: u16 = 31_000;
const ATTEMPTS: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_ports_leaves_out_those_in_use() {
        let first = free_ports(2).unwrap();
        let _taken = TcpListener::bind(("127.0.0.1", first + 1)).unwrap();
        let second = free_ports(2).unwrap();
        assert!(!(second..second + 2).contains(&(first + 1)), "{first} {second}");
    }
}

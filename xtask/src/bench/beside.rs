//! A server of others that runs beside ours, on a free port, with a configuration that we wrote.
//!
//! Must not know which program it is.

use super::scratch;
use super::server::Server;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running server.
pub(super) struct Beside {
    pub(super) server: Server,
    pub(super) address: SocketAddr,
}

/// What a peer that looks keys up lets through, and where to.
pub(super) struct LooksUp<'a> {
    /// The header that carries the key.
    pub(super) header: &'a str,
    /// The key that is asked with.
    pub(super) key: &'a str,
    pub(super) upstream: SocketAddr,
}

/// Where it is to listen.
pub(super) fn free_address() -> Result<SocketAddr> {
    Ok(SocketAddr::from(([127, 0, 0, 1], scratch::free_ports(1)?)))
}

/// Writes a file of its configuration.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let file = folder.join(name);
    fs::write(&file, text).with_context(|| format!("{} can't be written", file.display()))?;
    Ok(file)
}

impl Beside {
    /// Starts the program, and waits until it takes connections at this address. `prefix` is what is
    /// called with the program's own words, if anything.
    pub(super) fn start<'a>(
        name: &str,
        (program, words): (String, impl IntoIterator<Item = &'a OsStr>),
        address: SocketAddr,
        folder: &Path,
        prefix: &[String],
    ) -> Result<Self> {
        let mut called = prefix.iter().cloned().chain([program]);
        let mut command = Command::new(called.next().unwrap_or_default());
        command.args(called).args(words);
        let mut server = Server::start(command, name, folder)?;
        server.wait_for(address)?;
        Ok(Self { server, address })
    }
}

//! Ours: starts the built binary as a quickstart, or as a server on a copy of the configuration
//! that a quickstart wrote.
//!
//! Must not reach into the binary: everything goes through its commands, its file and its ports.

use super::config::Config;
use super::connection::Connection;
use super::request::Request;
use super::scratch;
use super::server::Server;
use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The binary, and how it is run.
pub(super) struct Binary {
    pub(super) path: PathBuf,
    /// Words in front of the command line, for those who pin processes to processors.
    pub(super) prefix: Vec<String>,
    /// Threads of the data plane; the peer gets as many workers.
    pub(super) threads: usize,
}

/// A running quickstart.
pub(super) struct Quickstart {
    pub(super) server: Server,
    /// What it printed when it was ready.
    pub(super) ready: Value,
}

impl Binary {
    /// Runs a quickstart on this folder and waits until all its listeners accept.
    pub(super) fn quickstart(&self, data: &Path, logs: &Path) -> Result<Quickstart> {
        let base = scratch::free_ports(PORTS)?;
        let mut command = self.command("quickstart");
        command.arg("--data").arg(data).arg("--port-base").arg(base.to_string()).arg("--json");
        let mut server = Server::start(command, "chaveiro quickstart", logs)?;
        let line = server.first_line()?;
        let ready = serde_json::from_str(&line);
        let ready = ready.with_context(|| "The quickstart's line is not JSON".to_owned())?;
        Ok(Quickstart { server, ready })
    }

    /// Runs the server on this configuration, and tells how long it took to become ready.
    pub(super) fn serve(&self, config: &Config, logs: &Path) -> Result<(Server, Duration)> {
        let mut command = self.command("serve");
        command.arg("--config").arg(config.path());
        let control = config.control()?;
        let mut server = Server::start(command, "chaveiro serve", logs)?;
        let took = server.wait_until(|| is_ready(control))?;
        Ok((server, took))
    }

    /// Lets a quickstart make accounts and keys, and then serves what it left with limits that count
    /// and are not reached. What it printed still holds but for its addresses.
    pub(super) fn serve_copy(&self, data: &Path, logs: &Path) -> Result<(Server, Value, Config)> {
        let Quickstart { server, ready } = self.quickstart(data, logs)?;
        server.stop().context("After the first start")?;
        let config = Config::copy_of(data, "bench.toml")?.relisten()?;
        let (server, _) = self.serve(&config, logs)?;
        Ok((server, ready, config))
    }

    fn command(&self, name: &str) -> Command {
        let mut words = self.prefix.iter();
        let mut command = match words.next() {
            Some(program) => Command::new(program),
            None => Command::new(&self.path),
        };
        if !self.prefix.is_empty() {
            command.args(words).arg(&self.path);
        }
        // Everything else stays as it is shipped, the log too.
        command.arg(name).env("CHAVEIRO__RUNTIME__DATA_THREADS", self.threads.to_string());
        command
    }
}

/// A text in what a quickstart printed, by the names on the way to it.
pub(super) fn printed<'r>(ready: &'r Value, way: &[&str]) -> Result<&'r str> {
    let found = way.iter().try_fold(ready, |value, name| value.get(name));
    found
        .and_then(Value::as_str)
        .with_context(|| format!("The quickstart did not print `{}`.", way.join(".")))
}

impl Quickstart {
    /// A text in what it printed, by the names on the way to it.
    pub(super) fn text(&self, way: &[&str]) -> Result<&str> {
        printed(&self.ready, way)
    }

    /// The address in an `http://` URL that it printed.
    pub(super) fn address(&self, way: &[&str]) -> Result<SocketAddr> {
        let url = self.text(way)?;
        let authority = url.strip_prefix("http://").unwrap_or(url);
        authority.parse().map_err(|_| anyhow!("`{url}` is not an address on loopback."))
    }
}

fn is_ready(control: SocketAddr) -> bool {
    let bytes = Request { method: "GET", path: "/readyz", host: control, headers: &[], body: None };
    let answered = Connection::open(control).and_then(|mut connection| {
        connection.send(&bytes.to_bytes())?;
        connection.receive()
    });
    answered.is_ok_and(|response| response.status == 200)
}

/// The quickstart takes its ports in a row, and the examples behind it some more.
const PORTS: u16 = 16;

//! What the tests of the whole binary share: a running quickstart, and plain HTTP over a socket.
//!
//! Must not know anything of the server but its command line and its ports.

#![allow(dead_code, reason = "each test file uses the part that it needs")]
#![allow(clippy::panic, reason = "tests fail by panicking")]

pub(crate) mod files;
pub(crate) mod finished;
pub(crate) mod hook;
pub(crate) mod http;
mod mail;
pub(crate) mod people;
pub(crate) mod ports;
pub(crate) mod serve;
pub(crate) mod wait;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chaveiro"));
    command.env_remove("CHAVEIRO_URL").env_remove("CHAVEIRO_ADMIN_KEY");
    command
}

/// What leaves out the limits of the dialects.
const LIMITS_OFF: [(&str, &str); 2] =
    [("CHAVEIRO__REALM__PAYMENTS__LIMITS", "off"), ("CHAVEIRO__REALM__MAIL__LIMITS", "off")];

/// A quickstart on ports of its own, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Quickstart {
    child: Child,
    /// The line it printed.
    pub(crate) line: Value,
    /// The first of its ports.
    pub(crate) port_base: u16,
    log: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
    dir: Option<TempDir>,
    data: PathBuf,
}

impl Quickstart {
    /// A fresh one in a folder of its own.
    pub(crate) fn fresh() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let data = dir.path().join("data");
        let mut started = Self::start(&data, ports::free_base());
        started.dir = Some(dir);
        started
    }

    /// One on this data folder and these ports.
    pub(crate) fn start(data: &Path, port_base: u16) -> Self {
        Self::start_with(data, port_base, &[])
    }

    /// One on this data folder and these ports, with these variables in its environment. Its limits
    /// are off, because tests hurry, unless a variable says otherwise.
    pub(crate) fn start_with(data: &Path, port_base: u16, variables: &[(&str, &str)]) -> Self {
        let mut command = binary();
        command.envs(LIMITS_OFF).envs(variables.iter().copied());
        command.args(["quickstart", "--json", "--port-base", &port_base.to_string(), "--data"]);
        let mut child = command
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let reader = follow(child.stderr.take().expect("piped"), Arc::clone(&log));
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        out.read_line(&mut first).expect("standard output");
        let Ok(line) = serde_json::from_str(&first) else {
            let _ = child.kill();
            let _ = child.wait();
            let _ = reader.join();
            let log = log.lock().expect("the log").clone();
            panic!("no line of JSON but {first:?}; log: {}", String::from_utf8_lossy(&log));
        };
        let data = data.to_owned();
        Self { child, line, port_base, log, reader: Some(reader), dir: None, data }
    }

    /// A text of the line, by its JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let found = self.line.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text at {pointer} in {}", self.line)).to_owned()
    }

    /// The address of a port, counted from the base.
    pub(crate) fn address(&self, offset: u16) -> String {
        format!("127.0.0.1:{}", self.port_base + offset)
    }

    /// The folder that holds its data.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().expect("the log")).into_owned()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a power cut would, and returns what it had logged.
    pub(crate) fn kill(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the log is read to its end");
        }
        self.log()
    }

    /// Asks it to stop and waits; returns its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let _ = Command::new("kill").arg(self.pid().to_string()).status();
        let status = self.child.wait().expect("it ends");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the log is read to its end");
        }
        status.code()
    }
}

impl Drop for Quickstart {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) fn follow(mut from: ChildStderr, into: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut chunk = [0_u8; 4_096];
        while let Ok(count) = from.read(&mut chunk) {
            if count == 0 {
                return;
            }
            into.lock().expect("the log").extend_from_slice(&chunk[..count]);
        }
    })
}

//! A server in a folder of its own: configured, given its first keys, started, and ended.
//!
//! Must not know anything of the server but its command line, its file and its ports.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::places::{Environment, Ports, configuration};
use crate::support::{binary, ports};

/// How often its ports are tried at its start, and how long a line of its log is waited for.
const TRIES: usize = 600;
const PATIENCE: Duration = Duration::from_millis(100);

/// A running server, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    log: String,
    ports: Ports,
    _folder: TempDir,
    pub(crate) admin_key: String,
    pub(crate) verifier_key: String,
}

impl Server {
    /// Makes everything new and returns when all addresses accept.
    pub(crate) fn start(upstream: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("walk.toml");
        let ports = Ports::new(ports::free_base(), upstream);
        std::fs::write(&config, configuration(ports)).expect("written");

        let init = binary().args(["init", "--json", "--config"]).arg(&config).output();
        let init = init.expect("the binary runs");
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        let made: Value = serde_json::from_slice(&init.stdout).expect("a line of JSON");
        let key = |name: &str| made[name].as_str().expect("a key").to_owned();

        let mut serve = binary();
        serve.args(["serve", "--config"]).arg(&config).stdin(Stdio::null());
        serve.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = serve.spawn().expect("the binary starts");
        let lines = follow(child.stderr.take().expect("piped"));
        let (admin_key, verifier_key) = (key("admin_key"), key("verifier_key"));
        let log = String::new();
        let mut server =
            Self { child, lines, log, ports, _folder: folder, admin_key, verifier_key };
        server.wait_until_it_accepts();
        server
    }

    pub(crate) fn control(&self) -> String {
        self.ports.control()
    }

    pub(crate) fn verifiers(&self) -> String {
        self.ports.verifiers()
    }

    #[allow(dead_code, reason = "the corpus of all doors asks there")]
    pub(crate) fn ext_authz(&self) -> String {
        self.ports.ext_authz()
    }

    pub(crate) fn gateway(&self, environment: Environment) -> String {
        self.ports.gateway(environment)
    }

    /// Ends it and returns everything it has logged.
    pub(crate) fn stop(mut self) -> String {
        self.kill();
        // The channel ends with the process.
        self.log.extend(self.lines.iter());
        std::mem::take(&mut self.log)
    }

    fn wait_until_it_accepts(&mut self) {
        for _ in 0..TRIES {
            if self.ports.all().iter().all(|address| TcpStream::connect(address).is_ok()) {
                return;
            }
            let ended = self.child.try_wait().expect("its state");
            // Whatever it logs is a reason to look again.
            self.log.extend(self.lines.recv_timeout(PATIENCE));
            assert_eq!(ended, None, "it ended: {}", self.log);
        }
        panic!("it does not accept: {}", self.log);
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The lines that it logs, until it ends.
fn follow(from: ChildStderr) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    lines
}

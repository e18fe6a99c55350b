//! A real mail server, and what it took.
//!
//! Must not know what should come.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Far longer than anything here takes, even on a busy machine.
const COMES_WITHIN: Duration = Duration::from_secs(180);

/// A mail server in the clear on this machine, until it is dropped.
pub(crate) struct MailServer {
    child: Child,
    taken: Receiver<Value>,
}

/// A letter as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) date: String,
    pub(crate) subject: String,
    pub(crate) plain: String,
    /// All of it as it came.
    pub(crate) text: String,
}

impl MailServer {
    /// One on this port, which takes letters by the time this returns.
    pub(crate) fn start(port: u16) -> Self {
        let folder = std::env::var_os("CHAVEIRO_TEST_CLIENTS");
        let folder = folder.expect("CHAVEIRO_TEST_CLIENTS: run the tests with `cargo xtask test`");
        let script = include_str!("../../../delivery/tests/postman/server.py");
        let mut command = Command::new(Path::new(&folder).join("python/bin/python"));
        command.args(["-c", script, "clear", "-", "-", "none", &port.to_string()]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("Python starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("it says its port");
        assert_eq!(line.trim(), port.to_string());
        let (sender, taken) = channel();
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let letter = serde_json::from_str(&line).expect("a letter");
                if sender.send(letter).is_err() {
                    return;
                }
            }
        });
        Self { child, taken }
    }

    /// The next letter that it takes.
    pub(crate) fn next(&self) -> Mail {
        read(&self.taken.recv_timeout(COMES_WITHIN).expect("a letter comes"))
    }

    /// What it took besides, so far.
    pub(crate) fn rest(&self) -> Vec<Mail> {
        self.taken.try_iter().map(|letter| read(&letter)).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(letter: &Value) -> Mail {
    // Names stand between marks that keep the direction of their letters to themselves.
    let marks = ['\u{2068}', '\u{2069}'];
    let text = |name: &str| letter[name].as_str().expect("text").replace(marks, "");
    Mail {
        id: text("id"),
        to: letter["to"][0].as_str().expect("an address").to_owned(),
        date: text("date"),
        subject: text("subject"),
        plain: text("plain"),
        text: text("text"),
    }
}

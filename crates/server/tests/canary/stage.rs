//! A running server, every key that it showed, and everything else that came out of it.
//!
//! Must not take anything out of what it keeps but a key, once, from the answer that makes it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::finder::{Finder, secret_of};
use crate::support::finished::Finished;
use crate::support::http::Answer;
use crate::support::{Quickstart, files, http, ports};

/// Longer than any deadline of the server.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Whether more of a request is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is whole, and the connection ends with its answer.
    Whole,
    /// It breaks off.
    Cut,
}

/// A server under watch.
pub(crate) struct Stage {
    pub(crate) server: Quickstart,
    /// Every key that was shown.
    pub(crate) keys: Vec<String>,
    /// Everything that came out and should hold no secret, by where it came from.
    sinks: Vec<(String, Vec<u8>)>,
    /// Which statuses each listener answered with; 0 where it gave no answer.
    statuses: BTreeMap<u16, BTreeSet<u16>>,
    folder: tempfile::TempDir,
}

impl Stage {
    /// A first start with these variables.
    pub(crate) fn new(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let server = Quickstart::start_with(&data, ports::free_base(), variables);
        let keys = [
            "/control/admin_key",
            "/verifier/key",
            "/realms/payments/sandbox/key",
            "/realms/payments/production/key",
            "/realms/mail/production/account_key",
            "/realms/mail/production/project_key",
        ];
        let keys = keys.iter().map(|pointer| server.text(pointer)).collect();
        Self { server, keys, sinks: Vec::new(), statuses: BTreeMap::new(), folder }
    }

    /// A folder that the server does not know.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A key that the first start showed.
    pub(crate) fn key(&self, pointer: &str) -> String {
        self.server.text(pointer)
    }

    /// A request of the native API that makes a key; its answer is the one that may show it.
    pub(crate) fn make(&mut self, path: &str, body: &Value) -> Value {
        self.shown_once(path, body, 201)
    }

    /// A request of the native API that gives a key a new secret; its answer may show that one.
    pub(crate) fn rotate(&mut self, path: &str, body: &Value) -> Value {
        self.shown_once(path, body, 200)
    }

    fn shown_once(&mut self, path: &str, body: &Value, status: u16) -> Value {
        let (address, admin) = (self.server.address(0), self.key("/control/admin_key"));
        let answer = http::json(&address, "POST", path, &admin, body);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        let mut made = answer.json();
        let key = made["key"].take();
        self.keys.push(key.as_str().expect("a key").to_owned());
        // The head of that answer, and the rest of its body, may not.
        let rest = Answer { body: made.to_string().into(), ..answer };
        self.keep("the answer that shows a key", &rest);
        made
    }

    /// Any other request of the native API, by an admin.
    pub(crate) fn manage(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let (address, admin) = (self.server.address(0), self.key("/control/admin_key"));
        let answer = http::json(&address, method, path, &admin, body);
        self.keep(&format!("{method} of the native API"), &answer);
        answer
    }

    /// Sends these bytes to a listener, counted from the first port, and keeps what it says.
    /// Returns its status; 0 where it gave no answer.
    pub(crate) fn send(
        &mut self,
        what: &str,
        listener: u16,
        request: &[u8],
        ending: Ending,
    ) -> u16 {
        let (status, said) = self.exchange(listener, request, ending);
        self.sinks.push((format!("answer of listener {listener} to {what}"), said));
        status
    }

    /// Sends a whole request to a path where a gateway makes keys. If it makes one, its answer is
    /// the one that may show it, and the key is watched from then on.
    pub(crate) fn send_where_keys_are_made(
        &mut self,
        what: &str,
        listener: u16,
        request: &[u8],
    ) -> Value {
        let (status, mut said) = self.exchange(listener, request, Ending::Whole);
        let made = http::complete(&said).filter(|_| [200, 201].contains(&status));
        let mut made = made.map_or(Value::Null, |answer| answer.json());
        if let Some(key) = made.get_mut("apiKey").map(Value::take) {
            let key = key.as_str().expect("a key").to_owned();
            // The head of that answer, and the rest of its body, may not.
            // A new account shows its key in two places, and everything else in one.
            let places = if made["accessToken"].is_object() { 2 } else { 1 };
            said = String::from_utf8_lossy(&said).replacen(&key, "", places).into_bytes();
            self.keys.push(key);
        }
        self.sinks.push((format!("answer of listener {listener} to {what}"), said));
        made
    }

    /// Everything that a listener says to these bytes.
    fn exchange(&mut self, listener: u16, request: &[u8], ending: Ending) -> (u16, Vec<u8>) {
        let address = self.server.address(listener);
        let mut stream = TcpStream::connect(&address).expect("a connection");
        stream.set_read_timeout(Some(SILENCE_MAX)).expect("a time-out");
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(request);
        if ending == Ending::Cut {
            let _ = stream.shutdown(Shutdown::Write);
        }
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let status = String::from_utf8_lossy(&said)
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.unwrap_or(0);
        self.statuses.entry(listener).or_default().insert(status);
        (status, said)
    }

    /// Keeps what a command said.
    pub(crate) fn said(&mut self, what: &str, finished: &Finished) {
        let Finished { code, out, err } = finished;
        self.sinks.push((format!("{what} ({code:?})"), format!("{out}\n{err}").into()));
    }

    /// Whether a listener has answered with all of these statuses.
    #[track_caller]
    pub(crate) fn has_answered(&self, listener: u16, expected: &[u16]) {
        let found = &self.statuses[&listener];
        for status in expected {
            assert!(found.contains(status), "listener {listener}: no {status} in {found:?}");
        }
    }

    /// Everything that came out, what the stopped server left in its folder included.
    pub(crate) fn into_sinks(mut self, how: impl FnOnce(&mut Quickstart) -> String) -> Sinks {
        let log = how(&mut self.server);
        assert!(log.contains("DEBUG"), "nothing was logged at the level debug");
        self.sinks.push(("the log".to_owned(), log.into()));
        for (path, bytes) in files::snapshot(self.server.data()) {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            self.sinks.push((name, bytes));
        }
        Sinks { keys: self.keys, all: self.sinks }
    }

    fn keep(&mut self, what: &str, answer: &Answer) {
        let head = json!(answer.headers).to_string();
        let bytes = [head.as_bytes(), b"\n", &answer.body].concat();
        self.sinks.push((format!("{what} ({})", answer.status), bytes));
    }
}

/// Everything in which no secret may be.
pub(crate) struct Sinks {
    keys: Vec<String>,
    all: Vec<(String, Vec<u8>)>,
}

impl Sinks {
    /// Fails where one of the keys, or this other secret, is in anything; tells where.
    pub(crate) fn assert_clean(&self, other: Option<&str>) {
        let secrets = self.keys.iter().map(|key| secret_of(key)).chain(other);
        let finder = Finder::new(secrets);
        let found: BTreeSet<String> = self
            .all
            .iter()
            .flat_map(|(name, bytes)| {
                finder.find(bytes).into_iter().map(move |encoding| format!("{name}: {encoding}"))
            })
            .collect();
        assert!(found.is_empty(), "{} of {}: {found:#?}", found.len(), self.all.len());
    }

    /// The same with a secret laid into the sink with this name, which has to be found.
    pub(crate) fn assert_would_be_found(&mut self, name: &str) {
        let secret = self.keys[0].clone();
        let at = self.all.iter().position(|(known, _)| known == name);
        let (_, bytes) = &mut self.all[at.unwrap_or_else(|| panic!("no sink {name}"))];
        let clean = bytes.clone();
        bytes.extend_from_slice(&secret_of(&secret).as_bytes()[8..24]);
        let finder = Finder::new(self.keys.iter().map(|key| secret_of(key)));
        assert_eq!(finder.find(bytes), ["plain"], "{name}");
        *bytes = clean;
    }
}

/// A request, whole unless these lines make it otherwise.
pub(crate) fn request(
    method: &str,
    target: &str,
    lines: &[(&str, &str)],
    body: Option<&str>,
) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n");
    if !lines.iter().any(|(name, _)| *name == "host") {
        head.push_str("host: localhost\r\n");
    }
    for (name, value) in lines {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = body {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    format!("{head}\r\n{}", body.unwrap_or("")).into_bytes()
}

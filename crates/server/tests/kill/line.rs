//! One connection to the server, and the certainty whether an answer came whole.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::support::http::{Answer, read_answer};

/// No answer takes so long unless nobody is there to give it.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// A connection that is opened when it is needed, and kept.
pub(crate) struct Line {
    address: String,
    key: String,
    stream: Option<TcpStream>,
}

impl Line {
    /// A line to this address, with this key on every request.
    pub(crate) fn new(address: String, key: &str) -> Self {
        Self { address, key: key.to_owned(), stream: None }
    }

    /// Asks, and gives the answer if it was read completely.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        self.send(method, path, body, "")
    }

    /// Posts what is to be done once, under this name.
    pub(crate) fn post_once(&mut self, path: &str, body: &Value, once: &str) -> Option<Answer> {
        self.send("POST", path, Some(body), &format!("idempotency-key: {once}\r\n"))
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        header: &str,
    ) -> Option<Answer> {
        let answer = self.attempt(method, path, body, header);
        let whole = answer.filter(Answer::is_whole);
        if whole.is_none() {
            self.stream = None;
        }
        whole
    }

    /// Asks a server that nobody kills; gives what it answered with this status.
    #[track_caller]
    pub(crate) fn expect(
        &mut self,
        status: u16,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let answer = self.ask(method, path, body);
        let answer = answer.unwrap_or_else(|| panic!("{method} {path}: no whole answer"));
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        answer.json()
    }

    fn attempt(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        header: &str,
    ) -> Option<Answer> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(&self.address).ok()?,
        };
        let stream = self.stream.insert(stream);
        stream.set_read_timeout(Some(SILENCE_MAX)).ok()?;
        let (address, key) = (&self.address, &self.key);
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n{header}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).ok()?;
        Some(read_answer(stream))
    }
}

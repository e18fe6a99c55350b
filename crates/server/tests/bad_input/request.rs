//! Requests as bytes, and everything that came back on their connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long a connection may say nothing before we take it for left open.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request that is being written, line by line.
#[derive(Clone, Debug)]
pub(crate) struct Request(Vec<u8>);

impl Request {
    /// One with this method and target.
    pub(crate) fn new(line: &str) -> Self {
        Self(format!("{line} HTTP/1.1\r\nhost: chaveiro.test\r\n").into_bytes())
    }

    /// One that ends its connection.
    pub(crate) fn last(line: &str) -> Self {
        Self::new(line).line("connection: close")
    }

    /// A header line.
    pub(crate) fn line(self, line: impl AsRef<[u8]>) -> Self {
        self.bytes(line).bytes("\r\n")
    }

    /// Bytes as they are.
    pub(crate) fn bytes(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.0.extend_from_slice(bytes.as_ref());
        self
    }

    /// What was written so far.
    pub(crate) fn so_far(self) -> Vec<u8> {
        self.0
    }

    /// The head alone.
    pub(crate) fn end(self) -> Vec<u8> {
        self.bytes("\r\n").0
    }

    /// The head, the length of the body, and the body.
    pub(crate) fn body(self, body: impl AsRef<[u8]>) -> Vec<u8> {
        let length = format!("content-length: {}\r\n\r\n", body.as_ref().len());
        self.bytes(length).bytes(body).0
    }

    /// The head and a body of JSON.
    pub(crate) fn json(self, body: impl AsRef<[u8]>) -> Vec<u8> {
        self.line("content-type: application/json").body(body)
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server said that no more would come.
    Closed,
    /// The server tore it down.
    Reset,
    /// It was still open when we lost patience.
    Open,
}

/// Everything that came back on one connection.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// The bytes, as text.
    pub(crate) text: String,
    /// How it ended.
    pub(crate) end: End,
}

impl Exchange {
    /// Sends these bytes and reads until the connection ends.
    pub(crate) fn with(address: &str, request: &[u8]) -> Self {
        let mut stream = connect(address);
        // The server may answer and close before it has read everything; that is no fault here.
        let _ = stream.write_all(request);
        Self::rest(&mut stream)
    }

    /// As [`Exchange::with`], but nothing more will be sent: a server that waits for more sees it.
    pub(crate) fn cut_short(address: &str, request: &[u8]) -> Self {
        let mut stream = connect(address);
        let _ = stream.write_all(request);
        let _ = stream.shutdown(Shutdown::Write);
        Self::rest(&mut stream)
    }

    /// Reads until the connection ends.
    pub(crate) fn rest(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut chunk = [0_u8; 16_384];
        let end = loop {
            match stream.read(&mut chunk) {
                Ok(0) => break End::Closed,
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break End::Open,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break End::Reset,
            }
        };
        Self { text: String::from_utf8_lossy(&bytes).into_owned(), end }
    }

    /// The status of the first answer; 0 when there is none.
    pub(crate) fn status(&self) -> u16 {
        self.text.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// How many answers came.
    pub(crate) fn answers(&self) -> usize {
        self.text.matches("HTTP/1.").count()
    }

    /// The header lines of the first answer, names in lower case.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or("");
        let lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect()
    }

    /// The value of a header of the first answer.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The body, where there was one answer.
    pub(crate) fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap_or(Value::Null)
    }

    /// What an observer could tell two refusals apart by: all but the date and the request's id.
    pub(crate) fn shape(&self) -> String {
        let passing = ["date", "chaveiro-request-id"];
        let lines = self.headers().into_iter().filter(|(name, _)| !passing.contains(&&**name));
        format!("{} {:?} {}", self.status(), lines.collect::<Vec<_>>(), self.body())
    }
}

/// A connection on which neither end waits for ever.
pub(crate) fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{address}: {e}"));
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    stream.set_write_timeout(Some(PATIENCE)).expect("a time-out");
    stream
}

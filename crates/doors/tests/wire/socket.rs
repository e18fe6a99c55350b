//! Raw sockets: what is sent is what is written, what comes is what is read.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One end of a connection.
pub(crate) struct Socket {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// The head of a message: the first line, and the others in lower case.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) first: String,
    pub(crate) lines: Vec<(String, String)>,
}

impl Head {
    /// The values of a header line, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.lines.iter().filter(|(known, _)| known == name).map(|(_, value)| &**value).collect()
    }

    /// The one value of a header line.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let values = self.all(name);
        assert!(values.len() <= 1, "{name} is there more than once: {self:?}");
        values.first().copied()
    }

    pub(crate) fn status(&self) -> u16 {
        let status = self.first.split(' ').nth(1).expect("a status line");
        status.parse().expect("a status")
    }
}

impl Socket {
    pub(crate) const fn new(stream: TcpStream) -> Self {
        Self { stream, unread: Vec::new() }
    }

    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).await.expect("a connection"))
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("sent");
    }

    /// Reads a head.
    pub(crate) async fn head(&mut self) -> Head {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            assert!(self.more().await, "closed inside a head: {}", self.unread.escape_ascii());
        };
        let text = String::from_utf8(self.unread[..end].to_vec()).expect("text");
        self.unread.drain(..end + 4);
        let mut lines = text.split("\r\n");
        let first = lines.next().expect("a first line").to_owned();
        let pair = |line: &str| {
            let (name, value) = line.split_once(": ").expect("a header line");
            (name.to_ascii_lowercase(), value.to_owned())
        };
        Head { first, lines: lines.map(pair).collect() }
    }

    /// Reads this many bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> String {
        while self.unread.len() < count {
            assert!(self.more().await, "closed after {}", self.unread.escape_ascii());
        }
        String::from_utf8(self.unread.drain(..count).collect()).expect("text")
    }

    /// Reads a head and the body that its length announces.
    pub(crate) async fn message(&mut self) -> (Head, String) {
        let head = self.head().await;
        let length = head.get("content-length").map_or(0, |text| text.parse().expect("a length"));
        let body = self.bytes(length).await;
        (head, body)
    }

    /// Reads until the other end closes.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await {}
        String::from_utf8(std::mem::take(&mut self.unread)).expect("text")
    }

    /// Whether the other end closes without saying more.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.unread.is_empty() && !self.more().await
    }

    /// Closes in the way of a program that crashed.
    pub(crate) fn reset(self) {
        // Without any time to linger, closing is a reset.
        self.stream.set_zero_linger().expect("an open socket");
    }

    async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.unread).await, Ok(count) if count > 0)
    }
}

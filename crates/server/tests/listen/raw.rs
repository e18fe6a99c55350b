//! Raw sockets for tests of the listeners: what is sent is what is written, what comes is text.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Raw<Io = TcpStream> {
    pub(crate) stream: Io,
    unread: Vec<u8>,
}

impl Raw {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.expect("a connection"))
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Raw<Io> {
    pub(crate) const fn over(stream: Io) -> Self {
        Self { stream, unread: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("sent");
    }

    /// Sends as much as the other end takes.
    pub(crate) async fn push(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Sends as much as the other end takes; not when it takes nothing for a second.
    pub(crate) async fn push_at_once(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let pushed = self.stream.write_all(bytes.as_ref());
        let second = std::time::Duration::from_secs(1);
        tokio::time::timeout(second, pushed).await.is_ok_and(|sent| sent.is_ok())
    }

    /// Throws away what comes; whether the connection is still open.
    pub(crate) async fn skip(&mut self) -> bool {
        self.unread.clear();
        self.more().await
    }

    /// Reads a head, and the body that its length announces.
    pub(crate) async fn message(&mut self) -> String {
        loop {
            if let Some(message) = self.take() {
                return message;
            }
            let unread = self.unread.escape_ascii().to_string();
            assert!(self.more().await, "closed after: {unread}");
        }
    }

    /// A message, or what came before the end.
    pub(crate) async fn rest_or_message(&mut self) -> String {
        loop {
            if let Some(message) = self.take() {
                return message;
            }
            if !self.more().await {
                return self.rest().await;
            }
        }
    }

    /// A message if one is there already.
    pub(crate) async fn poll_message(&mut self) -> Option<String> {
        let read = self.stream.read_buf(&mut self.unread);
        // Nothing read is no message, whatever the reason.
        let _ = tokio::time::timeout(std::time::Duration::ZERO, read).await;
        self.take()
    }

    fn take(&mut self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.unread).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |text| text.parse().expect("a length"));
        if body.len() < length {
            return None;
        }
        let end = head.len() + 4 + length;
        self.unread.drain(..end);
        Some(text[..end].to_owned())
    }

    /// Everything until the other end closes.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await {}
        String::from_utf8(std::mem::take(&mut self.unread)).expect("text")
    }

    /// Waits for the other end to close, and says whether it did in this time.
    pub(crate) async fn closes_within(&mut self, limit: std::time::Duration) -> bool {
        tokio::time::timeout(limit, self.more()).await == Ok(false)
    }

    async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.unread).await, Ok(count) if count > 0)
    }
}

/// The status of an answer; 0 when there is none.
pub(crate) fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}

//! The bytes of a connection, with word of each time that some have come, and a turn for others after
//! so many of them.
//!
//! What comes is kept until whoever waits for it has had a turn: an upstream that floods its connection
//! with what only announces an answer could have many megabytes of it kept in one turn. Must not change
//! the bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use super::upstream_io::UpstreamStream;

/// Most bytes of one turn, but for the last read: several hundred of the smallest announcements.
const TURN_MAX: usize = 8 * 1_024;

/// A connection that tells when something has come.
#[derive(Debug)]
pub(super) struct Heard {
    stream: UpstreamStream,
    heard: Rc<Notify>,
    /// What has come in this turn.
    taken: usize,
}

impl Heard {
    pub(super) const fn new(stream: UpstreamStream, heard: Rc<Notify>) -> Self {
        Self { stream, heard, taken: 0 }
    }
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.taken >= TURN_MAX {
            self.taken = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buf.filled().len();
        let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buf) else {
            self.taken = 0;
            return Poll::Pending;
        };
        self.taken += buf.filled().len() - before;
        self.heard.notify_one();
        Poll::Ready(read)
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

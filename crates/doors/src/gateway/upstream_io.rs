//! The bytes of a connection to an upstream, and a pulse that beats with each of them.
//!
//! Must not hold a deadline; the wire does, by watching the pulse.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// Signs of life of a connection.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Changes whenever bytes move.
    pub(super) beats: Cell<u32>,
    /// Whether the upstream has said anything since this was last cleared.
    pub(super) heard: Cell<bool>,
}

impl Pulse {
    fn beat(&self) {
        self.beats.set(self.beats.get().wrapping_add(1));
    }
}

/// A connection to an upstream.
#[derive(Debug)]
pub(super) enum UpstreamStream {
    /// In the clear.
    Plain(TcpStream),
    /// Over TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection with its pulse.
#[derive(Debug)]
pub(super) struct UpstreamIo {
    pub(super) stream: UpstreamStream,
    pub(super) pulse: Rc<Pulse>,
}

/// Calls a method of whichever stream it is.
macro_rules! on_stream {
    ($self:expr, $stream:ident => $call:expr) => {
        match &mut $self.stream {
            UpstreamStream::Plain(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            UpstreamStream::Tls(stream) => {
                let $stream = Pin::new(&mut **stream);
                $call
            }
        }
    };
}

impl AsyncRead for UpstreamIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(on_stream!(self, stream => stream.poll_read(cx, buf)))?;
        if buf.filled().len() > before {
            self.pulse.beat();
            self.pulse.heard.set(true);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for UpstreamIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(on_stream!(self, stream => stream.poll_write(cx, buf)))?;
        self.pulse.beat();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(on_stream!(self, stream => stream.poll_write_vectored(cx, bufs)))?;
        self.pulse.beat();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            UpstreamStream::Plain(stream) => stream.is_write_vectored(),
            UpstreamStream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => stream.poll_shutdown(cx))
    }
}

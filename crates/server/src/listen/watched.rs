//! The bytes of a client's connection, held to deadlines.
//!
//! hyper knows one deadline for a head, and counts the wait for the next request into it; here each
//! phase has its own, and one timer serves them all. Must not look at the bytes.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::limits::{ConnectionLimits, LINGER, WRITE_DEADLINE};
use super::phases::{Phase, Phases, Seen};

/// Bytes that are thrown away at once at the end of a connection.
const DISCARD: usize = 8_192;

/// A timer that is made when it is first needed.
#[derive(Debug, Default)]
struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    fn set(&mut self, wait: Duration) {
        let deadline = Instant::now() + wait;
        match &mut self.0 {
            Some(sleep) => sleep.as_mut().reset(deadline),
            None => self.0 = Some(Box::pin(tokio::time::sleep_until(deadline))),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().map_or(Poll::Pending, |sleep| sleep.as_mut().poll(cx))
    }
}

/// How far the end of a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    NotYet,
    Lingering,
    Done,
}

/// A client's connection.
#[derive(Debug)]
pub(super) struct Watched<Io> {
    io: Io,
    phases: Phases,
    limits: ConnectionLimits,
    reading: Timer,
    /// The wait for which the timer was set.
    reading_for: Option<Seen>,
    writing: Timer,
    is_writing: bool,
    is_at_end: bool,
    closing: Closing,
}

impl<Io> Watched<Io> {
    pub(super) fn new(io: Io, phases: Phases, limits: ConnectionLimits) -> Self {
        Self {
            io,
            phases,
            limits,
            reading: Timer::default(),
            reading_for: None,
            writing: Timer::default(),
            is_writing: false,
            is_at_end: false,
            closing: Closing::NotYet,
        }
    }

    /// Nothing came. Fails when that has lasted too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let seen = self.phases.look();
        let deadline = match seen.phase() {
            Phase::FirstByte => self.limits.first_byte_deadline,
            Phase::Head => self.limits.header_deadline,
            Phase::Idle => self.limits.idle_deadline,
            // The time of a body is the door's to measure.
            Phase::Serving => return Poll::Pending,
        };
        if self.reading_for != Some(seen) {
            self.reading_for = Some(seen);
            self.reading.set(deadline);
        }
        self.reading.poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Fails when the peer has left our bytes unread for too long.
    fn progress<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.is_writing = false;
            return polled;
        }
        if !self.is_writing {
            self.is_writing = true;
            self.writing.set(WRITE_DEADLINE);
        }
        self.writing.poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<Io: AsyncRead + Unpin> Watched<Io> {
    /// Reads on for a while, so that the answer is not lost with what the peer still sends.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut discarded = [std::mem::MaybeUninit::uninit(); DISCARD];
        loop {
            let mut buf = ReadBuf::uninit(&mut discarded);
            match Pin::new(&mut self.io).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {}
                Poll::Ready(Ok(()) | Err(_)) => return Poll::Ready(()),
                Poll::Pending => return self.reading.poll(cx),
            }
        }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Watched<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.io).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {
                if buf.filled().len() > before {
                    self.phases.heard();
                } else {
                    self.is_at_end = true;
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.wait(cx),
        }
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        self.progress(polled, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.progress(polled, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(cx);
        self.progress(polled, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing == Closing::NotYet {
            let polled = Pin::new(&mut self.io).poll_shutdown(cx);
            ready!(self.progress(polled, cx))?;
            let lingers = !self.is_at_end && self.phases.look().may_be_sending();
            self.closing = if lingers { Closing::Lingering } else { Closing::Done };
            self.reading.set(LINGER);
        }
        if self.closing == Closing::Lingering {
            ready!(self.poll_linger(cx));
            self.closing = Closing::Done;
        }
        Poll::Ready(Ok(()))
    }
}

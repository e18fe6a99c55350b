//! The bytes of a client's connection: tells of the first of each request, gives up on a peer that
//! reads nothing, has a reader look along, and ends a connection without losing its last answer.
//!
//! Must not change the bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::Frames;
use super::framing::Framing;
use super::limits::LINGER;
use super::phases::Phases;
use super::timer::Timer;

/// Bytes that are thrown away at once at the end of a connection.
const DISCARD: usize = 8_192;

/// How far the end of a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    NotYet,
    Lingering,
    Done,
}

/// Who reads along.
#[derive(Debug)]
pub(super) enum Reader {
    /// Whoever knows the framing of HTTP/1.
    Http1(Framing),
    /// Whoever knows the frames of HTTP/2.
    Http2(Frames),
    /// Nobody: what passes is no HTTP.
    Nobody,
}

/// A client's connection.
#[derive(Debug)]
pub(super) struct Watched<Io> {
    io: Io,
    phases: Phases,
    reader: Reader,
    timer: Timer,
    /// How long the peer may leave our bytes unread.
    unread_deadline: Duration,
    is_writing: bool,
    is_at_end: bool,
    closing: Closing,
}

impl<Io> Watched<Io> {
    pub(super) fn new(io: Io, phases: Phases, reader: Reader, unread_deadline: Duration) -> Self {
        Self {
            io,
            phases,
            reader,
            timer: Timer::default(),
            unread_deadline,
            is_writing: false,
            is_at_end: false,
            closing: Closing::NotYet,
        }
    }

    fn read_along(&mut self, bytes: &[u8]) {
        match &mut self.reader {
            Reader::Http1(_) if self.phases.is_tunnel() => self.reader = Reader::Nobody,
            Reader::Http1(framing) => {
                if let Some(number) = framing.read(bytes) {
                    self.phases.doubt(number);
                }
            }
            Reader::Http2(frames) => frames.read(bytes),
            Reader::Nobody => {}
        }
    }

    fn write_along(&self, polled: &Poll<io::Result<usize>>) {
        if let (Reader::Http2(frames), Poll::Ready(Ok(count))) = (&self.reader, polled) {
            frames.send(*count);
        }
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
            self.timer.set(self.unread_deadline);
        }
        self.timer.poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
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
                Poll::Pending => return self.timer.poll(cx),
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
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.phases.heard();
            self.read_along(&buf.filled()[before..]);
        } else {
            self.is_at_end = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        self.write_along(&polled);
        self.progress(polled, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.write_along(&polled);
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
            self.timer.set(LINGER);
        }
        if self.closing == Closing::Lingering {
            ready!(self.poll_linger(cx));
            self.closing = Closing::Done;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::{Instant, sleep, timeout};

    use super::*;

    const WRITE_DEADLINE: Duration = Duration::from_secs(30);
    const ANSWER: [u8; 4_096] = [0; 4_096];

    fn watched() -> (Watched<DuplexStream>, DuplexStream) {
        let (ours, peer) = duplex(1_024);
        (Watched::new(ours, Phases::new(), Reader::Nobody, WRITE_DEADLINE), peer)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_reads_ends_its_connection() {
        let (mut watched, _peer) = watched();
        let since = Instant::now();
        let ended = timeout(10 * WRITE_DEADLINE, watched.write_all(&ANSWER)).await;
        let error = ended.expect("an end of its own").expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(since.elapsed() >= WRITE_DEADLINE, "not before its deadline");

        // The proof that this can fail: without a deadline it waits.
        let (mut bare, _peer) = duplex(1_024);
        let waits = timeout(10 * WRITE_DEADLINE, bare.write_all(&ANSWER)).await;
        waits.expect_err("it waits");
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_now_and_then_gets_the_whole_answer() {
        let (mut watched, mut peer) = watched();
        let writing = tokio::spawn(async move { watched.write_all(&ANSWER).await });
        for _ in 0..4 {
            // Each wait is shorter than the deadline, and all of them together are longer.
            sleep(WRITE_DEADLINE / 2).await;
            peer.read_exact(&mut [0; 1_024]).await.expect("a piece");
        }
        writing.await.expect("no panic").expect("all of it");
    }
}

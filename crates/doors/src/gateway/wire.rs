//! One connection to an upstream, driven by whoever uses it.
//!
//! The connection is no task of its own: the request that uses it polls it, inside the task of
//! the client's connection. A request therefore wakes one task and not two, a slow client holds
//! back its upstream by itself, and a client that goes away takes the connection along. Must not
//! carry more than one request at a time.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method};
use tokio::io::AsyncReadExt as _;

use super::h1::answer::{self, After, Head, Reply};
use super::h1::body::{Framing, Taken};
use super::h1::request::Upload;
use super::outbox::{Leave, Outbox, Unsendable};
use super::upstream_io::UpstreamStream;
use super::vigil::Vigil;
use crate::inbound::RequestBody;

/// How long a body is held back for an upstream that does not say whether it wants it. It need not
/// say (RFC 9110, section 10.1.1).
const LEAVE_MAX: Duration = Duration::from_secs(1);
/// Most heads that only announce an answer, for one request. There are uses for a few; a flood of them
/// keeps a thread from everybody else, and costs the upstream next to nothing.
const ANNOUNCEMENTS_MAX: u8 = 16;
/// Room for a head, and for what comes with it.
const ROOM: usize = 8 * 1_024;
/// Room for a body that has filled the smaller one.
const WIDE_ROOM: usize = 64 * 1_024;

/// One connection to an upstream.
#[derive(Debug)]
pub(super) struct Wire {
    stream: UpstreamStream,
    outbox: Outbox,
    inbox: BytesMut,
    /// What is still to come of an answer.
    framing: Framing,
    after: After,
    vigil: Vigil,
    /// Changes whenever bytes of the request or of the answer's body move. Those of its head do not
    /// count: one that comes in drops would never be late.
    beats: u32,
    room: usize,
    /// Heads that came instead of an answer.
    announcements: u8,
    has_heard: bool,
    is_broken: bool,
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// Nothing of the request was sent.
    Unsent,
    /// The connection broke, and the upstream had not said anything.
    BrokenUnheard,
    /// The connection broke inside the answer, or what came was none.
    Broken,
    /// The upstream was silent for too long.
    Silent,
    /// The request's own body did not arrive whole.
    Body,
}

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filled {
    /// Some bytes.
    Some,
    /// The end, as the upstream meant it.
    Ended,
    /// The end, as nobody meant it.
    Broken,
}

/// A piece of an answer's body.
#[derive(Debug)]
pub(super) enum Piece {
    /// Bytes.
    Data(Bytes),
    /// What is said behind it, and its end.
    Trailers(Box<HeaderMap>),
    /// Its end.
    End,
}

/// Why an answer has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoEnd {
    /// The connection broke, or what came was malformed.
    Broken,
    /// Nothing came for too long.
    Silent,
}

impl Wire {
    /// A wire over this stream.
    pub(super) fn over(stream: UpstreamStream) -> Self {
        Self {
            stream,
            outbox: Outbox::default(),
            inbox: BytesMut::new(),
            framing: Framing::None,
            after: After::Open,
            vigil: Vigil::default(),
            beats: 0,
            room: ROOM,
            announcements: 0,
            has_heard: false,
            is_broken: false,
        }
    }

    /// A request with this body. Its head is to be written into what this returns.
    pub(super) fn begin(
        &mut self,
        body: RequestBody,
        upload: Upload,
        leave: Leave,
    ) -> &mut Vec<u8> {
        self.outbox.begin(body, upload, leave)
    }

    /// The bytes alone, and those that came behind the answer.
    pub(super) fn into_bytes(self) -> (UpstreamStream, Bytes) {
        (self.stream, self.inbox.freeze())
    }

    /// The request of another wire, from its first byte, to whoever has this name.
    pub(super) fn take_over(&mut self, other: &mut Self, host: &HeaderValue) {
        self.outbox = std::mem::take(&mut other.outbox);
        self.outbox.rewind();
        self.outbox.readdress(host);
    }

    /// Sends the request and waits for the head of its answer, whose lines replace those in
    /// `headers`.
    pub(super) async fn exchange(
        &mut self,
        method: &Method,
        headers: &mut HeaderMap,
        patience: Duration,
    ) -> Result<Head, NoAnswer> {
        self.has_heard = false;
        self.announcements = 0;
        let answered = poll_fn(|cx| self.poll_answer(cx, method, headers, patience)).await;
        self.vigil.rest();
        match &answered {
            Ok(head) => {
                self.framing = head.framing;
                if head.after == After::Closed {
                    self.after = After::Closed;
                }
            }
            Err(_) => self.is_broken = true,
        }
        answered
    }

    fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        method: &Method,
        headers: &mut HeaderMap,
        patience: Duration,
    ) -> Poll<Result<Head, NoAnswer>> {
        if let Poll::Ready(Err(Unsendable::Body)) = self.poll_send(cx) {
            return Poll::Ready(Err(NoAnswer::Body));
        }
        loop {
            match answer::read(&mut self.inbox, method, headers) {
                Ok(Some(Reply::Answer(head))) => return Poll::Ready(Ok(head)),
                Ok(Some(Reply::Continue)) => {
                    self.count_announcement()?;
                    self.poll_body_after_all(cx)?;
                    continue;
                }
                Ok(Some(Reply::Announcement)) => {
                    self.count_announcement()?;
                    continue;
                }
                Ok(None) => {}
                Err(answer::Malformed) => return Poll::Ready(Err(NoAnswer::Broken)),
            }
            match self.poll_fill(cx) {
                Poll::Ready(Filled::Some) => {}
                Poll::Ready(Filled::Ended | Filled::Broken) => {
                    return Poll::Ready(Err(self.broken()));
                }
                Poll::Pending if self.outbox.awaits_leave() => {
                    ready!(self.vigil.poll(cx, self.beats, LEAVE_MAX));
                    self.vigil.rest();
                    if let Err(no_answer) = self.poll_body_after_all(cx) {
                        return Poll::Ready(Err(no_answer));
                    }
                }
                Poll::Pending => {
                    return self.poll_silence(cx, patience).map(|()| Err(NoAnswer::Silent));
                }
            }
        }
    }

    fn count_announcement(&mut self) -> Result<(), NoAnswer> {
        if self.announcements == ANNOUNCEMENTS_MAX {
            return Err(NoAnswer::Broken);
        }
        self.announcements += 1;
        Ok(())
    }

    /// Sends the body that was held back.
    fn poll_body_after_all(&mut self, cx: &mut Context<'_>) -> Result<(), NoAnswer> {
        self.outbox.give_leave();
        match self.poll_send(cx) {
            Poll::Ready(Err(Unsendable::Body)) => Err(NoAnswer::Body),
            Poll::Ready(Ok(()) | Err(Unsendable::Closed)) | Poll::Pending => Ok(()),
        }
    }

    /// The next piece of the answer's body.
    pub(super) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
        patience: Duration,
    ) -> Poll<Result<Piece, NoEnd>> {
        let polled = self.poll_piece(cx, patience);
        match &polled {
            Poll::Ready(Err(_)) => self.is_broken = true,
            Poll::Ready(Ok(_)) => self.vigil.rest(),
            Poll::Pending => {}
        }
        polled
    }

    fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        patience: Duration,
    ) -> Poll<Result<Piece, NoEnd>> {
        // An answer may begin before all of the request was sent. If the rest of it cannot be
        // sent, there may be an answer all the same.
        let _ = self.poll_send(cx);
        loop {
            match self.framing.take(&mut self.inbox) {
                Ok(Taken::Data(data)) => return Poll::Ready(Ok(Piece::Data(data))),
                Ok(Taken::Trailers(lines)) => return Poll::Ready(Ok(Piece::Trailers(lines))),
                Ok(Taken::End) => return Poll::Ready(Ok(Piece::End)),
                Ok(Taken::Nothing) => {}
                Err(answer::Malformed) => return Poll::Ready(Err(NoEnd::Broken)),
            }
            match self.poll_fill(cx) {
                Poll::Ready(Filled::Some) => self.beats = self.beats.wrapping_add(1),
                Poll::Ready(Filled::Ended) if self.framing == Framing::UntilClosed => {
                    self.framing = Framing::None;
                }
                Poll::Ready(Filled::Ended | Filled::Broken) => {
                    return Poll::Ready(Err(NoEnd::Broken));
                }
                Poll::Pending => {
                    return self.poll_silence(cx, patience).map(|()| Err(NoEnd::Silent));
                }
            }
        }
    }

    /// All of the answer's body, if all of it has come already.
    pub(super) fn take_whole(&mut self) -> Option<Bytes> {
        match self.framing.left()? {
            0 => Some(Bytes::new()),
            left if left == self.inbox.len() as u64 => {
                self.framing = Framing::None;
                Some(self.inbox.split().freeze())
            }
            _ => None,
        }
    }

    /// How many bytes of the answer's body are still to come, if that is known.
    pub(super) const fn left(&self) -> Option<u64> {
        self.framing.left()
    }

    /// Whether it can carry another request.
    pub(super) fn is_free(&self) -> bool {
        !self.is_broken
            && self.after == After::Open
            && self.framing == Framing::None
            && self.outbox.is_empty()
            // Bytes after an answer belong to no request; nobody knows what they are.
            && self.inbox.is_empty()
    }

    /// Looks whether the upstream has closed it meanwhile, or said something unasked.
    pub(super) fn look(&mut self) -> bool {
        let nothing = self.poll_fill(&mut Context::from_waker(Waker::noop())).is_pending();
        nothing && self.is_free()
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Unsendable>> {
        if self.outbox.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let polled = self.outbox.poll_send(&mut self.stream, cx, &mut self.beats);
        if let Poll::Ready(Err(_)) = &polled {
            // There may be an answer all the same, but no other request on this connection.
            self.after = After::Closed;
        }
        polled
    }

    /// Reads what has come.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Filled> {
        if self.inbox.capacity() - self.inbox.len() < self.room / 2 {
            self.inbox.reserve(self.room);
        }
        let spare = self.inbox.capacity() - self.inbox.len();
        // The future holds nothing but these two borrows, so that it can be made for each poll.
        let read = pin!(self.stream.read_buf(&mut self.inbox));
        let count = match ready!(read.poll(cx)) {
            Ok(0) => return Poll::Ready(Filled::Ended),
            Ok(count) => count,
            Err(_) => return Poll::Ready(Filled::Broken),
        };
        self.has_heard = true;
        self.room = if count == spare { WIDE_ROOM } else { ROOM };
        Poll::Ready(Filled::Some)
    }

    /// Ready when the upstream was silent for too long. What the caller has not sent yet is not
    /// the upstream's silence; a body has its own deadline.
    fn poll_silence(&mut self, cx: &mut Context<'_>, patience: Duration) -> Poll<()> {
        if self.outbox.waits_for_body() {
            self.vigil.rest();
            return Poll::Pending;
        }
        self.vigil.poll(cx, self.beats, patience)
    }

    const fn broken(&self) -> NoAnswer {
        if !self.outbox.has_sent() {
            NoAnswer::Unsent
        } else if self.has_heard {
            NoAnswer::Broken
        } else {
            NoAnswer::BrokenUnheard
        }
    }
}

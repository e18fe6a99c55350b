//! What is still to be sent of a request: its head, then its body as it comes.
//!
//! Must not gather a body: one piece of it is held at a time. Must not let a body that broke off
//! look whole; a connection on which that happened carries nothing more.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use http::{HeaderMap, HeaderValue};
use http_body::Body as _;
use tokio::io::AsyncWrite;

use super::h1::request::{Upload, readdress, write_chunk_size};
use super::h1::trailers;
use super::upstream_io::UpstreamStream;
use crate::inbound::{BodyFault, RequestBody};

/// How far the body of a request has come.
#[derive(Debug, Default)]
enum Stage {
    /// All of it was taken; what is left of it is in the outbox.
    #[default]
    Taken,
    /// It is still coming, framed like this; of a length, this much is left.
    Coming(RequestBody, Upload),
    /// It did not arrive whole.
    BrokenOff,
}

/// Whether the body may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Leave {
    /// It may.
    #[default]
    Given,
    /// Not before the upstream says so.
    Awaited,
}

/// What is still to be sent.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Text of ours: the head, or the size line of a chunk.
    lead: Vec<u8>,
    /// How much of the lead was sent.
    lead_sent: usize,
    /// A piece of the body.
    data: Bytes,
    /// Text of ours after the piece.
    tail: &'static [u8],
    body: Stage,
    leave: Leave,
    has_sent: bool,
    needs_flush: bool,
}

/// Why nothing more is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsendable {
    /// The body did not arrive whole; its fate tells why.
    Body,
    /// The upstream takes no more.
    Closed,
}

impl Outbox {
    /// A request with this body. Its head is to be written into what this returns.
    pub(super) fn begin(
        &mut self,
        body: RequestBody,
        upload: Upload,
        leave: Leave,
    ) -> &mut Vec<u8> {
        self.leave = leave;
        self.body = match upload {
            Upload::None => Stage::Taken,
            Upload::Length(_) | Upload::Chunked => Stage::Coming(body, upload),
        };
        self.lead.clear();
        self.rewind();
        &mut self.lead
    }

    /// The same request from its first byte. Only for one without a body, or of which nothing
    /// was sent.
    pub(super) const fn rewind(&mut self) {
        self.lead_sent = 0;
        self.has_sent = false;
        self.needs_flush = false;
    }

    /// Names another upstream in the head.
    pub(super) fn readdress(&mut self, host: &HeaderValue) {
        readdress(&mut self.lead, host);
    }

    /// Whether all of the request was sent.
    pub(super) const fn is_empty(&self) -> bool {
        matches!(self.body, Stage::Taken) && self.unsent() == 0 && !self.needs_flush
    }

    /// The body may be sent from here on.
    pub(super) const fn give_leave(&mut self) {
        self.leave = Leave::Given;
    }

    /// Whether the body waits for leave to be sent.
    pub(super) const fn awaits_leave(&self) -> bool {
        matches!(self.leave, Leave::Awaited) && self.unsent() == 0
    }

    /// Whether any byte of the request was sent.
    pub(super) const fn has_sent(&self) -> bool {
        self.has_sent
    }

    /// Whether everything was sent that has come so far, and more is to come.
    pub(super) const fn waits_for_body(&self) -> bool {
        matches!(self.body, Stage::Coming(..)) && self.unsent() == 0
    }

    /// Sends what can be sent, and counts the steps.
    pub(super) fn poll_send(
        &mut self,
        stream: &mut UpstreamStream,
        cx: &mut Context<'_>,
        beats: &mut u32,
    ) -> Poll<Result<(), Unsendable>> {
        loop {
            let loaded = self.load(cx)?;
            if self.unsent() == 0 {
                if self.needs_flush {
                    let flushed = ready!(Pin::new(&mut *stream).poll_flush(cx));
                    flushed.map_err(|_| Unsendable::Closed)?;
                    self.needs_flush = false;
                }
                return loaded.map(Ok);
            }
            match ready!(self.poll_write(stream, cx)) {
                Ok(sent) if sent > 0 => self.advance(sent),
                Ok(_) | Err(_) => return Poll::Ready(Err(Unsendable::Closed)),
            }
            *beats = beats.wrapping_add(1);
        }
    }

    /// Puts the next piece of the body in its place. Pending when there is none yet.
    fn load(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Unsendable> {
        if !self.data.is_empty() || !self.tail.is_empty() {
            return Ok(Poll::Ready(()));
        }
        let (body, upload) = match &mut self.body {
            Stage::Taken => return Ok(Poll::Ready(())),
            Stage::BrokenOff => return Err(Unsendable::Body),
            Stage::Coming(..) if self.leave == Leave::Awaited => return Ok(Poll::Pending),
            Stage::Coming(body, upload) => (body, upload),
        };
        let Poll::Ready(next) = poll_piece(body, cx) else { return Ok(Poll::Pending) };
        if self.lead_sent == self.lead.len() {
            self.lead.clear();
            self.lead_sent = 0;
        }
        let whole = match (&next, upload) {
            (Err(_), _) => return Err(self.break_off()),
            (Ok(Piece::Data(data)), Upload::Chunked) => {
                write_chunk_size(&mut self.lead, data.len());
                self.tail = b"\r\n";
                false
            }
            (Ok(Piece::End), Upload::Chunked) => {
                self.lead.extend_from_slice(b"0\r\n\r\n");
                true
            }
            (Ok(Piece::Trailers(lines)), Upload::Chunked) => {
                trailers::write(&mut self.lead, lines);
                true
            }
            (Ok(Piece::Data(data)), Upload::Length(left)) => {
                // More than was announced would be taken for another request.
                let Some(rest) = left.checked_sub(data.len() as u64) else {
                    return Err(self.break_off());
                };
                *left = rest;
                rest == 0
            }
            // Less than was announced: the upstream must not wait for the rest in vain.
            (Ok(Piece::End | Piece::Trailers(_)), Upload::Length(_)) => {
                return Err(self.break_off());
            }
            (Ok(_), Upload::None) => true,
        };
        self.data = match next {
            Ok(Piece::Data(data)) => data,
            Ok(Piece::Trailers(_) | Piece::End) | Err(_) => Bytes::new(),
        };
        if whole {
            self.body = Stage::Taken;
        }
        Ok(Poll::Ready(()))
    }

    fn break_off(&mut self) -> Unsendable {
        self.body = Stage::BrokenOff;
        Unsendable::Body
    }

    const fn unsent(&self) -> usize {
        self.lead.len() - self.lead_sent + self.data.len() + self.tail.len()
    }

    fn poll_write(
        &self,
        stream: &mut UpstreamStream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let (stream, lead) = (Pin::new(stream), &self.lead[self.lead_sent..]);
        if self.data.is_empty() && self.tail.is_empty() {
            return stream.poll_write(cx, lead);
        }
        stream.poll_write_vectored(cx, &[lead, &self.data, self.tail].map(IoSlice::new))
    }

    fn advance(&mut self, sent: usize) {
        let lead = sent.min(self.lead.len() - self.lead_sent);
        self.lead_sent += lead;
        let data = (sent - lead).min(self.data.len());
        self.data.advance(data);
        self.tail = &self.tail[sent - lead - data..];
        self.has_sent = true;
        self.needs_flush = true;
    }
}

/// A piece of a body.
enum Piece {
    /// Bytes, at least one.
    Data(Bytes),
    /// What is said behind the body.
    Trailers(HeaderMap),
    /// The end.
    End,
}

/// The next piece.
fn poll_piece(body: &mut RequestBody, cx: &mut Context<'_>) -> Poll<Result<Piece, BodyFault>> {
    loop {
        let frame = match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            None => return Poll::Ready(Ok(Piece::End)),
            Some(Err(fault)) => return Poll::Ready(Err(fault)),
            Some(Ok(frame)) => frame,
        };
        match frame.into_data() {
            Ok(data) if data.is_empty() => {}
            Ok(data) => return Poll::Ready(Ok(Piece::Data(data))),
            Err(last) => {
                let trailers = last.into_trailers().map_or(Piece::End, Piece::Trailers);
                return Poll::Ready(Ok(trailers));
            }
        }
    }
}

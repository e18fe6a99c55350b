//! The body of an upstream's answer, passed on as it comes.
//!
//! It moves the bytes of its connection when it is asked for more, and gives the connection back
//! at the end. Must not read ahead of whoever asks.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::pool::Pool;
use super::wire::{Wire, unwoken};

/// The answer broke off.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamBroke {
    /// The connection broke, or what came was malformed.
    #[error("the upstream broke off: {0}")]
    Broken(hyper::Error),
    /// Nothing came for too long.
    #[error("the upstream stopped sending")]
    Silent,
}

/// A connection that is still needed for a body.
#[derive(Debug)]
struct Lease {
    wire: Box<Wire>,
    pool: Rc<Pool>,
    patience: Duration,
}

/// The body of an upstream's answer.
#[derive(Debug)]
pub struct UpstreamBody {
    incoming: Incoming,
    lease: Option<Lease>,
}

impl UpstreamBody {
    /// A body that comes over this connection. When all of it came with the head, the connection
    /// is free at once.
    pub(super) fn new(
        incoming: Incoming,
        wire: Box<Wire>,
        pool: &Rc<Pool>,
        patience: Duration,
    ) -> Self {
        let lease = Lease { wire, pool: Rc::clone(pool), patience };
        let mut body = Self { incoming, lease: Some(lease) };
        body.settle();
        body
    }

    /// Gives the connection back if the whole answer has been read from it.
    fn settle(&mut self) {
        if let Some(Lease { wire, pool, .. }) = self.lease.take_if(|lease| lease.wire.is_free()) {
            pool.put(wire);
        }
    }

    fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UpstreamBroke>>> {
        // Only the driver can bring more, and it is polled below; so no waker is left here.
        let broken = UpstreamBroke::Broken;
        let early = Pin::new(&mut self.incoming).poll_frame(&mut unwoken());
        if let Poll::Ready(frame) = early {
            return Poll::Ready(frame.map(|frame| frame.map_err(broken)));
        }
        let Some(Lease { wire, patience, .. }) = &mut self.lease else { return Poll::Ready(None) };
        wire.drive(cx);
        match Pin::new(&mut self.incoming).poll_frame(&mut unwoken()) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(broken))),
            Poll::Pending => {
                wire.poll_silence(cx, *patience).map(|()| Some(Err(UpstreamBroke::Silent)))
            }
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = UpstreamBroke;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UpstreamBroke>>> {
        let polled = self.poll_data(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                if self.incoming.is_end_stream() {
                    self.settle();
                }
                polled
            }
            // Trailers belong to the connection to the upstream; they end the body here.
            Poll::Ready(Some(Ok(_)) | None) => {
                self.settle();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(_))) => {
                self.lease = None;
                polled
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

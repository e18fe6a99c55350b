//! The body of an upstream's answer, passed on as it comes.
//!
//! It moves the bytes of its connection when it is asked for more, and gives the connection back
//! at the end. Must not read ahead of whoever asks.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use engine::verify::UnderWay;
use http_body::{Body, Frame, SizeHint};

use super::lane::Seat;
use super::wire::{NoEnd, Piece, Wire};

/// The answer broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamBroke {
    /// The connection broke, or what came was malformed.
    #[error("the upstream broke off inside its answer")]
    Broken,
    /// Nothing came for too long.
    #[error("the upstream fell silent inside its answer")]
    Silent,
}

/// The body of an upstream's answer.
#[derive(Debug)]
pub struct UpstreamBody {
    /// The connection, until the body has ended.
    wire: Option<Box<Wire>>,
    seat: Seat,
    patience: Duration,
    /// What counts as under way until the body has ended, or nobody wants it any more.
    pub(super) under_way: Option<UnderWay>,
}

impl UpstreamBody {
    /// A body that comes over this connection.
    pub(super) fn new(wire: Box<Wire>, seat: Seat, patience: Duration) -> Self {
        Self { wire: Some(wire), seat, patience, under_way: None }
    }

    /// Gives the connection back if it can be used again, and ends it otherwise.
    fn end(&mut self) {
        if let Some(wire) = self.wire.take_if(|wire| wire.left() == Some(0)) {
            self.under_way = None;
            self.seat.lane().pool.put(wire);
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
        let patience = self.patience;
        let Some(wire) = &mut self.wire else { return Poll::Ready(None) };
        Poll::Ready(match ready!(wire.poll_data(cx, patience)) {
            Ok(Piece::Data(data)) => {
                self.end();
                Some(Ok(Frame::data(data)))
            }
            Ok(Piece::Trailers(lines)) => {
                self.end();
                Some(Ok(Frame::trailers(*lines)))
            }
            Ok(Piece::End) => {
                self.end();
                self.under_way = None;
                None
            }
            Err(no_end) => {
                self.wire = None;
                self.under_way = None;
                Some(Err(match no_end {
                    NoEnd::Broken => UpstreamBroke::Broken,
                    NoEnd::Silent => UpstreamBroke::Silent,
                }))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.wire.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.wire.as_ref().map_or(Some(0), |wire| wire.left());
        left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

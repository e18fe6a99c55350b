//! The body of an answer: none, whole, or a stream from an upstream.
//!
//! Must not be boxed: every request of the data plane carries one.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::gateway::{StreamBody, UpstreamBody, UpstreamBroke};

/// The body of an answer.
#[derive(Debug, Default)]
pub enum DoorBody {
    /// None.
    #[default]
    Empty,
    /// All of it at once.
    Full(Bytes),
    /// What an upstream sends, as it comes.
    Upstream(UpstreamBody),
    /// The same, over HTTP/2.
    Stream(Box<StreamBody>),
}

impl From<Bytes> for DoorBody {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Full(bytes) }
    }
}

impl Body for DoorBody {
    type Data = Bytes;
    type Error = UpstreamBroke;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UpstreamBroke>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Upstream(body) => Pin::new(body).poll_frame(cx),
            Self::Stream(body) => Pin::new(&mut **body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Upstream(body) => body.is_end_stream(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Upstream(body) => body.size_hint(),
            Self::Stream(body) => body.size_hint(),
        }
    }
}

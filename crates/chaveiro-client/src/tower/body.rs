//! The body of an answer: that of the service behind, or one of our own.
//!
//! Must not gather what it passes on.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use pin_project_lite::pin_project;

pin_project! {
    /// The body of an answer.
    #[derive(Debug)]
    pub struct VerifyBody<B> {
        #[pin]
        which: Which<B>,
    }
}

pin_project! {
    #[project = WhichProjected]
    #[derive(Debug)]
    enum Which<B> {
        Inner { #[pin] body: B },
        Own { #[pin] body: Full<Bytes> },
    }
}

impl<B> VerifyBody<B> {
    pub(super) const fn inner(body: B) -> Self {
        Self { which: Which::Inner { body } }
    }
}

impl<B> From<Bytes> for VerifyBody<B> {
    fn from(bytes: Bytes) -> Self {
        Self { which: Which::Own { body: Full::new(bytes) } }
    }
}

impl<B: Body<Data = Bytes>> Body for VerifyBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().which.project() {
            WhichProjected::Inner { body } => body.poll_frame(cx),
            WhichProjected::Own { body } => {
                body.poll_frame(cx).map_err(|never| -> B::Error { match never {} })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.which {
            Which::Inner { body } => body.is_end_stream(),
            Which::Own { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.which {
            Which::Inner { body } => body.size_hint(),
            Which::Own { body } => body.size_hint(),
        }
    }
}

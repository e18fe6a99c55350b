//! The body of a request on its way in: counted against a limit, and watched for silence.
//!
//! Silence is not only what lies between two pieces: whoever sends drops of a body, each in time,
//! keeps a connection and an upstream for as long as somebody who sends nothing. So the waits are
//! added up, and every piece takes off only what it is worth.
//!
//! It is a stream and stays one. Must not gather what it passes on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep};

/// What a body may take.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Most bytes.
    pub bytes_max: u64,
    /// Longest silence between two pieces, and of a body that arrives in drops.
    pub silence_max: Duration,
}

/// Slowest that a body may arrive once its silence is used up.
const BYTES_PER_SECOND_MIN: u64 = 512;

/// Why a body did not arrive whole.
#[derive(Debug, thiserror::Error)]
pub enum BodyFault {
    /// More bytes than allowed.
    #[error("the body is larger than allowed")]
    TooLarge,
    /// Nothing came for too long.
    #[error("the body stopped arriving")]
    TooSlow,
    /// It is malformed, or the connection broke.
    #[error("the body did not arrive whole: {0}")]
    Broken(hyper::Error),
}

/// How a body ended badly, for whoever gave the body itself away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadEnd {
    /// More bytes than allowed.
    TooLarge,
    /// Nothing came for too long.
    TooSlow,
    /// It is malformed, or the connection broke.
    Broken,
}

/// Tells what became of a body.
#[derive(Clone, Debug)]
pub struct BodyFate(Option<Arc<AtomicU8>>);

impl BodyFate {
    /// How the body ended badly, if it did.
    #[must_use]
    pub fn bad_end(&self) -> Option<BadEnd> {
        match self.0.as_ref()?.load(Ordering::Relaxed) {
            TOO_LARGE => Some(BadEnd::TooLarge),
            TOO_SLOW => Some(BadEnd::TooSlow),
            BROKEN => Some(BadEnd::Broken),
            _ => None,
        }
    }
}

const FLOWING: u8 = 0;
const TOO_LARGE: u8 = 1;
const TOO_SLOW: u8 = 2;
const BROKEN: u8 = 3;

/// The body of a request, limited.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Option<Incoming>,
    room: u64,
    silence_max: Duration,
    /// Made when the body is first waited for: most bodies come with their head.
    silence: Option<Pin<Box<Sleep>>>,
    /// What is left of it.
    patience: Duration,
    /// When the wait that is going on is over.
    waiting: Option<Instant>,
    fate: BodyFate,
}

impl RequestBody {
    /// The body as the listener received it.
    #[must_use]
    pub fn new(incoming: Incoming, limits: BodyLimits) -> Self {
        if incoming.is_end_stream() {
            return Self::empty();
        }
        Self {
            incoming: Some(incoming),
            room: limits.bytes_max,
            silence_max: limits.silence_max,
            silence: None,
            patience: limits.silence_max,
            waiting: None,
            fate: BodyFate(Some(Arc::new(AtomicU8::new(FLOWING)))),
        }
    }

    /// No body.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            incoming: None,
            room: 0,
            silence_max: Duration::ZERO,
            silence: None,
            patience: Duration::ZERO,
            waiting: None,
            fate: BodyFate(None),
        }
    }

    /// Whether its announced length is more than it may have.
    #[must_use]
    pub fn is_announced_too_large(&self) -> bool {
        self.size_hint().lower() > self.room
    }

    /// Tells later what became of it.
    #[must_use]
    pub fn fate(&self) -> BodyFate {
        self.fate.clone()
    }

    fn fail(&mut self, code: u8, fault: BodyFault) -> BodyFault {
        // Without the rest of it the connection cannot be used again; the listener sees to that.
        self.incoming = None;
        if let Some(fate) = &self.fate.0 {
            fate.store(code, Ordering::Relaxed);
        }
        fault
    }

    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let patience = self.patience;
        let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        if self.waiting.is_none() {
            // A fresh timer knows when it is to end, so that nothing here has to ask a clock.
            let end = tokio::time::sleep(patience).deadline();
            self.waiting = Some(end);
            silence.as_mut().reset(end);
        }
        // Whoever floods the connection with what is no body uses up the turns of its task.
        Pin::new(&mut unconstrained(silence.as_mut())).poll(cx)
    }

    /// Something came: the wait for it is gone, and what came is worth some of it.
    fn count_wait(&mut self, bytes: usize) {
        let Some(end) = self.waiting.take() else { return };
        let left = end.saturating_duration_since(tokio::time::sleep(Duration::ZERO).deadline());
        let worth = Duration::from_millis(bytes as u64 * 1_000 / BYTES_PER_SECOND_MIN);
        self.patience = (left + worth).min(self.silence_max);
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        match Pin::new(incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                // Trailers belong to the connection they came on; they end the body here.
                let Ok(data) = frame.into_data() else {
                    self.incoming = None;
                    return Poll::Ready(None);
                };
                self.count_wait(data.len());
                let Some(room) = self.room.checked_sub(data.len() as u64) else {
                    return Poll::Ready(Some(Err(self.fail(TOO_LARGE, BodyFault::TooLarge))));
                };
                self.room = room;
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(self.fail(BROKEN, BodyFault::Broken(error)))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                self.poll_silence(cx).map(|()| Some(Err(self.fail(TOO_SLOW, BodyFault::TooSlow))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

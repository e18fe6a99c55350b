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
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
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
pub struct BodyFate(Option<Arc<Fate>>);

#[derive(Debug, Default)]
struct Fate {
    state: AtomicU8,
    /// Pieces that have come.
    pieces: AtomicU32,
}

impl BodyFate {
    /// Whether some of it is still to come.
    #[must_use]
    pub fn is_flowing(&self) -> bool {
        self.0.as_ref().is_some_and(|fate| fate.state.load(Ordering::Relaxed) == FLOWING)
    }

    /// Changes whenever a piece of it was taken.
    #[must_use]
    pub fn pieces(&self) -> u32 {
        self.0.as_ref().map_or(0, |fate| fate.pieces.load(Ordering::Relaxed))
    }

    /// How the body ended badly, if it did.
    #[must_use]
    pub fn bad_end(&self) -> Option<BadEnd> {
        match self.0.as_ref()?.state.load(Ordering::Relaxed) {
            TOO_LARGE => Some(BadEnd::TooLarge),
            TOO_SLOW => Some(BadEnd::TooSlow),
            BROKEN => Some(BadEnd::Broken),
            _ => None,
        }
    }
}

impl BodyFate {
    fn end(&self) {
        if let Some(fate) = &self.0 {
            fate.state.store(ENDED, Ordering::Relaxed);
        }
    }
}

const FLOWING: u8 = 0;
const TOO_LARGE: u8 = 1;
const TOO_SLOW: u8 = 2;
const BROKEN: u8 = 3;
const ENDED: u8 = 4;

/// Says which trailers of a request may pass on.
pub trait TrailerRule: Send + Sync {
    /// Takes out those that may not.
    fn sort(&self, trailers: &mut HeaderMap);
}

/// The body of a request, limited.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Option<Incoming>,
    room: u64,
    silence_max: Duration,
    /// Made when the body is waited for in earnest: most bodies come with their head.
    silence: Option<Pin<Box<Sleep>>>,
    /// Whether it was asked for before.
    is_asked_for: bool,
    /// What is left of it.
    patience: Duration,
    /// When the wait that is going on is over.
    waiting: Option<Instant>,
    fate: BodyFate,
    trailers: Trailers,
}

/// What becomes of trailers.
enum Trailers {
    /// They belong to the connection that they came on, and end there.
    Dropped,
    /// They pass on as far as somebody lets them.
    Sorted(Arc<dyn TrailerRule>),
}

impl std::fmt::Debug for Trailers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trailers")
    }
}

impl Default for RequestBody {
    fn default() -> Self {
        Self::empty()
    }
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
            is_asked_for: false,
            patience: limits.silence_max,
            waiting: None,
            fate: BodyFate(Some(Arc::default())),
            trailers: Trailers::Dropped,
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
            is_asked_for: false,
            patience: Duration::ZERO,
            waiting: None,
            fate: BodyFate(None),
            trailers: Trailers::Dropped,
        }
    }

    /// Lets trailers pass that the rule lets pass; they are dropped otherwise.
    pub fn pass_trailers(&mut self, rule: Arc<dyn TrailerRule>) {
        self.trailers = Trailers::Sorted(rule);
    }

    /// The trailers that pass, as the last frame, if there are any.
    fn end_with(&mut self, frame: Frame<Bytes>) -> Option<Result<Frame<Bytes>, BodyFault>> {
        self.incoming = None;
        self.fate.end();
        let mut trailers = frame.into_trailers().ok()?;
        match &self.trailers {
            Trailers::Dropped => return None,
            Trailers::Sorted(rule) => rule.sort(&mut trailers),
        }
        (!trailers.is_empty()).then(|| Ok(Frame::trailers(trailers)))
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
            fate.state.store(code, Ordering::Relaxed);
        }
        fault
    }

    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // hyper hands over what came with the head only when it is asked for; a timer before that
        // would be made for nearly every body, and for nothing.
        if !self.is_asked_for {
            self.is_asked_for = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
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
                let data = match frame.into_data() {
                    Ok(data) => data,
                    Err(last) => return Poll::Ready(self.end_with(last)),
                };
                self.count_wait(data.len());
                if let Some(fate) = &self.fate.0 {
                    fate.pieces.store(
                        fate.pieces.load(Ordering::Relaxed).wrapping_add(1),
                        Ordering::Relaxed,
                    );
                }
                let Some(room) = self.room.checked_sub(data.len() as u64) else {
                    return Poll::Ready(Some(Err(self.fail(TOO_LARGE, BodyFault::TooLarge))));
                };
                self.room = room;
                if self.is_end_stream() {
                    self.fate.end();
                }
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(self.fail(BROKEN, BodyFault::Broken(error)))))
            }
            Poll::Ready(None) => {
                self.fate.end();
                Poll::Ready(None)
            }
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

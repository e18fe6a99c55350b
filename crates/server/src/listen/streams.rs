//! The requests of one HTTP/2 connection: how many are under way, and which answer nobody takes.
//!
//! Must not end anything; the connection does.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

/// Requests that may be taken back before they were answered, beyond as many as were answered.
const TAKEN_BACK_MAX: u64 = 200;

/// The requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Streams {
    begun: AtomicU64,
    done: AtomicU64,
    taken_back: AtomicU64,
    open: Mutex<Vec<Weak<Shared>>>,
}

/// What the answer of one request tells of itself.
#[derive(Debug, Default)]
struct Shared {
    /// Changes whenever somebody asks for more of the answer.
    asked: AtomicU32,
    /// Whether the next step is the peer's.
    is_handed: AtomicBool,
    /// What was asked at the last look, and how many looks have found the same.
    seen: AtomicU32,
    looks: AtomicU32,
}

/// One request; when this is dropped it is over.
#[derive(Debug)]
pub(super) struct Stream {
    streams: Arc<Streams>,
    shared: Arc<Shared>,
    is_answered: bool,
}

impl Streams {
    /// A request begins.
    pub(super) fn begin(streams: &Arc<Self>) -> Stream {
        streams.begun.fetch_add(1, Ordering::Relaxed);
        Stream { streams: Arc::clone(streams), shared: Arc::default(), is_answered: false }
    }

    /// How many have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether none is under way.
    pub(super) fn are_all_done(&self) -> bool {
        self.done.load(Ordering::Relaxed) == self.begun()
    }

    /// Whether requests are made to be taken back: their work is done, and nobody wants it.
    pub(super) fn are_abused(&self) -> bool {
        let answered = self.done.load(Ordering::Relaxed);
        let taken_back = self.taken_back.load(Ordering::Relaxed);
        taken_back > answered.saturating_sub(taken_back) + TAKEN_BACK_MAX
    }

    /// Looks at all answers. Whether one of them was found waiting for its peer this many times.
    pub(super) fn look(&self, times: u32) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_stuck = false;
        open.retain(|shared| {
            let Some(shared) = shared.upgrade() else { return false };
            is_stuck |= shared.look() >= times;
            true
        });
        is_stuck
    }
}

impl Shared {
    fn look(&self) -> u32 {
        let asked = self.asked.load(Ordering::Relaxed);
        let is_same = self.seen.swap(asked, Ordering::Relaxed) == asked;
        let waits = is_same && self.is_handed.load(Ordering::Relaxed);
        let looks = if waits { self.looks.load(Ordering::Relaxed) + 1 } else { 0 };
        self.looks.store(looks, Ordering::Relaxed);
        looks
    }
}

impl Stream {
    /// The body of the answer.
    pub(super) fn carry<B: Body>(mut self, body: B) -> Carried<B> {
        self.is_answered = true;
        if !body.is_end_stream() {
            let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
            // So that a long connection does not remember all that it ever carried.
            if open.len() >= 256 {
                open.retain(|shared| shared.strong_count() > 0);
            }
            open.push(Arc::downgrade(&self.shared));
        }
        Carried { body, stream: self }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.streams.done.fetch_add(1, Ordering::Relaxed);
        if !self.is_answered {
            self.streams.taken_back.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pin_project! {
    /// A body that tells whose turn it is.
    pub(super) struct Carried<B> {
        #[pin]
        body: B,
        stream: Stream,
    }
}

impl<B: Body> Body for Carried<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let shared = &this.stream.shared;
        shared.asked.store(shared.asked.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        let polled = this.body.poll_frame(cx);
        shared.is_handed.store(polled.is_ready(), Ordering::Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use axum::body::Bytes;
    use http_body_util::Full;

    use super::*;

    #[test]
    fn an_answer_that_nobody_takes_is_found_and_one_that_is_waited_for_is_not() {
        let streams = Arc::new(Streams::default());
        let mut body = Streams::begin(&streams).carry(Full::new(Bytes::from("body")));
        assert!(!streams.look(2) && !streams.look(2) && !streams.look(2), "nobody was handed it");
        let polled = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready());
        assert!(!streams.look(2) && !streams.look(2), "it moved since");
        assert!(streams.look(2));
        drop(body);
        assert!(!streams.look(1) && streams.are_all_done());
    }

    #[test]
    fn requests_that_are_taken_back_are_counted_against_those_that_are_not() {
        let streams = Arc::new(Streams::default());
        for _ in 0..TAKEN_BACK_MAX {
            drop(Streams::begin(&streams));
        }
        assert!(!streams.are_abused());
        drop(Streams::begin(&streams));
        assert!(streams.are_abused());
        drop(Streams::begin(&streams).carry(Full::new(Bytes::new())));
        assert!(!streams.are_abused());
    }
}

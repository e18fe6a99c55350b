//! The requests of one HTTP/2 connection: how many are under way, which answer nobody takes, and
//! how many were taken back.
//!
//! Ends a stream whose answer nobody takes. Must not end a connection, which may carry the requests
//! of many callers.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::sync::Notify;

/// Requests that may be taken back in one span before they were answered, beyond as many as were
/// answered in it. Each costs us a verification and the upstream a request; a caller that changes
/// its mind, or a proxy that loses many of its callers at once, stays far below.
const TAKEN_BACK_MAX: u64 = 1_000;

tokio::task_local! {
    /// The stream whose task this is.
    static STREAM: Arc<Shared>;
}

/// The requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Streams {
    begun: AtomicU64,
    done: AtomicU64,
    taken_back: AtomicU64,
    /// What the two counts were when the span began.
    done_before: AtomicU64,
    taken_back_before: AtomicU64,
    /// Whether requests are still heard.
    is_closed: AtomicBool,
    open: Mutex<Vec<Weak<Shared>>>,
}

/// What the answer of one request tells of itself, and how it is told to end.
#[derive(Debug, Default)]
struct Shared {
    /// Changes whenever somebody asks for more of the answer.
    asked: AtomicU32,
    /// Whether the next step is the peer's.
    is_handed: AtomicBool,
    /// What was asked at the last look, and how many looks have found the same.
    seen: AtomicU32,
    looks: AtomicU32,
    /// Told when the stream is to end.
    end: Notify,
}

/// One request; when this is dropped it is over.
#[derive(Debug)]
pub(super) struct Stream {
    streams: Arc<Streams>,
    shared: Arc<Shared>,
    is_answered: bool,
}

impl Streams {
    /// Runs the task of one stream to its end, or until the stream is to end. Dropping the task is
    /// what resets the stream.
    pub(super) async fn run(task: impl Future) {
        let shared = Arc::<Shared>::default();
        let told = Arc::clone(&shared);
        let task = async move {
            tokio::select! {
                biased;
                () = told.end.notified() => {}
                _ = task => {}
            }
        };
        STREAM.scope(shared, task).await;
    }

    /// A request begins, in the task of its stream.
    pub(super) fn begin(streams: &Arc<Self>) -> Stream {
        streams.begun.fetch_add(1, Ordering::Relaxed);
        let shared = STREAM.try_with(Arc::clone).unwrap_or_default();
        Stream { streams: Arc::clone(streams), shared, is_answered: false }
    }

    /// How many have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether none is under way.
    pub(super) fn are_all_done(&self) -> bool {
        self.done.load(Ordering::Relaxed) == self.begun()
    }

    /// How many were taken back in this span.
    pub(super) fn taken_back(&self) -> u64 {
        let before = self.taken_back_before.load(Ordering::Relaxed);
        self.taken_back.load(Ordering::Relaxed) - before
    }

    /// Whether requests are made to be taken back: their work is done, and nobody wants it.
    pub(super) fn are_abused(&self) -> bool {
        let taken_back = self.taken_back();
        let before = self.done_before.load(Ordering::Relaxed);
        let answered = (self.done.load(Ordering::Relaxed) - before).saturating_sub(taken_back);
        taken_back > answered + TAKEN_BACK_MAX
    }

    /// Another span begins; what was taken back before it is forgiven.
    pub(super) fn begin_span(&self) {
        self.done_before.store(self.done.load(Ordering::Relaxed), Ordering::Relaxed);
        self.taken_back_before.store(self.taken_back.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// From here on requests are not heard.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Whether requests are not heard any more.
    pub(super) fn are_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Looks at all answers, and ends those that were found waiting for their peer this many times.
    pub(super) fn look(&self, times: u32) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|shared| {
            let Some(shared) = shared.upgrade() else { return false };
            let is_stuck = shared.look() >= times;
            if is_stuck {
                shared.end.notify_one();
            }
            !is_stuck
        });
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
    use std::pin::pin;
    use std::task::Waker;

    use axum::body::Bytes;
    use http_body_util::Full;

    use super::*;

    /// Whether the task of a stream with such an answer is over after this many looks.
    async fn check_ended(is_polled: bool, looks: usize, expected: bool) {
        let streams = Arc::new(Streams::default());
        let task = async {
            let mut body = Streams::begin(&streams).carry(Full::new(Bytes::from("body")));
            if is_polled {
                let polled =
                    Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
                assert!(polled.is_ready());
            }
            std::future::pending::<()>().await;
        };
        let mut task = pin!(Streams::run(task));
        let mut is_over = || task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        assert!(!is_over());
        (0..looks).for_each(|_| streams.look(2));
        assert_eq!(is_over(), expected, "{is_polled} {looks}");
        assert_eq!(streams.are_all_done(), expected);
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_ends_and_one_that_is_waited_for_does_not() {
        check_ended(true, 2, false).await;
        check_ended(true, 3, true).await;
        check_ended(false, 9, false).await;
    }

    #[test]
    fn requests_that_are_taken_back_are_counted_against_those_that_are_not() {
        let streams = Arc::new(Streams::default());
        let take_back = |count| (0..count).for_each(|_| drop(Streams::begin(&streams)));
        take_back(TAKEN_BACK_MAX);
        assert!(!streams.are_abused());
        take_back(1);
        assert!(streams.are_abused());
        drop(Streams::begin(&streams).carry(Full::new(Bytes::new())));
        assert!(!streams.are_abused());
        take_back(1);
        assert!(streams.are_abused());
        streams.begin_span();
        assert!(!streams.are_abused(), "forgiven");
        take_back(TAKEN_BACK_MAX);
        assert!(!streams.are_abused());
        take_back(1);
        assert!(streams.are_abused());
    }
}

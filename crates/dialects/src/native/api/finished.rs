//! Work that is finished once it was begun: whoever waits for it carries it along, and where nobody
//! waits any more, a task of its own does.
//!
//! A task for each command would cost two hand-overs and save none. Must not lose what was begun when
//! a caller hangs up, nor let a panic through to the connection.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Work that is finished once it was begun.
pub(super) struct Finished<T: Send + 'static> {
    /// Absent when it is over.
    work: Option<Work<T>>,
}

/// The work panicked.
pub(super) struct BrokeOff(Box<dyn Any + Send>);

impl BrokeOff {
    /// What it said.
    pub(super) fn detail(&self) -> &str {
        let text = self.0.downcast_ref::<&str>().copied();
        text.or_else(|| self.0.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
    }
}

impl<T: Send + 'static> Finished<T> {
    /// This work.
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self { work: Some(Box::pin(work)) }
    }
}

impl<T: Send + 'static> Future for Finished<T> {
    type Output = Result<T, BrokeOff>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        // What panicked is not touched again, so that nobody sees it half-done.
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        let ended = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(ended)) => Ok(ended),
            Err(panic) => Err(BrokeOff(panic)),
        };
        self.work = None;
        Poll::Ready(ended)
    }
}

impl<T: Send + 'static> Drop for Finished<T> {
    fn drop(&mut self) {
        // Without a runtime the server is gone, and the command is as after a loss of power: done
        // whole or not at all.
        if let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_that_was_begun_goes_on_when_nobody_waits_any_more() {
        let (go_on, wait) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let mut work = Finished::new(async move {
            wait.await.expect("a sign");
            done.send(()).expect("somebody who asks");
        });
        let polled = Pin::new(&mut work).poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        drop(work);
        go_on.send(()).expect("the work still waits");
        is_done.await.expect("it was finished");
    }

    #[tokio::test]
    async fn a_panic_ends_the_work_and_not_whoever_waits() {
        let work = Finished::new(async { panic!("an invariant is broken") });
        let broke: Result<(), BrokeOff> = work.await;
        assert_eq!(broke.expect_err("it panicked").detail(), "an invariant is broken");
    }
}

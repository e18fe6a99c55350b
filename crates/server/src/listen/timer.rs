//! A timer that costs nothing until it is needed, and little when it is set again.
//!
//! Must not be shared; whoever sets it is woken by it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep};

/// A timer.
#[derive(Debug, Default)]
pub(super) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Lets it end this long from now. Setting it to a later end is a single atomic step.
    pub(super) fn set(&mut self, wait: Duration) {
        let deadline = Instant::now() + wait;
        match &mut self.0 {
            Some(sleep) => sleep.as_mut().reset(deadline),
            None => self.0 = Some(Box::pin(tokio::time::sleep_until(deadline))),
        }
    }

    /// Whether it has ended; never, if it was not set.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Whoever floods the connection uses up the turns of its task, and its deadlines are not late
        // for that.
        let poll = |sleep: &mut Pin<Box<Sleep>>| Pin::new(&mut unconstrained(sleep)).poll(cx);
        self.0.as_mut().map_or(Poll::Pending, poll)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::task::coop::consume_budget;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_ends_also_for_whoever_used_up_the_turn_of_its_task() {
        let mut timer = Timer::default();
        timer.set(Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        poll_fn(|cx| {
            // As a peer does whose bytes never end.
            while Box::pin(consume_budget()).as_mut().poll(cx).is_ready() {}
            assert!(timer.poll(cx).is_ready(), "the deadline was over");
            Poll::Ready(())
        })
        .await;
    }
}

//! Watches for silence: ends when nothing has moved for as long as patience lasts.
//!
//! Must not ask a clock; the runtime's timers know the time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::Sleep;

/// One timer that is pushed ahead whenever something moves.
#[derive(Debug, Default)]
pub(super) struct Vigil {
    timer: Option<Pin<Box<Sleep>>>,
    /// The beats for which the timer was set; `None` while nobody waits.
    set_for: Option<u32>,
}

impl Vigil {
    /// Ready when there was no beat for this long. To be polled only by whoever waits.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        beats: u32,
        patience: Duration,
    ) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        if self.set_for != Some(beats) {
            self.set_for = Some(beats);
            // A fresh timer knows when it is to end. Pushing one ahead is a single atomic step,
            // where registering another would take the lock of the timers.
            timer.as_mut().reset(tokio::time::sleep(patience).deadline());
        }
        // Whoever floods the connection uses up the turns of its task, and is not heard longer for that.
        Pin::new(&mut unconstrained(timer.as_mut())).poll(cx)
    }

    /// Nobody waits any more; the next wait has all patience again.
    pub(super) const fn rest(&mut self) {
        self.set_for = None;
    }
}

//! The signal to stop: given once, seen by everybody; and word of what has ended without it.
//!
//! Must not be taken back.

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Gives the signal, also by being dropped.
#[derive(Debug)]
pub(crate) struct StopHandle(watch::Sender<bool>);

/// Sees the signal.
#[derive(Clone, Debug)]
pub(crate) struct StopSignal(watch::Receiver<bool>);

/// A signal that was not given yet.
pub(crate) fn stop_signal() -> (StopHandle, StopSignal) {
    let (handle, signal) = watch::channel(false);
    (StopHandle(handle), StopSignal(signal))
}

impl StopHandle {
    /// Gives the signal.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl StopSignal {
    /// Whether it was given. One look at an atomic number.
    pub(crate) fn is_given(&self) -> bool {
        // The value changes once, and nobody marks it as seen.
        self.0.has_changed().unwrap_or(true)
    }

    /// Waits until it is given.
    pub(crate) async fn given(&self) {
        // An error says that the handle is gone, which is a signal too.
        let _ = self.0.clone().wait_for(|given| *given).await;
    }
}

/// Told when something ends before the signal to stop that has to last until then.
#[derive(Debug)]
pub(crate) struct Vitals {
    stop: StopSignal,
    lost: watch::Sender<Option<&'static str>>,
}

/// Held by what has to last. Dropping it is the end, be it by a panic or by mistake; that of a clone
/// as well.
#[derive(Clone, Debug)]
pub(crate) struct Vital {
    what: &'static str,
    stop: StopSignal,
    lost: watch::Sender<Option<&'static str>>,
}

impl Vitals {
    pub(crate) fn new(stop: &StopSignal) -> Self {
        Self { stop: stop.clone(), lost: watch::channel(None).0 }
    }

    /// For something of this name.
    pub(crate) fn of(&self, what: &'static str) -> Vital {
        Vital { what, stop: self.stop.clone(), lost: self.lost.clone() }
    }

    /// Does this in a task; it has to last until the signal.
    pub(crate) fn hold(
        &self,
        what: &'static str,
        life: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        let vital = self.of(what);
        tokio::spawn(async move {
            life.await;
            drop(vital);
        })
    }

    /// Waits until something has ended too early; what it was.
    pub(crate) async fn lost(&self) -> &'static str {
        let mut lost = self.lost.subscribe();
        let what = lost.wait_for(Option::is_some).await;
        // The sender is here, so that there is no error.
        what.ok().and_then(|what| *what).unwrap_or("something")
    }
}

impl Vital {
    /// Until when it has to last.
    pub(crate) const fn stop(&self) -> &StopSignal {
        &self.stop
    }
}

impl Drop for Vital {
    fn drop(&mut self) {
        if !self.stop.is_given() {
            self.lost.send_replace(Some(self.what));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn lost(vitals: &Vitals) -> Option<&'static str> {
        match pin!(vitals.lost()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(what) => Some(what),
            Poll::Pending => None,
        }
    }

    #[test]
    fn what_ends_before_the_signal_is_told_of() {
        let (_handle, stop) = stop_signal();
        let vitals = Vitals::new(&stop);
        let vital = vitals.of("a thread");
        assert_eq!(lost(&vitals), None);
        let life = move || {
            let _vital = vital;
            panic!("an invariant is broken");
        };
        std::thread::spawn(life).join().expect_err("it panics");
        assert_eq!(lost(&vitals), Some("a thread"));
    }

    #[test]
    fn what_ends_after_the_signal_is_not_told_of() {
        let (handle, stop) = stop_signal();
        let vitals = Vitals::new(&stop);
        let vital = vitals.of("a thread");
        handle.stop();
        drop(vital);
        assert_eq!(lost(&vitals), None);
    }
}

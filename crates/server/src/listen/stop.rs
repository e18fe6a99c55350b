//! The signal to stop: given once, seen by everybody.
//!
//! Must not be taken back.

use tokio::sync::watch;

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

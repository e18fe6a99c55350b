//! How the process learns that it should stop: SIGTERM, or SIGINT from a terminal.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{Signal, SignalKind, signal as on};

/// The signals to stop, caught from here on; one that comes before it is waited for is kept.
#[derive(Debug)]
pub(crate) struct StopRequest {
    terminate: Signal,
    interrupt: Signal,
}

impl StopRequest {
    /// Catches them. To be called before anybody is told that the server runs: until then a
    /// signal ends the process at once.
    pub(crate) fn listen() -> Result<Self> {
        let caught = |kind| on(kind).context("signals cannot be received");
        Ok(Self {
            terminate: caught(SignalKind::terminate())?,
            interrupt: caught(SignalKind::interrupt())?,
        })
    }

    /// Waits for the first of them.
    pub(crate) async fn given(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

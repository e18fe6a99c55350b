//! How the process learns that it should stop (SIGTERM, or SIGINT from a terminal) or read its
//! configuration again (SIGHUP).

use anyhow::{Context as _, Result};
use tokio::signal::unix::{Signal, SignalKind, signal as on};

/// The signals to stop, caught from here on; one that comes before it is waited for is kept.
#[derive(Debug)]
pub(crate) struct StopRequest {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What the process is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// To stop.
    Stop,
    /// To read its configuration again.
    Reload,
}

impl StopRequest {
    /// Catches them. To be called before anybody is told that the server runs: until then a
    /// signal ends the process at once.
    pub(crate) fn listen() -> Result<Self> {
        let caught = |kind| on(kind).context("signals cannot be received");
        Ok(Self {
            terminate: caught(SignalKind::terminate())?,
            interrupt: caught(SignalKind::interrupt())?,
            hang_up: caught(SignalKind::hangup())?,
        })
    }

    /// Waits for the next of them.
    pub(crate) async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.terminate.recv() => Request::Stop,
            _ = self.interrupt.recv() => Request::Stop,
            _ = self.hang_up.recv() => Request::Reload,
        }
    }

    /// Waits for any of them: without a file to read again, a terminal that is gone is an end too.
    pub(crate) async fn given(mut self) {
        self.next().await;
    }
}

//! How the process learns that it should stop: SIGTERM, or SIGINT from a terminal.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal as on};

/// Waits for the first request to stop.
pub(crate) async fn signal() -> Result<()> {
    let mut terminate = on(SignalKind::terminate()).context("signals cannot be received")?;
    let mut interrupt = on(SignalKind::interrupt()).context("signals cannot be received")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

//! Erases secrets that have ended, now and then, for as long as the server runs.
//!
//! Takes no input but the time: what there is to do, the store knows. Must not be needed for a
//! refusal: a secret is refused from its end on, and erased soon after.

use std::sync::Arc;
use std::time::Duration;

use engine::engine::Engine;
use engine::erase_secrets::ERASED_AT_ONCE;

use crate::clock;
use crate::listen::StopSignal;

/// How long an ended secret may lie around.
const ERASE_EVERY: Duration = Duration::from_secs(60);

/// Runs until the signal to stop.
pub(crate) async fn run(engine: Arc<Engine>, stop: StopSignal) {
    let mut tick = tokio::time::interval(ERASE_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.given() => return,
            _ = tick.tick() => erase(&engine, &stop).await,
        }
    }
}

/// Erases what has ended by now, some at a time, so that others get their turn at the store.
async fn erase(engine: &Engine, stop: &StopSignal) {
    while !stop.is_given() {
        match engine.erase_ended_secrets(clock::now()).await {
            Ok(erased) if erased >= ERASED_AT_ONCE => {}
            Ok(_) => return,
            Err(fault) => {
                tracing::error!(%fault, "secrets that have ended could not be erased; they are refused, and it is tried again");
                return;
            }
        }
    }
}

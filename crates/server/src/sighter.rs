//! Tells of keys that came in the clear, now and then, for as long as the server runs.
//!
//! Takes no input: the engine knows what came. Must not be needed for a refusal: whatever comes in
//! the clear where TLS is required is refused at once.

use std::sync::Arc;
use std::time::Duration;

use engine::engine::Engine;

use crate::entropy::SystemEntropy;
use crate::listen::StopSignal;

/// How late it may be told. What comes faster than it is told waits, and then makes no difference.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Runs until the signal to stop. What is left then is told when the key comes again.
pub(crate) async fn run(engine: Arc<Engine>, stop: StopSignal) {
    let mut tick = tokio::time::interval(TELL_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.given() => return,
            _ = tick.tick() => {}
        }
        let mut entropy = SystemEntropy::for_one_command();
        if let Err(fault) = engine.tell_of_sightings(&mut entropy).await {
            tracing::error!(%fault, "it could not be told that a key came in the clear; it is when the key comes again");
        }
    }
}

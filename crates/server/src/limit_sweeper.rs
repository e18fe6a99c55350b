//! Forgets counters of limits that count nothing any more, now and then, for as long as the server
//! runs, and tells what limits would have refused that refuse nobody.
//!
//! Takes no input but the time. Must not be needed for a verdict: a counter that counts nothing says
//! the same as none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use engine::engine::Engine;
use engine::verify::ShadowTally;

use crate::clock;
use crate::listen::StopSignal;

/// How long a counter may lie around that counts nothing.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How many sweeps there are between two looks at what would have been refused.
const SWEEPS_TO_TELL: u64 = 12;

/// Runs until the signal to stop.
pub(crate) async fn run(engine: Arc<Engine>, stop: StopSignal) {
    let mut tick = tokio::time::interval(SWEEP_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = Told::default();
    for sweep in 0_u64.. {
        tokio::select! {
            () = stop.given() => return,
            _ = tick.tick() => engine.sweep_limits(clock::tick()),
        }
        if sweep.is_multiple_of(SWEEPS_TO_TELL) {
            told.tell(&engine);
        }
    }
}

/// What was told already, by realm, environment and limit.
#[derive(Debug, Default)]
struct Told(HashMap<(String, String, String), u64>);

impl Told {
    fn tell(&mut self, engine: &Engine) {
        for ShadowTally { place, rule, would_have_refused } in engine.shadow_tallies() {
            let (realm, environment) = (&place.realm().name, place.environment());
            let whose = (realm.to_string(), environment.to_string(), rule.name.to_string());
            let before = self.0.insert(whose, would_have_refused).unwrap_or(0);
            let new = would_have_refused - before;
            if new > 0 {
                let limit = &rule.name;
                tracing::info!(%realm, %environment, %limit, requests = new, "a limit that only counts would have refused requests");
            }
        }
    }
}

//! Lets the keys of every place age, now and then, for as long as the server runs.
//!
//! Takes no input but the time: what is due, the store and the policies know. Must not be needed
//! for the end of a key by its own date: that is refused from its instant on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::audit::Actor;
use domain::ids::{Place, RequestId};
use engine::context::Context;
use engine::engine::Engine;
use engine::outcome::Failure;
use engine::place::PlaceRef;
use engine::sweep_keys::SweepRejection;

use crate::clock;
use crate::entropy::SystemEntropy;
use crate::listen::StopSignal;

/// How late a step may come.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How many sweeps are left out where one was refused: it is a matter for people, and to count
/// what is due costs.
const SWEEPS_LEFT_OUT: u32 = 60;

/// Runs until the signal to stop.
pub(crate) async fn run(engine: Arc<Engine>, stop: StopSignal) {
    let mut tick = tokio::time::interval(SWEEP_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut rests: HashMap<Place, Rest> = HashMap::new();
    loop {
        tokio::select! {
            () = stop.given() => return,
            _ = tick.tick() => {}
        }
        for place in engine.places() {
            let rest = rests.entry(place.place().clone()).or_default();
            if rest.is_over(engine.is_to_be_swept_soon(place))
                && sweep(&engine, place, &stop).await.is_err()
            {
                *rest = Rest(SWEEPS_LEFT_OUT);
            }
        }
    }
}

/// How many sweeps of a place are left out yet.
#[derive(Debug, Default)]
struct Rest(u32);

impl Rest {
    /// Whether it is over by this tick. Once somebody let sweeps go on it is over for good, so that one
    /// that cannot be made now is made at the next tick.
    const fn is_over(&mut self, is_let_on: bool) -> bool {
        if is_let_on {
            self.0 = 0;
        }
        let is_over = self.0 == 0;
        self.0 = self.0.saturating_sub(1);
        is_over
    }
}

/// Sweeping was refused, and said so.
struct Refused;

/// Takes every step that is due in the place by now, some at a time, so that others get their turn
/// at the store.
async fn sweep(engine: &Engine, place: &PlaceRef, stop: &StopSignal) -> Result<(), Refused> {
    // Whoever advances the clock of the place does the same meanwhile; whoever deletes is done soon.
    let Some(_turn) = engine.sweep_turn_now(place) else { return Ok(()) };
    // Read in turn: an instant from before it may be behind what is done by now.
    let now = place.time(clock::now());
    let began = clock::tick();
    let (mut next, mut steps) = (None, 0);
    while !stop.is_given() {
        let mut entropy = SystemEntropy::new();
        let request_id = RequestId::random(&mut entropy);
        let actor = Actor::System;
        let context = Context { now, actor, request_id, once: None, entropy: &mut entropy };
        let (realm, environment) = (&place.realm().name, place.environment());
        match engine.sweep_keys(place, next, context).await {
            Ok(swept) => {
                steps += swept.steps;
                if swept.next.is_none() {
                    if steps > 0 {
                        let took_ms = (clock::tick().as_micros() - began.as_micros()) / 1_000;
                        tracing::info!(%realm, %environment, steps, took_ms, "keys have aged");
                    }
                    return Ok(());
                }
                next = swept.next;
            }
            Err(Failure::Rejected(
                refusal @ (SweepRejection::ClockBehind { .. } | SweepRejection::TooMany { .. }),
            )) => {
                tracing::error!(%realm, %environment, %refusal, "no key ages until somebody has looked at this");
                return Err(Refused);
            }
            Err(Failure::Fault(fault)) => {
                tracing::error!(%realm, %environment, %fault, "keys could not age; it is tried again");
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_leaves_out_so_many_sweeps_and_ends_for_good_when_sweeps_are_let_on() {
        let mut rest = Rest(3);
        assert_eq!([(); 5].map(|()| rest.is_over(false)), [false, false, false, true, true]);
        let mut rest = Rest(3);
        assert_eq!([false, true, false].map(|soon| rest.is_over(soon)), [false, true, true]);
    }
}

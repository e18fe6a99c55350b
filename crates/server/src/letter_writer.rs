//! Makes letters of what happened for as long as the server runs, and deletes old ones.
//!
//! Takes no input but the time: what there is to do, the store knows. Must not send anything, so that
//! no mail server can hold it up.

use std::sync::Arc;
use std::time::Duration;

use engine::dispatch::More;
use engine::dispatch_letters::Writing;
use engine::engine::Engine;
use engine::outcome::Fault;

use crate::bells::Bells;
use crate::clock;
use crate::entropy::SystemEntropy;
use crate::listen::StopSignal;

/// How long what happened may wait to be found.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often what is too old is looked for.
const DELETE_EVERY: Duration = Duration::from_secs(60);

/// Runs until the signal to stop.
pub(crate) async fn run(
    engine: Arc<Engine>,
    writing: Writing,
    bells: Arc<Bells>,
    stop: StopSignal,
) {
    if writing == Writing::Off {
        tracing::info!("no mail server is configured; nobody is written to");
    }
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut delete = tokio::time::interval(DELETE_EVERY);
    delete.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.given() => return,
            _ = delete.tick() => delete_old(&engine, &stop).await,
            () = bells.causes.notified() => {}
            _ = look.tick() => {}
        }
        if let Err(fault) = take(&engine, writing, &stop).await {
            tracing::error!(%fault, "letters could not be written; what happened is kept, and it is tried again");
        }
        bells.letters.notify_one();
    }
}

/// Takes what happened.
async fn take(engine: &Engine, writing: Writing, stop: &StopSignal) -> Result<(), Fault> {
    while !stop.is_given() {
        let mut entropy = SystemEntropy::for_one_command();
        if engine.dispatch_letters(writing, &mut entropy).await? == More::No {
            break;
        }
    }
    Ok(())
}

async fn delete_old(engine: &Engine, stop: &StopSignal) {
    for place in engine.places() {
        // Whoever moves the clock of the place notes it in this turn: to anybody else it would have leapt.
        let _turn = engine.sweep_turn(place).await;
        loop {
            match engine.prune_letters(place, clock::now()).await {
                Ok(0) => break,
                Ok(_) if stop.is_given() => return,
                Ok(_) => {}
                Err(fault) => {
                    tracing::error!(%fault, "letters that are too old could not be deleted; it is tried again");
                    return;
                }
            }
        }
    }
}

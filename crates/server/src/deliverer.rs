//! Brings events to webhooks for as long as the server runs: takes new ones, sends what is due, and
//! deletes what is too old.
//!
//! Takes no input but the time: what there is to do, the store knows, and a change only wakes it
//! sooner. What it did not finish is sent after the next start. Must not let a receiver that does
//! not answer hold up others.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::Place;
use engine::dispatch::More;
use engine::engine::Engine;
use engine::outcome::{Change, Claimed, Fault, Observer};
use engine::outgoing::Outgoing;
use engine::place::PlaceRef;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::clock;
use crate::entropy::SystemEntropy;
use crate::listen::StopSignal;

/// Most attempts that are under way at once, to all receivers together.
const UNDER_WAY_MAX: usize = 256;
/// Most deliveries that are taken in hand by one command.
const CLAIMED_AT_ONCE: usize = 64;
/// How long what is due may wait to be found, where no change says so.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long changes are gathered after the first: each look at them costs the store a commit.
const GATHER: Duration = Duration::from_millis(25);
/// How often what is too old is looked for.
const DELETE_EVERY: Duration = Duration::from_secs(60);
/// Most steps of taking events before what is due is sent: a backlog of events holds up nothing.
const DISPATCHES_AT_ONCE: usize = 8;
/// How long to wait after the store failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes the loop when something was committed.
struct Wake(Arc<Notify>);

impl Observer for Wake {
    fn committed(&self, _: &Change) {
        self.0.notify_one();
    }
}

/// Runs until the signal to stop, and lets attempts under way end within the grace. It looks at once
/// when it is called.
pub(crate) async fn run(
    engine: Arc<Engine>,
    outgoing: Arc<Outgoing>,
    called: Arc<Notify>,
    stop: StopSignal,
    grace: Duration,
) {
    let delete = delete_now_and_then(&engine, &stop);
    let deliver = deliver_all(Arc::clone(&engine), outgoing, called, &stop, grace);
    tokio::join!(delete, deliver);
}

async fn deliver_all(
    engine: Arc<Engine>,
    outgoing: Arc<Outgoing>,
    changed: Arc<Notify>,
    stop: &StopSignal,
    grace: Duration,
) {
    engine.watch(Arc::new(Wake(Arc::clone(&changed))));
    let room = Arc::new(Semaphore::new(UNDER_WAY_MAX));
    let (mut under_way, mut turns) = (JoinSet::new(), RoundRobin::default());
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.given() => break,
            () = changed.notified() => tokio::time::sleep(GATHER).await,
            Some(_) = under_way.join_next() => {}
            _ = look.tick() => {}
        }
        while under_way.try_join_next().is_some() {}
        let mut failed = false;
        match take(&engine, &outgoing, stop).await {
            Ok(More::Perhaps) => changed.notify_one(),
            Ok(More::No) => {}
            Err(fault) => {
                failed = true;
                tracing::error!(%fault, "events could not be put up for webhooks; they are kept, and it is tried again");
            }
        }
        // What was put up before is sent all the same.
        if let Err(fault) =
            send_due(&mut turns, &engine, &outgoing, &room, &mut under_way, stop).await
        {
            failed = true;
            tracing::error!(%fault, "events could not be brought on their way; they are kept, and it is tried again");
        }
        if failed {
            tokio::select! {
                () = stop.given() => break,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
    // What does not end in time is sent again after the next start.
    let ended = async { while under_way.join_next().await.is_some() {} };
    tokio::time::timeout(grace, ended).await.ok();
}

/// Takes new events, some at a time.
async fn take(engine: &Engine, outgoing: &Outgoing, stop: &StopSignal) -> Result<More, Fault> {
    for _ in 0..DISPATCHES_AT_ONCE {
        if stop.is_given() || engine.dispatch_events(outgoing, clock::now()).await? == More::No {
            return Ok(More::No);
        }
    }
    Ok(More::Perhaps)
}

/// Sends what is due, as far as there is room, of one place after the other.
async fn send_due(
    turns: &mut RoundRobin,
    engine: &Arc<Engine>,
    outgoing: &Arc<Outgoing>,
    room: &Arc<Semaphore>,
    under_way: &mut JoinSet<()>,
    stop: &StopSignal,
) -> Result<(), Fault> {
    let places = engine.places();
    let mut without_more = 0;
    while without_more < places.len() {
        let limit = room.available_permits().min(CLAIMED_AT_ONCE);
        if limit == 0 || stop.is_given() {
            return Ok(());
        }
        let Some(place) = turns.next(places) else { return Ok(()) };
        let wanted = u32::try_from(limit).unwrap_or(u32::MAX);
        let claimed = engine.claim_deliveries(place, clock::now(), wanted).await?;
        without_more = if claimed.len() < limit { without_more + 1 } else { 0 };
        for one in claimed {
            let permit = Arc::clone(room).acquire_owned().await;
            let Ok(permit) = permit else { return Ok(()) };
            let (engine, outgoing) = (Arc::clone(engine), Arc::clone(outgoing));
            under_way.spawn(send(engine, outgoing, place.clone(), one, permit));
        }
    }
    Ok(())
}

/// Whose turn it is to get the room that is free. It goes on where it stood: a place that always has
/// more to send holds up no other.
#[derive(Debug, Default)]
struct RoundRobin(usize);

impl RoundRobin {
    fn next<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        let at = self.0.checked_rem(all.len())?;
        self.0 = at + 1;
        all.get(at)
    }
}

async fn send(
    engine: Arc<Engine>,
    outgoing: Arc<Outgoing>,
    place: PlaceRef,
    claimed: Claimed,
    _room: OwnedSemaphorePermit,
) {
    let mut entropy = SystemEntropy::for_one_command();
    let sent = engine.send_claimed(&place, &outgoing, &claimed, clock::now(), &mut entropy).await;
    if let Err(fault) = sent {
        let Place { realm, environment } = place.place();
        tracing::error!(%fault, %realm, %environment, webhook = %claimed.webhook.id, "what came of sending an event could not be recorded; it is sent again");
    }
}

/// Deletes for as long as the server runs, beside everything else: it may have much to do.
async fn delete_now_and_then(engine: &Engine, stop: &StopSignal) {
    let mut tick = tokio::time::interval(DELETE_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.given() => return,
            _ = tick.tick() => delete_old(engine, stop).await,
        }
    }
}

async fn delete_old(engine: &Engine, stop: &StopSignal) {
    for place in engine.places() {
        loop {
            // Whoever moves the clock of the place deletes too, and when all was sent that was due.
            let _turn = engine.sweep_turn(place).await;
            let mut entropy = SystemEntropy::for_one_command();
            match engine.expire_deliveries(place, clock::now(), &mut entropy).await {
                Ok(0) => break,
                Ok(_) if stop.is_given() => return,
                Ok(_) => {}
                Err(fault) => {
                    tracing::error!(%fault, "deliveries that are too old could not be deleted; it is tried again");
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_always_has_more_holds_up_no_other() {
        let (mut turns, places) = (RoundRobin::default(), ["a", "b", "c"]);
        // Room for one at a time, as when all of it is taken and some becomes free now and then.
        let given: Vec<_> = (0..7).filter_map(|_| turns.next(&places)).copied().collect();
        assert_eq!(given, ["a", "b", "c", "a", "b", "c", "a"]);
        assert_eq!(turns.next::<&str>(&[]), None);
    }
}

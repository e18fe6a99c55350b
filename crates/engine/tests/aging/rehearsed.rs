//! A clock that is moved forward by command takes the same steps as one that runs, each at its own
//! instant, and in one call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use domain::audit::{Actor, EventKind};
use domain::entropy::Entropy;
use domain::ids::RequestId;
use domain::letter::JOINED_MS;
use domain::time::{Reading, Timestamp};
use engine::advance_clock::{Advanced, Agenda, Arrival, CaughtUp, Drive, Owed, Sending};
use engine::context::Context;
use engine::create_account::AccountWish;
use engine::engine::Engine;
use engine::move_clock::MoveClockRejection;
use engine::outcome::{Failure, Fault, Outcome};
use engine::place::PlaceRef;
use store::fault::FaultKind;
use store::model::ModelStore;
use store::port::Store;
use testkit::post::PostOffice;
use testkit::world::{START, World};

use crate::letters::{contacts, dates};
use crate::scene::{DAY_MS, events, key, lifecycle};

async fn advance(world: &World, days: i64) -> Advanced {
    advance_by(world, &*world.engine, days).await.expect("an arrival")
}

async fn advance_by(
    world: &World,
    agenda: &dyn Agenda,
    days: i64,
) -> Outcome<Advanced, MoveClockRejection> {
    let mut chance = world.chance();
    let request_id = RequestId::random(&mut chance);
    let drive = Drive {
        clock: &|| world.reading(),
        agenda,
        loops: None,
        actor: Actor::System,
        request_id,
        entropy: &mut chance,
    };
    let to = START.plus_millis(days * DAY_MS);
    world.engine.advance_clock(world.sandbox(), to, drive).await
}

/// Does what the engine does, until its store is in trouble.
struct InTrouble<'w> {
    engine: &'w Engine,
    stops_left: AtomicU32,
}

#[async_trait]
impl Agenda for InTrouble<'_> {
    async fn catch_up(&self, place: &PlaceRef, context: Context<'_>) -> Result<CaughtUp, Fault> {
        let left = self.stops_left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(Fault::new(FaultKind::Unavailable, "in trouble"));
        }
        self.stops_left.store(left - 1, Ordering::Relaxed);
        self.engine.catch_up(place, context).await
    }

    async fn owed(
        &self,
        place: &PlaceRef,
        now: Timestamp,
        sending: Sending,
    ) -> Result<Option<Owed>, Fault> {
        self.engine.owed(place, now, sending).await
    }

    async fn clear_away(
        &self,
        place: &PlaceRef,
        reading: Reading,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<u32, Fault> {
        self.engine.clear_away(place, reading, entropy).await
    }

    async fn next_due(
        &self,
        place: &PlaceRef,
        span: (Timestamp, Timestamp),
        sending: Sending,
    ) -> Result<Option<Timestamp>, Fault> {
        self.engine.next_due(place, span, sending).await
    }
}

/// Midday of the day on which a world begins, so many days later.
fn on(days: i64) -> Timestamp {
    START.plus_millis(days * DAY_MS)
}

#[tokio::test]
async fn a_rehearsed_year_takes_each_step_at_its_own_instant() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let world = World::rehearsing(Arc::clone(&store), lifecycle()).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    let idle = key(&world, &root).await;
    let advanced = advance(&world, 365).await;
    assert_eq!(advanced.arrival, Arrival::There);
    let rows = events(&*store).await.into_iter().filter(|row| row.event.key == idle.key.id);
    let steps: Vec<_> = rows.map(|row| (row.event.at, row.event.kind)).collect();
    // From 14 January on: 14 April, May and June, 7 and 14 July.
    let expected = [
        (on(0), EventKind::Created),
        (on(90), EventKind::Disabled),
        (on(120), EventKind::ExpiringSoon),
        (on(151), EventKind::ExpiringSoon),
        (on(174), EventKind::ExpiringSoon),
        (on(181), EventKind::Expired),
    ];
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn letters_of_a_rehearsed_year_bear_the_instants_of_its_steps() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let world = World::rehearsing(Arc::clone(&store), lifecycle()).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    contacts(&world, root.id, &["ana@example.com"]).await;
    key(&world, &root).await;
    assert_eq!(advance(&world, 365).await.arrival, Arrival::There);
    let office = PostOffice::open();
    office.round(&world).await;
    let expected = [90, 120, 151, 174, 181].map(|days| on(days).plus_millis(JOINED_MS));
    assert_eq!(dates(&office.letters()), expected);
}

#[tokio::test]
async fn what_a_call_did_that_broke_off_is_counted_by_the_next_one() {
    let world = World::rehearsing(Arc::new(ModelStore::default()), lifecycle()).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    key(&world, &root).await;
    let agenda = InTrouble { engine: &world.engine, stops_left: AtomicU32::new(4) };
    let broken = advance_by(&world, &agenda, 365).await;
    assert!(matches!(broken, Err(Failure::Fault(_))), "{broken:?}");
    assert!(world.sandbox().time(world.reading()) > on(90), "some steps were taken");
    assert_eq!(advance(&world, 365).await.done.key_steps, 5);
    // Told once, and by nobody later.
    assert_eq!(advance(&world, 366).await.done.key_steps, 0);
}

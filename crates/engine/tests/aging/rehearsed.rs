//! A clock that is moved forward by command takes the same steps as one that runs, each at its own
//! instant, and in one call.

use std::sync::Arc;

use domain::audit::{Actor, EventKind};
use domain::ids::RequestId;
use domain::letter::JOINED_MS;
use domain::time::Timestamp;
use engine::advance_clock::{Advanced, Arrival, Drive};
use engine::create_account::AccountWish;
use store::model::ModelStore;
use store::port::Store;
use testkit::post::PostOffice;
use testkit::world::{START, World};

use crate::letters::{contacts, dates};
use crate::scene::{DAY_MS, events, key, lifecycle};

async fn advance(world: &World, days: i64) -> Advanced {
    let mut chance = world.chance();
    let request_id = RequestId::random(&mut chance);
    let drive = Drive {
        clock: &|| world.reading(),
        agenda: &*world.engine,
        loops: None,
        actor: Actor::System,
        request_id,
        entropy: &mut chance,
    };
    let to = START.plus_millis(days * DAY_MS);
    world.engine.advance_clock(world.sandbox(), to, drive).await.expect("an arrival")
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

//! A place whose clock is simulated lives in its own time, from the answer on and over a restart;
//! every other place stays in real time.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use domain::clock::{CLOCK_LATEST, ClockRejection};
use domain::secret::OverlapStart;
use domain::time::Timestamp;
use engine::LoadError;
use engine::create_account::AccountWish;
use engine::create_key::NewKey;
use engine::move_clock::{ClockView, MoveClockRejection};
use engine::outcome::{Failure, Outcome};
use engine::place::PlaceRef;
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{HeldKey, START, World};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

async fn world() -> (Arc<dyn Store>, World) {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let world = World::simulated(Arc::clone(&store)).await;
    (store, world)
}

/// A key of this place that ends after so many days of its time.
async fn key(world: &World, place: &PlaceRef, days: i64) -> HeldKey {
    let account = world.account(place, AccountWish::Root).await;
    let expires_at = Some(place.time(world.reading()).plus_millis(days * DAY_MS));
    world.key(place, NewKey { expires_at, ..World::wish(account.id) }).await
}

async fn move_to(
    world: &World,
    place: &PlaceRef,
    to: Timestamp,
) -> Outcome<ClockView, MoveClockRejection> {
    let mut chance = world.chance();
    let context = world.context_in(place, &mut chance);
    world.engine.move_clock(place, to, world.reading(), context).await
}

async fn verdicts(world: &World, sandbox: &HeldKey, production: &HeldKey) -> [String; 2] {
    let elsewhere = world.place("payments", "production");
    [
        world.verify(world.sandbox(), &sandbox.text).await,
        world.verify(elsewhere, &production.text).await,
    ]
}

/// What is verified after the answer to a move is verified in the new time.
async fn expires_with_the_move(world: &World) -> bool {
    let sandbox = key(world, world.sandbox(), 90).await;
    let production = key(world, world.place("payments", "production"), 90).await;
    assert_eq!(verdicts(world, &sandbox, &production).await, ["granted", "granted"]);
    world.move_sandbox(90 * DAY_MS).await;
    verdicts(world, &sandbox, &production).await == ["expired", "granted"]
}

#[tokio::test]
async fn a_verification_after_the_answer_is_in_the_new_time_there_and_nowhere_else() {
    let (_, world) = world().await;
    assert!(expires_with_the_move(&world).await);
}

#[tokio::test]
async fn a_store_that_tells_nobody_of_a_moved_clock_is_noticed() {
    let lie = Some(Lie::TellsNobodyOfMovedClocks);
    let world = World::simulated(DishonestBench { lie }.fresh().await).await;
    assert!(!expires_with_the_move(&world).await);
}

#[tokio::test]
async fn changes_and_uses_of_the_place_are_in_its_time() {
    let (store, world) = world().await;
    world.move_sandbox(40 * DAY_MS).await;
    let there = START.plus_millis(40 * DAY_MS);
    let sandbox = world.sandbox();
    let held = key(&world, sandbox, 90).await;
    assert_eq!(held.key.created_at, there);
    world.verify(sandbox, &held.text).await;
    let row = store.find_key(sandbox.place().clone(), held.key.id).await.expect("an answer");
    assert_eq!(row.expect("the key").last_used_at, Some(there));
    let rotated = world.rotate(sandbox, held.key.id, 3_600, OverlapStart::AtOnce).await;
    world.move_sandbox(DAY_MS).await;
    assert_eq!(world.verify(sandbox, &held.text).await, "expired");
    assert_eq!(world.verify(sandbox, &rotated.text).await, "granted");
    let erased = world.engine.erase_ended_secrets(world.reading()).await;
    assert_eq!(erased.expect("an answer"), 1, "the old secret ended by the place's time alone");
}

#[tokio::test]
async fn a_clock_runs_on_by_itself_and_keeps_its_offset_over_a_restart() {
    let (store, first) = world().await;
    first.move_sandbox(40 * DAY_MS).await;
    first.clock.advance_ms(5);
    let shown = first.sandbox().time(first.reading());
    assert_eq!(shown, START.plus_millis(40 * DAY_MS + 5));
    first.stop().await;
    let second = World::simulated(store).await;
    second.clock.advance_ms(5);
    assert_eq!(second.sandbox().time(second.reading()), shown);
    assert_eq!(second.place("mail", "production").time(second.reading()), second.clock.now());
}

#[tokio::test]
async fn no_clock_goes_back_too_far_or_in_a_real_place() {
    let (_, world) = world().await;
    world.move_sandbox(DAY_MS).await;
    let now = START.plus_millis(DAY_MS);
    let rejected = async |place: &PlaceRef, to| match move_to(&world, place, to).await {
        Err(Failure::Rejected(rejection)) => rejection,
        outcome @ (Ok(_) | Err(Failure::Fault(_))) => panic!("{outcome:?}"),
    };
    let back = MoveClockRejection::Unlawful(ClockRejection::Backward { now });
    assert_eq!(rejected(world.sandbox(), now.plus_millis(-1)).await, back);
    let far = MoveClockRejection::Unlawful(ClockRejection::TooFar);
    assert_eq!(rejected(world.sandbox(), CLOCK_LATEST.plus_millis(1)).await, far);
    let production = world.place("payments", "production");
    assert_eq!(rejected(production, CLOCK_LATEST).await, MoveClockRejection::Real);
    assert_eq!(world.sandbox().time(world.reading()), now);
    let moved = move_to(&world, world.sandbox(), CLOCK_LATEST).await.expect("a moved clock");
    assert_eq!(moved.now, CLOCK_LATEST);
}

#[tokio::test]
async fn a_place_whose_clock_was_moved_is_not_served_as_a_real_one() {
    let (store, world) = world().await;
    // One that was never moved is as real as any.
    World::over(Arc::clone(&store)).await.stop().await;
    world.move_sandbox(3 * DAY_MS).await;
    let refused = World::try_over(Arc::clone(&store)).await.map(drop);
    let Err(error @ LoadError::ClockWasMoved { .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(
        error.to_string(),
        "the clock of environment sandbox of realm payments was moved forward and runs 3 days ahead, and the configuration says that it is real: set clock = \"simulated\" for it again, or serve the API under another environment's name, with new keys"
    );
    World::simulated(store).await.stop().await;
}

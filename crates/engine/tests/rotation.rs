//! A key that is given a new secret: the old one works for its time and not an instant longer, the
//! clock starts when it should, and nothing of it is forgotten by a restart.

use std::sync::Arc;

use domain::key::KeyState;
use domain::secret::{Overlap, OverlapStart, SecretEnd};
use domain::time::{Reading, Timestamp};
use engine::create_account::AccountWish;
use engine::erase_secrets::ERASED_AT_ONCE;
use engine::outcome::Failure;
use engine::rotate_key::{Rotation, RotationRejection};
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{HeldKey, World};

const HOUR_S: u64 = 60 * 60;
const HOUR_MS: i64 = 60 * 60 * 1_000;

async fn world_over(store: &Arc<dyn Store>) -> World {
    World::over(Arc::clone(store)).await
}

async fn world_with_key() -> (Arc<dyn Store>, World, HeldKey) {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let world = world_over(&store).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    let key = world.key(world.sandbox(), World::wish(account.id)).await;
    (store, world, key)
}

/// Gives the key a new secret with an overlap of an hour.
async fn rotated(world: &World, key: &HeldKey, start: OverlapStart) -> HeldKey {
    world.rotate(world.sandbox(), key.key.id, HOUR_S, start).await
}

async fn verdict(world: &World, key: &HeldKey) -> String {
    world.verify(world.sandbox(), &key.text).await
}

async fn erase(world: &World) -> u32 {
    world
        .engine
        .erase_ended_secrets(Reading::of(world.clock.now()))
        .await
        .expect("the store answers")
}

/// The same store under a new engine, at the time of the old one.
async fn restarted(store: &Arc<dyn Store>, world: World) -> World {
    let now = world.clock.now();
    world.stop().await;
    let world = world_over(store).await;
    world.clock.advance_ms(now.millis_since(world.clock.now()));
    world
}

#[tokio::test]
async fn both_secrets_work_until_the_end_of_the_overlap_and_from_then_on_the_new_one_alone() {
    let (_, world, old) = world_with_key().await;
    let new = rotated(&world, &old, OverlapStart::AtOnce).await;
    assert_eq!((new.key.id, new.key.state), (old.key.id, KeyState::Enabled));
    assert_ne!(new.text, old.text);
    world.clock.advance_ms(HOUR_MS - 1);
    assert_eq!(verdict(&world, &old).await, "granted");
    assert_eq!(verdict(&world, &new).await, "granted");
    world.clock.advance_ms(1);
    assert_eq!(verdict(&world, &old).await, "expired");
    assert_eq!(verdict(&world, &new).await, "granted");
}

#[tokio::test]
async fn the_clock_starts_with_the_first_use_of_the_new_secret_and_not_before() {
    let (_, world, old) = world_with_key().await;
    let new = rotated(&world, &old, OverlapStart::AtFirstUse).await;
    world.clock.advance_ms(1_000 * HOUR_MS);
    assert_eq!(verdict(&world, &old).await, "granted");
    assert_eq!(verdict(&world, &new).await, "granted");
    for _ in 0..2 {
        world.clock.advance_ms(HOUR_MS / 2 - 1);
        assert_eq!(verdict(&world, &old).await, "granted");
        assert_eq!(verdict(&world, &new).await, "granted");
    }
    world.clock.advance_ms(1);
    assert_eq!(verdict(&world, &old).await, "granted");
    world.clock.advance_ms(1);
    assert_eq!(verdict(&world, &old).await, "expired");
    assert_eq!(verdict(&world, &new).await, "granted");
}

#[tokio::test]
async fn the_clock_is_in_the_store_before_the_first_use_is_answered() {
    let (store, world, old) = world_with_key().await;
    let new = rotated(&world, &old, OverlapStart::AtFirstUse).await;
    assert_eq!(verdict(&world, &new).await, "granted");
    let place = world.sandbox().place().clone();
    let stored = store.find_key(place, new.key.id).await.expect("an answer").expect("the key");
    let end = SecretEnd::At(world.clock.now().plus_millis(HOUR_MS));
    assert_eq!(stored.previous.map(|old| old.end), Some(end));
}

#[tokio::test]
async fn a_restart_forgets_neither_secret_nor_the_clock() {
    let (store, world, old) = world_with_key().await;
    let new = rotated(&world, &old, OverlapStart::AtFirstUse).await;
    let world = restarted(&store, world).await;
    world.clock.advance_ms(5 * HOUR_MS);
    assert_eq!(verdict(&world, &old).await, "granted");
    assert_eq!(verdict(&world, &new).await, "granted");
    let world = restarted(&store, world).await;
    world.clock.advance_ms(HOUR_MS - 1);
    assert_eq!(verdict(&world, &old).await, "granted");
    world.clock.advance_ms(1);
    let world = restarted(&store, world).await;
    assert_eq!(verdict(&world, &old).await, "expired");
    assert_eq!(verdict(&world, &new).await, "granted");
}

#[tokio::test]
async fn without_an_overlap_the_old_secret_is_refused_from_the_answer_on() {
    let (_, world, old) = world_with_key().await;
    let place = world.sandbox();
    let new = world.rotate(place, old.key.id, 0, OverlapStart::AtOnce).await;
    assert_eq!(verdict(&world, &old).await, "expired");
    assert_eq!(verdict(&world, &new).await, "granted");
    let newer = world.rotate(place, old.key.id, 0, OverlapStart::AtFirstUse).await;
    assert_eq!(verdict(&world, &new).await, "granted");
    assert_eq!(verdict(&world, &newer).await, "granted");
    assert_eq!(verdict(&world, &new).await, "expired");
}

#[tokio::test]
async fn a_second_rotation_ends_the_first_from_its_answer_on_once_the_new_secret_was_used() {
    let (store, world, first) = world_with_key().await;
    let second = rotated(&world, &first, OverlapStart::AtFirstUse).await;
    assert_eq!(verdict(&world, &second).await, "granted");
    let third = rotated(&world, &first, OverlapStart::AtFirstUse).await;
    for world in [&world, &world_over(&store).await] {
        assert_eq!(verdict(world, &first).await, "unknown");
        assert_eq!(verdict(world, &second).await, "granted");
        assert_eq!(verdict(world, &third).await, "granted");
    }
}

#[tokio::test]
async fn a_secret_that_nobody_used_is_dead_from_the_next_rotation_on_and_the_old_one_works() {
    let (store, world, first) = world_with_key().await;
    let mut unused = Vec::new();
    for _ in 0..3 {
        unused.push(rotated(&world, &first, OverlapStart::AtFirstUse).await);
    }
    let last = rotated(&world, &first, OverlapStart::AtFirstUse).await;
    for world in [&world, &world_over(&store).await] {
        for dead in &unused {
            assert_eq!(verdict(world, dead).await, "unknown");
        }
        assert_eq!(verdict(world, &first).await, "granted");
    }
    assert_eq!(verdict(&world, &last).await, "granted");
    world.clock.advance_ms(HOUR_MS - 1);
    assert_eq!(verdict(&world, &first).await, "granted");
    world.clock.advance_ms(1);
    assert_eq!(verdict(&world, &first).await, "expired");
}

#[tokio::test]
async fn no_rotation_gives_a_secret_that_has_an_end_more_time() {
    let (_, world, leaked) = world_with_key().await;
    rotated(&world, &leaked, OverlapStart::AtOnce).await;
    world.clock.advance_ms(HOUR_MS / 2);
    rotated(&world, &leaked, OverlapStart::AtFirstUse).await;
    let last = rotated(&world, &leaked, OverlapStart::AtOnce).await;
    world.clock.advance_ms(HOUR_MS / 2 - 1);
    assert_eq!(verdict(&world, &leaked).await, "granted");
    world.clock.advance_ms(1);
    assert_eq!(verdict(&world, &leaked).await, "expired");
    assert_eq!(verdict(&world, &last).await, "granted");
}

#[tokio::test]
async fn a_store_that_tells_of_a_dead_secret_as_of_a_change_would_be_caught() {
    let lie = Some(Lie::TellsOfAReissueAsAChange);
    let world = World::over(DishonestBench { lie }.fresh().await).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    let old = world.key(world.sandbox(), World::wish(account.id)).await;
    let dead = rotated(&world, &old, OverlapStart::AtFirstUse).await;
    rotated(&world, &old, OverlapStart::AtFirstUse).await;
    // The tests above demand "unknown" here; over this store they would fail.
    assert_eq!(verdict(&world, &dead).await, "granted");
}

#[tokio::test]
async fn what_narrows_the_key_narrows_both_secrets() {
    let (_, world, old) = world_with_key().await;
    let place = world.sandbox();
    let new = rotated(&world, &old, OverlapStart::AtFirstUse).await;
    assert_eq!(verdict(&world, &new).await, "granted");
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.disable_key(place, old.key.id, context).await.expect("disabled");
    for key in [&old, &new] {
        assert_eq!(verdict(&world, key).await, "disabled");
    }
    let newer = rotated(&world, &old, OverlapStart::AtOnce).await;
    assert!(matches!(newer.key.state, KeyState::Disabled(_)));
    for key in [&new, &newer] {
        assert_eq!(verdict(&world, key).await, "disabled");
    }
    let context = world.context(&mut chance);
    world.engine.enable_key(place, old.key.id, context).await.expect("enabled");
    for key in [&new, &newer] {
        assert_eq!(verdict(&world, key).await, "granted");
    }
    let context = world.context(&mut chance);
    world.engine.delete_key(place, old.key.id, context).await.expect("deleted");
    assert_eq!(verdict(&world, &new).await, "unknown");
    assert_eq!(verdict(&world, &newer).await, "deleted");
}

#[tokio::test]
async fn an_ended_secret_is_unknown_once_it_is_erased_and_a_living_one_is_never_erased() {
    let (store, world, old) = world_with_key().await;
    let new = rotated(&world, &old, OverlapStart::AtOnce).await;
    world.clock.advance_ms(HOUR_MS - 1);
    assert_eq!(erase(&world).await, 0);
    assert_eq!(verdict(&world, &old).await, "granted");
    world.clock.advance_ms(1);
    assert_eq!(verdict(&world, &old).await, "expired");
    assert_eq!((erase(&world).await, erase(&world).await), (1, 0));
    for world in [&world, &world_over(&store).await] {
        assert_eq!(verdict(world, &old).await, "unknown");
    }
    assert_eq!(verdict(&world, &new).await, "granted");
}

#[tokio::test]
async fn erasing_takes_so_many_at_once_and_the_rest_later() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let world = world_over(&store).await;
    let place = world.place("mail", "production");
    let count = ERASED_AT_ONCE + 1;
    for at in 0..count {
        if at % 100 == 0 {
            let account = world.account(place, AccountWish::Root).await;
            for _ in at..count.min(at + 100) {
                let key = world.key(place, World::wish(account.id)).await;
                world.rotate(place, key.key.id, 0, OverlapStart::AtOnce).await;
            }
        }
    }
    assert_eq!(erase(&world).await, ERASED_AT_ONCE);
    assert_eq!((erase(&world).await, erase(&world).await), (1, 0));
}

#[tokio::test]
async fn uses_are_shown_of_each_secret() {
    let (_, world, old) = world_with_key().await;
    let at = |world: &World| Some(world.clock.now());
    assert_eq!(verdict(&world, &old).await, "granted");
    let first = at(&world);
    let new = rotated(&world, &old, OverlapStart::AtFirstUse).await;
    let uses = async || {
        let key = world.engine.get_key(world.sandbox(), old.key.id).await.expect("the key");
        let previous = key.previous.and_then(|old| old.secret.last_used_at);
        (key.last_used_at, key.secret.last_used_at, previous)
    };
    assert_eq!(uses().await, (first, None, first));
    world.clock.advance_ms(10_000);
    assert_eq!(verdict(&world, &new).await, "granted");
    let second: Option<Timestamp> = at(&world);
    assert_eq!(uses().await, (second, second, first));
    world.clock.advance_ms(10_000);
    assert_eq!(verdict(&world, &old).await, "granted");
    assert_eq!(uses().await, (at(&world), second, at(&world)));
}

#[tokio::test]
async fn a_holder_rotates_with_the_secret_in_use_alone() {
    let (_, world, old) = world_with_key().await;
    let new = rotated(&world, &old, OverlapStart::AtFirstUse).await;
    for (key, expected) in [(&old, Err(RotationRejection::NotInUse)), (&new, Ok(()))] {
        let holder = Some(key.key.secret.kid);
        let rotation = Rotation { overlap: Overlap::USUAL, start: OverlapStart::AtOnce, holder };
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        let outcome = world.engine.rotate_key(world.sandbox(), key.key.id, rotation, context).await;
        let outcome = outcome.map(|_| ()).map_err(|failure| match failure {
            Failure::Rejected(rejection) => rejection,
            Failure::Fault(fault) => panic!("{fault}"),
        });
        assert_eq!(outcome, expected);
    }
}

/// A world over a liar, with a key that was rotated; in the end the old secret should be refused.
async fn over_a_liar(lie: Lie, start: OverlapStart) -> String {
    let store = DishonestBench { lie: Some(lie) }.fresh().await;
    let world = World::over(store).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    let old = world.key(world.sandbox(), World::wish(account.id)).await;
    let new = world.rotate(world.sandbox(), old.key.id, 0, start).await;
    world.verify(world.sandbox(), &new.text).await;
    verdict(&world, &old).await
}

#[tokio::test]
async fn stores_that_tell_nobody_of_rotations_or_clocks_would_be_caught() {
    // The tests above demand "expired" here; over these stores they would fail.
    let rotation = over_a_liar(Lie::TellsNobodyOfRotations, OverlapStart::AtOnce).await;
    let clock = over_a_liar(Lie::TellsNobodyOfClocks, OverlapStart::AtFirstUse).await;
    assert_eq!([rotation, clock], ["granted", "granted"]);
}

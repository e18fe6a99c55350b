//! A key that was used is never taken for idle: its use is in the store before the answer, at
//! most once a day, and later uses follow in batches.

use std::sync::Arc;

use domain::ids::KeyId;
use domain::time::Timestamp;
use engine::create_account::AccountWish;
use store::model::ModelStore;
use store::port::Store;
use testkit::world::{HeldKey, World};

const HOUR_MS: i64 = 60 * 60 * 1_000;

async fn world_with_key() -> (Arc<ModelStore>, World, HeldKey) {
    let store = Arc::new(ModelStore::default());
    let shared: Arc<dyn Store> = Arc::<ModelStore>::clone(&store);
    let world = World::over(shared).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    let key = world.key(world.sandbox(), World::wish(account.id)).await;
    (store, world, key)
}

async fn stored_use(store: &ModelStore, world: &World, id: KeyId) -> Option<Timestamp> {
    let place = world.sandbox().place().clone();
    store.find_key(place, id).await.expect("an answer").expect("the key").last_used_at
}

#[tokio::test]
async fn the_first_use_is_stored_before_it_is_answered() {
    let (store, world, key) = world_with_key().await;
    assert_eq!(stored_use(&store, &world, key.key.id).await, None);
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "granted");
    assert_eq!(stored_use(&store, &world, key.key.id).await, Some(world.clock.now()));
}

#[tokio::test]
async fn a_use_a_day_later_is_stored_before_it_is_answered() {
    let (store, world, key) = world_with_key().await;
    world.verify(world.sandbox(), &key.text).await;
    world.clock.advance_ms(24 * HOUR_MS);
    world.verify(world.sandbox(), &key.text).await;
    assert_eq!(stored_use(&store, &world, key.key.id).await, Some(world.clock.now()));
}

#[tokio::test]
async fn uses_within_the_hour_write_nothing_and_show_in_memory() {
    let (store, world, key) = world_with_key().await;
    let first = world.clock.now();
    world.verify(world.sandbox(), &key.text).await;
    world.clock.advance_ms(HOUR_MS - 1);
    world.verify(world.sandbox(), &key.text).await;
    assert_eq!(stored_use(&store, &world, key.key.id).await, Some(first));
    let shown = world.engine.get_key(world.sandbox(), key.key.id).await.expect("the key");
    assert_eq!(shown.last_used_at, Some(world.clock.now()));
}

#[tokio::test]
async fn a_use_later_on_the_day_is_stored_at_the_latest_when_the_server_stops() {
    let (store, world, key) = world_with_key().await;
    world.verify(world.sandbox(), &key.text).await;
    world.clock.advance_ms(2 * HOUR_MS);
    world.verify(world.sandbox(), &key.text).await;
    let last = world.clock.now();
    let place = world.sandbox().place().clone();
    world.stop().await;
    let stored = store.find_key(place, key.key.id).await.expect("an answer").expect("the key");
    assert_eq!(stored.last_used_at, Some(last));
}

#[tokio::test]
async fn a_refusal_for_a_permission_counts_as_use_and_one_for_the_state_does_not() {
    let (store, world, key) = world_with_key().await;
    let sandbox = world.sandbox();
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    let change = store::command::KeyChange {
        permissions: domain::permission::PermissionSet::from_compact("CUSTOMER:R"),
        ..Default::default()
    };
    world.engine.update_key(sandbox, key.key.id, change, context).await.expect("updated");
    assert_eq!(world.verify(sandbox, &key.text).await, "permission_missing");
    let used = stored_use(&store, &world, key.key.id).await;
    assert_eq!(used, Some(world.clock.now()));
    let context = world.context(&mut chance);
    world.engine.disable_key(sandbox, key.key.id, context).await.expect("disabled");
    world.clock.advance_ms(48 * HOUR_MS);
    assert_eq!(world.verify(sandbox, &key.text).await, "disabled");
    assert_eq!(stored_use(&store, &world, key.key.id).await, used);
}

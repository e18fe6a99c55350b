//! A narrowing change holds for every verification that is sent after its answer.

use std::sync::Arc;

use domain::ip_list::IpList;
use domain::key::KeyState;
use domain::method::Method;
use domain::permission::PermissionSet;
use engine::create_account::AccountWish;
use store::command::KeyChange;
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{HeldKey, World};

async fn world_with_key() -> (World, HeldKey) {
    world_with_key_over(Arc::new(ModelStore::default())).await
}

async fn world_with_key_over(store: Arc<dyn Store>) -> (World, HeldKey) {
    let world = World::over(store).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    let key = world.key(world.sandbox(), World::wish(account.id)).await;
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "granted");
    (world, key)
}

async fn update(world: &World, key: &HeldKey, change: KeyChange) {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.update_key(world.sandbox(), key.key.id, change, context).await.expect("updated");
}

#[tokio::test]
async fn a_disabled_key_is_refused_from_the_answer_on_and_works_again_when_enabled() {
    let (world, key) = world_with_key().await;
    let mut chance = world.chance();
    let sandbox = world.sandbox();
    let context = world.context(&mut chance);
    world.engine.disable_key(sandbox, key.key.id, context).await.expect("disabled");
    assert_eq!(world.verify(sandbox, &key.text).await, "disabled");
    let context = world.context(&mut chance);
    world.engine.enable_key(sandbox, key.key.id, context).await.expect("enabled");
    assert_eq!(world.verify(sandbox, &key.text).await, "granted");
}

#[tokio::test]
async fn a_deleted_key_is_refused_for_ever() {
    let (world, key) = world_with_key().await;
    let sandbox = world.sandbox();
    let mut chance = world.chance();
    for _ in 0..2 {
        let context = world.context(&mut chance);
        let deleted = world.engine.delete_key(sandbox, key.key.id, context).await.expect("deleted");
        assert_eq!(deleted.state, KeyState::Deleted);
        assert_eq!(world.verify(sandbox, &key.text).await, "deleted");
    }
    let context = world.context(&mut chance);
    assert!(world.engine.enable_key(sandbox, key.key.id, context).await.is_err());
    assert_eq!(world.verify(sandbox, &key.text).await, "deleted");
}

#[tokio::test]
async fn fewer_permissions_hold_from_the_answer_on() {
    let (world, key) = world_with_key().await;
    let permissions = PermissionSet::from_compact("PAYMENT:R");
    update(&world, &key, KeyChange { permissions, ..KeyChange::default() }).await;
    let post = world.verify_request(world.sandbox(), &key.text, Method::Post, "/v3/payments", None);
    assert_eq!(post.await, "permission_missing");
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "granted");
}

#[tokio::test]
async fn a_tighter_address_list_holds_from_the_answer_on() {
    let (world, key) = world_with_key().await;
    let ip_list = IpList::parse(["203.0.113.0/24"]).ok();
    update(&world, &key, KeyChange { ip_list, ..KeyChange::default() }).await;
    let from = |address: &str| {
        let client = address.parse().ok();
        world.verify_request(world.sandbox(), &key.text, Method::Get, "/v3/payments", client)
    };
    assert_eq!(from("203.0.113.9").await, "granted");
    assert_eq!(from("198.51.100.1").await, "ip_not_allowed");
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "ip_not_allowed");
}

#[tokio::test]
async fn what_one_update_takes_holds_whatever_else_it_gives() {
    let (world, key) = world_with_key().await;
    let from = |address: &str, method| {
        let client = address.parse().ok();
        world.verify_request(world.sandbox(), &key.text, method, "/v3/payments", client)
    };
    let ip_list = IpList::parse(["203.0.113.0/24"]).ok();
    update(&world, &key, KeyChange { ip_list, ..KeyChange::default() }).await;
    assert_eq!(from("198.51.100.1", Method::Get).await, "ip_not_allowed");
    // Fewer permissions, and any address.
    let permissions = PermissionSet::from_compact("PAYMENT:R");
    let ip_list = Some(IpList::Any);
    update(&world, &key, KeyChange { permissions, ip_list, ..KeyChange::default() }).await;
    assert_eq!(from("198.51.100.1", Method::Post).await, "permission_missing");
    assert_eq!(from("198.51.100.1", Method::Get).await, "granted");
    // More permissions, and fewer addresses.
    let permissions = Some(PermissionSet::Unrestricted);
    let ip_list = IpList::parse(["203.0.113.9"]).ok();
    update(&world, &key, KeyChange { permissions, ip_list, ..KeyChange::default() }).await;
    assert_eq!(from("203.0.113.10", Method::Get).await, "ip_not_allowed");
    assert_eq!(from("203.0.113.9", Method::Post).await, "granted");
}

#[tokio::test]
async fn an_expiry_date_holds_from_its_very_instant() {
    let (world, key) = world_with_key().await;
    let expires_at = Some(Some(world.clock.now().plus_millis(1_000)));
    update(&world, &key, KeyChange { expires_at, ..KeyChange::default() }).await;
    world.clock.advance_ms(999);
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "granted");
    world.clock.advance_ms(1);
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "expired");
}

#[tokio::test]
async fn a_store_that_tells_nobody_of_deletions_would_be_caught() {
    let lie = Some(Lie::TellsNobodyOfDeletions);
    let (world, key) = world_with_key_over(DishonestBench { lie }.fresh().await).await;
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.delete_key(world.sandbox(), key.key.id, context).await.expect("deleted");
    // The tests above demand "deleted" here; over this store they would fail.
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "granted");
}

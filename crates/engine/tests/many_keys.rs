//! A change of many keys holds for all of them from its answer on, and none of them is changed
//! where one is not there.

use std::slice;
use std::sync::Arc;

use domain::ids::KeyId;
use domain::key::KeyState;
use domain::key_filter::{KeyCondition, KeyFilter, NamePart};
use engine::change_keys::{
    KEYS_MAX, KeyChoice, LOOKED_AT_MAX, ManyKeys, ManyKeysAction, ManyKeysChanged,
    ManyKeysRejection,
};
use engine::create_account::AccountWish;
use engine::outcome::{Failure, PAGE_MAX, Position};
use store::command::ROWS_MAX;
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{HeldKey, World, name};
use tokio::task::JoinSet;

/// A world with this many keys, each of an account of its own, so that no limit is met.
async fn world_over(store: Arc<dyn Store>, count: usize) -> (World, Vec<HeldKey>) {
    let world = World::over(store).await;
    let mut keys = Vec::new();
    for _ in 0..count {
        let account = world.account(world.sandbox(), AccountWish::Root).await;
        keys.push(world.key(world.sandbox(), World::wish(account.id)).await);
    }
    (world, keys)
}

async fn world_with(count: usize) -> (World, Vec<HeldKey>) {
    world_over(Arc::new(ModelStore::default()), count).await
}

fn named(keys: &[HeldKey], action: ManyKeysAction) -> ManyKeys {
    let keys = keys.iter().map(|key| key.key.id).collect();
    ManyKeys { owner: None, choice: KeyChoice::Named(keys), action }
}

fn found(filter: KeyFilter, action: ManyKeysAction) -> ManyKeys {
    ManyKeys {
        owner: None,
        choice: KeyChoice::Found { filter, limit: KEYS_MAX, after: Position::START },
        action,
    }
}

fn with_name(part: &str) -> KeyFilter {
    let part = NamePart::parse(part).expect("a part");
    KeyFilter::new(vec![KeyCondition::NameContains(part)])
}

async fn change(
    world: &World,
    wish: ManyKeys,
) -> Result<ManyKeysChanged, Failure<ManyKeysRejection>> {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.change_keys(world.sandbox(), wish, context).await
}

async fn check(world: &World, keys: &[HeldKey], verdict: &str) {
    for key in keys {
        assert_eq!(world.verify(world.sandbox(), &key.text).await, verdict);
    }
}

#[tokio::test]
async fn what_is_done_to_many_keys_holds_for_each_from_the_answer_on() {
    let (world, keys) = world_with(25).await;
    let (many, rest) = keys.split_at(20);
    for (action, verdict) in [
        (ManyKeysAction::Disable, "disabled"),
        (ManyKeysAction::Enable, "granted"),
        (ManyKeysAction::Delete, "deleted"),
        // Nothing comes back to life.
        (ManyKeysAction::Enable, "deleted"),
    ] {
        change(&world, named(many, action)).await.expect("changed");
        check(&world, many, verdict).await;
        check(&world, rest, "granted").await;
    }
}

#[tokio::test]
async fn what_a_filter_finds_is_refused_from_the_answer_on() {
    let (world, keys) = world_with(5).await;
    let done = change(&world, found(with_name("KEY"), ManyKeysAction::Delete)).await;
    let done = done.expect("changed");
    assert_eq!((done.matched, done.changed.len(), done.next), (5, 5, None));
    check(&world, &keys, "deleted").await;
}

#[tokio::test]
async fn one_change_of_many_keys_is_one_epoch_and_one_entry() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let (world, keys) = world_over(Arc::clone(&store), 7).await;
    let (epoch, before) = (world.engine.epoch(), store.count_trail().await.expect("a count"));
    let done = change(&world, named(&keys, ManyKeysAction::Disable)).await.expect("changed");
    assert_eq!(world.engine.epoch(), epoch + 1);
    assert!(done.changed.iter().all(|key| key.epoch == epoch + 1));
    let after = store.count_trail().await.expect("a count");
    assert_eq!((after.audit, after.events), (before.audit + 1, before.events + 7));
}

#[tokio::test]
async fn one_key_that_is_not_there_keeps_all_of_them() {
    let (world, keys) = world_with(99).await;
    let production = world.place("payments", "production");
    let account = world.account(production, AccountWish::Root).await;
    let foreign = world.key(production, World::wish(account.id)).await.key.id;
    for odd in [foreign, KeyId::from_u128(41)] {
        let mut wish = named(&keys, ManyKeysAction::Delete);
        if let KeyChoice::Named(ids) = &mut wish.choice {
            ids.insert(50, odd);
        }
        let outcome = change(&world, wish).await;
        assert!(
            matches!(outcome, Err(Failure::Rejected(ManyKeysRejection::NoSuchKey))),
            "{outcome:?}"
        );
        check(&world, &keys, "granted").await;
    }
    let mut wish = named(&keys, ManyKeysAction::Delete);
    wish.owner = Some(keys[0].key.owner);
    assert!(change(&world, wish).await.is_err());
    check(&world, &keys, "granted").await;
}

#[tokio::test]
async fn a_preview_changes_nothing_and_says_what_the_change_says() {
    let (world, keys) = world_with(12).await;
    for action in [ManyKeysAction::Disable, ManyKeysAction::Enable, ManyKeysAction::Delete] {
        for wish in [named(&keys, action), found(KeyFilter::everything(), action)] {
            let epoch = world.engine.epoch();
            let now = world.clock.now();
            let preview = world.engine.preview_keys(world.sandbox(), &wish, now).await;
            let preview = preview.expect("a preview");
            assert_eq!(world.engine.epoch(), epoch);
            let done = change(&world, wish).await.expect("changed");
            let ids = |outcome: &ManyKeysChanged| {
                outcome.changed.iter().map(|key| key.id).collect::<Vec<_>>()
            };
            assert_eq!((preview.matched, ids(&preview)), (done.matched, ids(&done)));
        }
    }
}

#[tokio::test]
async fn a_filter_that_finds_little_among_much_comes_to_its_end() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    // More than one page may look at.
    for _ in 0..=ROWS_MAX / 10 {
        let other = world.account(world.sandbox(), AccountWish::Root).await;
        for _ in 0..10 {
            world.key(world.sandbox(), World::wish(other.id)).await;
        }
    }
    let mut wish = World::wish(account.id);
    wish.name = name("needle");
    let needle = world.key(world.sandbox(), wish).await;
    let done = change(&world, found(with_name("needle"), ManyKeysAction::Delete)).await;
    assert_eq!(done.expect("changed").changed[0].id, needle.key.id);
    check(&world, &[needle], "deleted").await;
}

#[tokio::test]
async fn a_step_that_looked_at_its_most_says_where_the_next_goes_on() {
    // Each page counts for all that it may look at, so these are as many as one step takes.
    let world = World::over(Arc::new(ModelStore::default())).await;
    let pages = LOOKED_AT_MAX / 1_000;
    let mut last = None;
    for _ in 0..pages * PAGE_MAX / 10 {
        let account = world.account(world.sandbox(), AccountWish::Root).await;
        for _ in 0..10 {
            world.key(world.sandbox(), World::wish(account.id)).await;
        }
    }
    for _ in 0..2 {
        let account = world.account(world.sandbox(), AccountWish::Root).await;
        last = Some(world.key(world.sandbox(), World::wish(account.id)).await);
    }
    let last = last.expect("a key");
    change(&world, named(slice::from_ref(&last), ManyKeysAction::Disable)).await.expect("disabled");
    let step = async |after| {
        let choice = KeyChoice::Found { filter: KeyFilter::everything(), limit: KEYS_MAX, after };
        let wish = ManyKeys { owner: None, choice, action: ManyKeysAction::Enable };
        let done = change(&world, wish).await.expect("a step");
        (done.matched, done.changed.len(), done.next)
    };
    let (matched, changed, next) = step(Position::START).await;
    assert_eq!((matched, changed), (pages * PAGE_MAX, 0));
    assert_eq!(step(next.expect("there is more")).await, (2, 1, None));
    check(&world, &[last], "granted").await;
}

/// Deletes each key by itself while all of them are switched, in either order.
async fn race(store: Arc<dyn Store>) -> (World, Vec<HeldKey>) {
    let (world, keys) = world_over(store, 8).await;
    let world = Arc::new(world);
    let mut others = JoinSet::new();
    for key in &keys {
        let (world, id) = (Arc::clone(&world), key.key.id);
        others.spawn(async move {
            tokio::task::yield_now().await;
            let mut chance = world.chance();
            let context = world.context(&mut chance);
            world.engine.delete_key(world.sandbox(), id, context).await.expect("deleted");
        });
    }
    for _ in 0..4 {
        for action in [ManyKeysAction::Disable, ManyKeysAction::Enable] {
            change(&world, named(&keys, action)).await.expect("those that are left");
            change(&world, found(KeyFilter::everything(), action)).await.expect("those left");
            tokio::task::yield_now().await;
        }
    }
    others.join_all().await;
    (Arc::into_inner(world).expect("all the others are done"), keys)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_is_deleted_meanwhile_stays_deleted() {
    for _ in 0..20 {
        let store: Arc<dyn Store> = Arc::new(ModelStore::default());
        let (world, keys) = race(Arc::clone(&store)).await;
        check(&world, &keys, "deleted").await;
        for HeldKey { key, .. } in keys {
            let row = store.find_key(key.place, key.id).await.expect("an answer");
            assert_eq!(row.map(|row| row.state), Some(KeyState::Deleted));
        }
    }
}

#[tokio::test]
async fn a_store_that_tells_of_one_of_many_keys_would_be_caught() {
    let lie = Some(Lie::TellsOfOneOfManyKeys);
    let (world, keys) = world_over(DishonestBench { lie }.fresh().await, 2).await;
    change(&world, named(&keys, ManyKeysAction::Delete)).await.expect("deleted");
    check(&world, &keys[..1], "deleted").await;
    // The tests above demand "deleted" here too; over this store they would fail.
    check(&world, &keys[1..], "granted").await;
}

#[tokio::test]
async fn what_is_somebody_elses_is_kept_even_over_a_store_that_overlooks_owners() {
    let lie = Some(Lie::OverlooksOwnersOfKeys);
    let (world, keys) = world_over(DishonestBench { lie }.fresh().await, 2).await;
    let mut wish = named(&keys, ManyKeysAction::Delete);
    wish.owner = Some(keys[0].key.owner);
    // The use case looks first, and at owners as well.
    assert!(change(&world, wish).await.is_err());
    check(&world, &keys, "granted").await;
}

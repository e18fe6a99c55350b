//! An operator's key that was deleted opens nothing from the answer on, and a text is told whose it
//! is only when all of it is right.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use domain::ids::OperatorKeyId;
use domain::key_text::KeyText;
use domain::operator::{OperatorKeyState, OperatorRole};
use engine::create_account::AccountWish;
use engine::key_owner::{HeldSecret, KeyOwner, NoOwner};
use engine::outcome::{DeleteOperatorKeyRejection, Failure, Outcome};
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{World, name};
use zeroize::Zeroizing;

async fn made(world: &World, role: OperatorRole) -> (OperatorKeyId, String) {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    let issued = world.engine.create_operator_key(role, name("operator"), context).await;
    let issued = issued.expect("an operator's key");
    (issued.key.id, issued.text.expose().to_owned())
}

async fn delete(
    world: &World,
    id: OperatorKeyId,
) -> Outcome<OperatorKeyState, DeleteOperatorKeyRejection> {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.delete_operator_key(id, context).await.map(|key| key.state)
}

fn opens(world: &World, text: &str) -> bool {
    world.engine.operator(text.as_bytes()).is_ok()
}

#[tokio::test]
async fn a_deleted_key_of_an_operator_opens_nothing_from_the_answer_on() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let world = World::over(Arc::clone(&store)).await;
    let (_, admin) = made(&world, OperatorRole::Admin).await;
    for role in OperatorRole::ALL {
        let (id, text) = made(&world, role).await;
        assert!(opens(&world, &text), "{role:?}");
        for _ in 0..2 {
            assert_eq!(delete(&world, id).await.expect("deleted"), OperatorKeyState::Deleted);
            assert!(!opens(&world, &text), "{role:?}");
        }
        let restarted = World::over(Arc::clone(&store)).await;
        assert!(!opens(&restarted, &text) && opens(&restarted, &admin), "{role:?}");
    }
}

#[tokio::test]
async fn the_last_admin_stays() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let (id, text) = made(&world, OperatorRole::Admin).await;
    made(&world, OperatorRole::Support).await;
    let outcome = delete(&world, id).await;
    let last = matches!(outcome, Err(Failure::Rejected(DeleteOperatorKeyRejection::LastAdmin)));
    assert!(last && opens(&world, &text), "{outcome:?}");
    assert!(world.engine.has_operators());
}

#[tokio::test]
async fn a_store_that_tells_nobody_of_deleted_operators_would_be_caught() {
    let lie = Some(Lie::TellsNobodyOfDeletedOperators);
    let world = World::over(DishonestBench { lie }.fresh().await).await;
    made(&world, OperatorRole::Admin).await;
    let (id, text) = made(&world, OperatorRole::Verifier).await;
    delete(&world, id).await.expect("deleted");
    // The test above demands that it opens nothing; over this store it would fail.
    assert!(opens(&world, &text));
}

async fn owner(world: &World, text: &str) -> Result<KeyOwner, NoOwner> {
    let text = KeyText::new(Zeroizing::new(text.to_owned()));
    world.engine.key_owner(&text).await.map_err(|failure| match failure {
        Failure::Rejected(why) => why,
        Failure::Fault(fault) => panic!("{fault}"),
    })
}

#[tokio::test]
async fn whose_key_a_text_is_is_told_in_every_state() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let sandbox = world.sandbox();
    let account = world.account(sandbox, AccountWish::Root).await;
    let held = world.key(sandbox, World::wish(account.id)).await;
    for step in ["enabled", "suspended", "deleted"] {
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        match step {
            "suspended" => {
                let done = world.engine.suspend_account(sandbox, account.id, context).await;
                done.map(drop).expect("suspended");
            }
            "deleted" => {
                let done = world.engine.delete_key(sandbox, held.key.id, context).await;
                done.map(drop).expect("deleted");
            }
            _ => {}
        }
        match owner(&world, &held.text).await {
            Ok(KeyOwner::Account { key, account: owner, secret: HeldSecret::Current }) => {
                assert_eq!((key.id, owner.id), (held.key.id, account.id), "{step}");
                assert_eq!(key.last_used_at, None, "asking is no use of the key");
            }
            other => panic!("{step}: {other:?}"),
        }
    }
    let (id, text) = made(&world, OperatorRole::Verifier).await;
    match owner(&world, &text).await {
        Ok(KeyOwner::Operator(operator)) => {
            assert_eq!((operator.key, operator.role), (id, OperatorRole::Verifier));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_that_is_not_known_and_a_wrong_secret_are_told_apart_by_nobody() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let elsewhere = World::over(Arc::new(ModelStore::default())).await;
    let sandbox = world.sandbox();
    let account = world.account(sandbox, AccountWish::Root).await;
    let held = world.key(sandbox, World::wish(account.id)).await;
    let foreign = {
        let account = elsewhere.account(elsewhere.sandbox(), AccountWish::Root).await;
        // Both worlds have one seed, so this one is a key further.
        elsewhere.key(elsewhere.sandbox(), World::wish(account.id)).await;
        elsewhere.key(elsewhere.sandbox(), World::wish(account.id)).await
    };
    let unknown = owner(&world, &foreign.text).await.expect_err("nobody's");
    assert_eq!(unknown, NoOwner::Unknown);
    let cut = &held.text[..held.text.len() - 1];
    let misshapen = owner(&world, cut).await.expect_err("no key");
    assert!(matches!(misshapen, NoOwner::Malformed(_)), "{misshapen:?}");
}

//! A sub-account comes with a key that works when it is answered, and its end is the end of that key.

use std::sync::Arc;

use domain::account::{Account, AccountState, Branding};
use domain::ids::AccountId;
use domain::label::{Holders, Label, LabelName, LabelValue};
use domain::mail::MailAddress;
use domain::webhook::{Queue, SendOrder, Subscriptions, WebhookSwitch, WebhookUrl};
use engine::create_account::AccountWish;
use engine::create_webhook::NewWebhook;
use engine::open_subaccount::{NewSubaccount, OpenedSubaccount, OpeningRejection};
use engine::outcome::Failure;
use engine::subaccounts::{SubaccountFilter, SubaccountRejection};
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{World, name};

const LABEL: LabelName = LabelName::new("email");

async fn world() -> (World, Account) {
    over(Arc::new(ModelStore::default())).await
}

async fn over(store: Arc<dyn Store>) -> (World, Account) {
    let world = World::over(store).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    (world, root)
}

fn webhook() -> NewWebhook {
    NewWebhook {
        name: name("hook"),
        url: WebhookUrl::parse("https://example.com").expect("an address"),
        mail: MailAddress::parse("a@example.com").expect("a mail address"),
        order: SendOrder::Sequential,
        events: Subscriptions::from_compact("KEY_CREATED").expect("events"),
        switch: WebhookSwitch::On,
        queue: Queue::Running,
        token: None,
    }
}

fn wish(parent: AccountId, label: &str, webhooks: usize) -> NewSubaccount {
    let value = LabelValue::parse(label).expect("a label");
    NewSubaccount {
        parent,
        name: name("shop"),
        branding: Branding::WhiteLabel,
        mail: Some(MailAddress::parse("shop@example.com").expect("a mail address")),
        labels: vec![Label { name: LABEL, value, holders: Holders::One }],
        details: None,
        key_name: name("first"),
        permissions: None,
        webhooks: (0..webhooks).map(|_| webhook()).collect(),
    }
}

async fn open(
    world: &World,
    wish: NewSubaccount,
) -> Result<OpenedSubaccount, Failure<OpeningRejection>> {
    let mut chance = world.chance();
    world.engine.open_subaccount(world.sandbox(), wish, world.context(&mut chance)).await
}

async fn rejection(world: &World, wish: NewSubaccount) -> OpeningRejection {
    match open(world, wish).await {
        Err(Failure::Rejected(rejection)) => rejection,
        other => unreachable!("expected a rejection, got {other:?}"),
    }
}

async fn verdict(world: &World, opened: &OpenedSubaccount) -> String {
    world.verify(world.sandbox(), opened.issued.text.expose()).await
}

#[tokio::test]
async fn a_sub_account_comes_with_a_key_that_works_when_it_is_answered() {
    let (world, root) = world().await;
    let opened = open(&world, wish(root.id, "a", 2)).await.expect("opened");
    assert_eq!(verdict(&world, &opened).await, "granted");
    assert_eq!(opened.account.branding, Branding::WhiteLabel);
    let epochs = opened.webhooks.iter().map(|webhook| webhook.epoch);
    assert!(epochs.chain([opened.issued.key.epoch]).all(|epoch| epoch == opened.account.epoch));
    let (sandbox, id) = (world.sandbox(), opened.account.id);
    let listed = world.engine.list_webhooks(sandbox, id).await.expect("an answer");
    assert_eq!(listed, opened.webhooks);
}

#[tokio::test]
async fn the_end_of_a_sub_account_is_the_end_of_its_key_and_webhooks() {
    let (world, root) = world().await;
    let opened = open(&world, wish(root.id, "a", 1)).await.expect("opened");
    let (sandbox, id, mut chance) = (world.sandbox(), opened.account.id, world.chance());
    let context = world.context(&mut chance);
    world.engine.delete_account(sandbox, id, context).await.expect("deleted");
    assert_eq!(verdict(&world, &opened).await, "deleted");
    assert_eq!(world.engine.list_webhooks(sandbox, id).await.expect("an answer"), []);
    let found = world.engine.find_subaccount(sandbox, root.id, id).await.expect("found");
    assert_eq!(found.state, AccountState::Deleted);
    open(&world, wish(root.id, "a", 0)).await.expect("the label is free");
}

#[tokio::test]
async fn a_sub_account_that_may_not_be_is_refused_for_its_reason() {
    let (world, root) = world().await;
    let opened = open(&world, wish(root.id, "a", 0)).await.expect("opened");
    let taken = rejection(&world, wish(root.id, "a", 0)).await;
    assert_eq!(taken, OpeningRejection::LabelTaken(LABEL));
    let limit = world.sandbox().realm().webhooks_per_account;
    let too_many = rejection(&world, wish(root.id, "b", limit as usize + 1)).await;
    assert_eq!(too_many, OpeningRejection::TooManyWebhooks { limit });
    let below = rejection(&world, wish(opened.account.id, "b", 0)).await;
    assert_eq!(below, OpeningRejection::ParentNotRoot);
    let absent = rejection(&world, wish(AccountId::Uuid([7; 16]), "b", 0)).await;
    assert_eq!(absent, OpeningRejection::NoSuchParent);
}

#[tokio::test]
async fn only_a_root_account_sees_sub_accounts_and_only_its_own() {
    let (world, root) = world().await;
    let other = world.account(world.sandbox(), AccountWish::Root).await;
    let opened = open(&world, wish(root.id, "a", 0)).await.expect("opened");
    let (sandbox, id) = (world.sandbox(), opened.account.id);
    for (asking, expected) in [
        (id, SubaccountRejection::NotRoot),
        (AccountId::Uuid([7; 16]), SubaccountRejection::NotRoot),
        (other.id, SubaccountRejection::NoSuchAccount),
    ] {
        let found = world.engine.find_subaccount(sandbox, asking, id).await;
        assert!(matches!(found, Err(Failure::Rejected(why)) if why == expected), "{found:?}");
    }
    for (asking, total) in [(root.id, 1), (other.id, 0)] {
        let filter = SubaccountFilter::default();
        let slice = world.engine.browse_subaccounts(sandbox, asking, filter, (0, 10)).await;
        assert_eq!(slice.expect("a slice").total, total);
    }
    let slice =
        world.engine.browse_subaccounts(sandbox, id, SubaccountFilter::default(), (0, 10)).await;
    assert!(matches!(slice, Err(Failure::Rejected(SubaccountRejection::NotRoot))), "{slice:?}");
}

/// The other tests would notice a store that is silent about first keys, or about ends.
#[tokio::test]
async fn a_store_that_does_not_tell_is_noticed() {
    let bench = DishonestBench { lie: Some(Lie::TellsOfAccountsWithoutTheirKeys) };
    let (world, root) = over(bench.fresh().await).await;
    let opened = open(&world, wish(root.id, "a", 0)).await.expect("opened");
    assert_eq!(verdict(&world, &opened).await, "unknown");

    let bench = DishonestBench { lie: Some(Lie::TellsNobodyOfDeletions) };
    let (world, root) = over(bench.fresh().await).await;
    let opened = open(&world, wish(root.id, "a", 0)).await.expect("opened");
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    let deleted = world.engine.delete_account(world.sandbox(), opened.account.id, context).await;
    assert_eq!(deleted.expect("deleted").state, AccountState::Deleted);
    assert_eq!(verdict(&world, &opened).await, "granted");
}

//! A narrowing of an account holds for all its keys, and for those of the accounts below it, in
//! every verification that is sent after its answer.

use std::sync::Arc;

use domain::account::{Account, UserAgentRule};
use domain::ip_list::IpList;
use engine::create_account::AccountWish;
use engine::outcome::AccountChange;
use engine::verify::{Verdict, VerifyRequest};
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{HeldKey, World, name};

/// A root account and one below it, each with a key that works.
struct Family {
    world: World,
    root: Account,
    keys: [HeldKey; 2],
}

impl Family {
    async fn over(store: Arc<dyn Store>) -> Self {
        let world = World::over(store).await;
        let sandbox = world.sandbox();
        let root = world.account(sandbox, AccountWish::Root).await;
        let below = world.account(sandbox, AccountWish::Subaccount(root.id)).await;
        let keys = [
            world.key(sandbox, World::wish(root.id)).await,
            world.key(sandbox, World::wish(below.id)).await,
        ];
        for key in &keys {
            assert_eq!(world.verify(sandbox, &key.text).await, "granted");
        }
        Self { world, root, keys }
    }

    async fn new() -> Self {
        Self::over(Arc::new(ModelStore::default())).await
    }

    async fn update(&self, change: AccountChange) {
        let mut chance = self.world.chance();
        let context = self.world.context(&mut chance);
        let (engine, sandbox) = (&self.world.engine, self.world.sandbox());
        engine.update_account(sandbox, self.root.id, change, context).await.expect("updated");
    }

    /// The verdicts on both keys, sent from this address.
    async fn from(&self, address: &str) -> [String; 2] {
        let from = |key| verify(&self.world, key, Some(address), true);
        [from(&self.keys[0]).await, from(&self.keys[1]).await]
    }

    /// The verdicts on both keys, sent by a program that says its name or does not.
    async fn by_program(&self, named: bool) -> [String; 2] {
        let by = |key| verify(&self.world, key, None, named);
        [by(&self.keys[0]).await, by(&self.keys[1]).await]
    }
}

async fn verify(world: &World, key: &HeldKey, client: Option<&str>, named: bool) -> String {
    let place = world.sandbox();
    let request = VerifyRequest {
        client: client.map(|client| client.parse().expect("an address")),
        names_its_program: named,
        ..world.request(place, &key.text)
    };
    match world.engine.verify(place, &request).await {
        Verdict::Granted(_) => "granted".to_owned(),
        Verdict::Refused(refusal) => refusal.name().to_owned(),
    }
}

fn only(entry: &str) -> AccountChange {
    AccountChange { ip_list: IpList::parse([entry]).ok(), ..AccountChange::default() }
}

fn program(rule: UserAgentRule) -> AccountChange {
    AccountChange { user_agent: Some(rule), ..AccountChange::default() }
}

#[tokio::test]
async fn an_address_list_of_an_account_holds_from_the_answer_on() {
    let family = Family::new().await;
    family.update(only("203.0.113.0/24")).await;
    assert_eq!(family.from("203.0.113.9").await, ["granted", "granted"]);
    assert_eq!(family.from("198.51.100.1").await, ["ip_not_allowed", "ip_not_allowed"]);
    family.update(only("198.51.100.1")).await;
    assert_eq!(family.from("203.0.113.9").await, ["ip_not_allowed", "ip_not_allowed"]);
}

#[tokio::test]
async fn an_address_list_of_an_account_that_was_taken_away_holds_no_more() {
    let family = Family::new().await;
    family.update(only("203.0.113.0/24")).await;
    family.update(AccountChange { ip_list: Some(IpList::Any), ..AccountChange::default() }).await;
    assert_eq!(family.from("198.51.100.1").await, ["granted", "granted"]);
}

#[tokio::test]
async fn a_rule_that_programs_say_their_name_holds_from_the_answer_on() {
    let family = Family::new().await;
    family.update(program(UserAgentRule::Required)).await;
    assert_eq!(family.by_program(true).await, ["granted", "granted"]);
    assert_eq!(family.by_program(false).await, ["user_agent_missing", "user_agent_missing"]);
    family.update(program(UserAgentRule::Optional)).await;
    assert_eq!(family.by_program(false).await, ["granted", "granted"]);
}

#[tokio::test]
async fn an_update_of_one_field_leaves_the_other_narrowings_in_force() {
    let family = Family::new().await;
    family.update(only("203.0.113.0/24")).await;
    family.update(program(UserAgentRule::Required)).await;
    family.update(AccountChange { name: Some(name("renamed")), ..Default::default() }).await;
    assert_eq!(family.from("198.51.100.1").await, ["ip_not_allowed", "ip_not_allowed"]);
    family.update(AccountChange { ip_list: Some(IpList::Any), ..Default::default() }).await;
    assert_eq!(family.by_program(false).await, ["user_agent_missing", "user_agent_missing"]);
}

#[tokio::test]
async fn a_narrowing_of_an_account_outlives_a_restart() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let family = Family::over(Arc::clone(&store)).await;
    family.update(only("203.0.113.0/24")).await;
    let Family { world, root, keys } = family;
    world.stop().await;
    let family = Family { world: World::over(store).await, root, keys };
    assert_eq!(family.from("198.51.100.1").await, ["ip_not_allowed", "ip_not_allowed"]);
}

#[tokio::test]
async fn a_store_that_tells_nobody_of_account_updates_would_be_caught() {
    let lie = Some(Lie::TellsNobodyOfAccountUpdates);
    let family = Family::over(DishonestBench { lie }.fresh().await).await;
    family.update(only("203.0.113.0/24")).await;
    // The tests above demand "ip_not_allowed" here; over this store they would fail.
    assert_eq!(family.from("198.51.100.1").await, ["granted", "granted"]);
}

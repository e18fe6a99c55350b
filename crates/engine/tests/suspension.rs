//! A suspended account stops every key of its tree, in every verification that is sent after the
//! answer, and a resumed one has them back as they were.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use domain::account::{Account, AccountState};
use domain::ids::AccountId;
use domain::refusal::{Refusal, SwitchedOff};
use engine::create_account::AccountWish;
use engine::place::PlaceRef;
use engine::verify::{ProjectName, Verdict, VerifyRequest};
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{HeldKey, World};

async fn suspend(world: &World, place: &PlaceRef, id: AccountId) -> Account {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.suspend_account(place, id, context).await.expect("suspended")
}

async fn resume(world: &World, place: &PlaceRef, id: AccountId) -> Account {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.resume_account(place, id, context).await.expect("resumed")
}

/// A root account and one below it, with a key each, and another account with one.
struct Tree {
    world: World,
    root: Account,
    below: Account,
    keys: [HeldKey; 2],
    other: HeldKey,
}

impl Tree {
    async fn over(store: Arc<dyn Store>) -> Self {
        let world = World::over(store).await;
        let sandbox = world.sandbox();
        let root = world.account(sandbox, AccountWish::Root).await;
        let below = world.account(sandbox, AccountWish::Subaccount(root.id)).await;
        let stranger = world.account(sandbox, AccountWish::Root).await;
        let keys = [
            world.key(sandbox, World::wish(root.id)).await,
            world.key(sandbox, World::wish(below.id)).await,
        ];
        let other = world.key(sandbox, World::wish(stranger.id)).await;
        Self { world, root, below, keys, other }
    }

    async fn new() -> Self {
        Self::over(Arc::new(ModelStore::default())).await
    }

    /// What the keys of the root account, of the one below and of the other are answered.
    async fn verdicts(&self) -> [String; 3] {
        let verify = |key: &HeldKey| {
            let text = key.text.clone();
            async move { self.world.verify(self.world.sandbox(), &text).await }
        };
        [verify(&self.keys[0]).await, verify(&self.keys[1]).await, verify(&self.other).await]
    }

    async fn disable(&self, key: &HeldKey) {
        let mut chance = self.world.chance();
        let context = self.world.context(&mut chance);
        let (engine, sandbox) = (&self.world.engine, self.world.sandbox());
        engine.disable_key(sandbox, key.key.id, context).await.expect("disabled");
    }
}

/// The refusal that this key gets, with its cause.
async fn refusal(world: &World, place: &PlaceRef, text: &str, project: Option<&str>) -> Refusal {
    let request = VerifyRequest {
        path: "/v1/mails",
        project: project.map_or(ProjectName::Absent, ProjectName::Named),
        ..world.request(place, text)
    };
    match world.engine.verify(place, &request).await {
        Verdict::Granted(permit) => panic!("granted: {permit:?}"),
        Verdict::Refused(refusal) => refusal,
    }
}

const STOPPED: [&str; 3] = ["disabled", "disabled", "granted"];
const WORKING: [&str; 3] = ["granted", "granted", "granted"];

#[tokio::test]
async fn every_key_of_a_suspended_tree_is_refused_from_the_answer_on() {
    let tree = Tree::new().await;
    let sandbox = tree.world.sandbox();
    for _ in 0..2 {
        assert_eq!(
            suspend(&tree.world, sandbox, tree.root.id).await.state,
            AccountState::Suspended
        );
        assert_eq!(tree.verdicts().await, STOPPED);
    }
    for _ in 0..2 {
        assert_eq!(resume(&tree.world, sandbox, tree.root.id).await.state, AccountState::Active);
        assert_eq!(tree.verdicts().await, WORKING);
    }
}

#[tokio::test]
async fn a_suspended_account_below_another_stops_its_own_keys_alone() {
    let tree = Tree::new().await;
    suspend(&tree.world, tree.world.sandbox(), tree.below.id).await;
    assert_eq!(tree.verdicts().await, ["granted", "disabled", "granted"]);
}

#[tokio::test]
async fn a_key_that_was_switched_off_stays_off_when_its_account_is_resumed() {
    let tree = Tree::new().await;
    let sandbox = tree.world.sandbox();
    tree.disable(&tree.keys[0]).await;
    suspend(&tree.world, sandbox, tree.root.id).await;
    tree.disable(&tree.keys[1]).await;
    let text = &tree.keys[0].text;
    let whole = Refusal::Disabled(SwitchedOff::Account);
    assert_eq!(refusal(&tree.world, sandbox, text, None).await, whole, "the account comes first");
    resume(&tree.world, sandbox, tree.root.id).await;
    assert_eq!(tree.verdicts().await, STOPPED);
}

#[tokio::test]
async fn a_suspension_is_told_only_to_who_holds_the_whole_key() {
    let tree = Tree::new().await;
    let sandbox = tree.world.sandbox();
    suspend(&tree.world, sandbox, tree.root.id).await;
    // The public id of a key of the account, with the secret of another.
    let (known, other) = (&tree.keys[0].text, &tree.other.text);
    let at = known.len() - 38;
    let letters = format!("{}{}", &known[..at], &other[at..other.len() - 6]);
    let mixed = format!("{letters}{}", check_of(&letters));
    assert_eq!(tree.world.verify(sandbox, &mixed).await, "unknown");
}

/// The checksum of a key's text, as its format says: CRC-32 in six letters of base62.
fn check_of(covered: &str) -> String {
    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let (mut number, mut text) = (crc32fast::hash(covered.as_bytes()) as usize, Vec::new());
    for _ in 0..6 {
        text.push(letters[number % 62]);
        number /= 62;
    }
    text.reverse();
    String::from_utf8(text).expect("letters")
}

#[tokio::test]
async fn a_suspension_outlives_a_restart() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let tree = Tree::over(Arc::clone(&store)).await;
    suspend(&tree.world, tree.world.sandbox(), tree.root.id).await;
    let Tree { world, root, below, keys, other } = tree;
    world.stop().await;
    let tree = Tree { world: World::over(store).await, root, below, keys, other };
    assert_eq!(tree.verdicts().await, STOPPED);
}

#[tokio::test]
async fn keys_of_a_suspended_account_can_be_made_and_are_refused_until_it_is_resumed() {
    let tree = Tree::new().await;
    let sandbox = tree.world.sandbox();
    suspend(&tree.world, sandbox, tree.root.id).await;
    let key = tree.world.key(sandbox, World::wish(tree.below.id)).await;
    assert_eq!(tree.world.verify(sandbox, &key.text).await, "disabled");
    resume(&tree.world, sandbox, tree.root.id).await;
    assert_eq!(tree.world.verify(sandbox, &key.text).await, "granted");
}

#[tokio::test]
async fn a_project_is_stopped_with_its_account_and_alone_for_keys_of_the_account_too() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let mail = world.place("mail", "production");
    let root = world.account(mail, AccountWish::Root).await;
    let project = world.account(mail, AccountWish::Project(root.id)).await;
    let whole = world.key(mail, World::wish(root.id)).await;
    let own = world.key(mail, World::wish(project.id)).await;
    let name = project.id.to_string();
    let stopped = Refusal::Disabled(SwitchedOff::Account);

    suspend(&world, mail, root.id).await;
    assert_eq!(refusal(&world, mail, &own.text, None).await, stopped);
    assert_eq!(refusal(&world, mail, &whole.text, Some(&name)).await, stopped);
    resume(&world, mail, root.id).await;
    suspend(&world, mail, project.id).await;
    assert_eq!(refusal(&world, mail, &own.text, None).await, stopped);
    let named = refusal(&world, mail, &whole.text, Some(&name)).await;
    assert_eq!(named.name(), "project_mismatch");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_who_suspend_and_resume_at_once_leave_what_is_stored() {
    let tree = Arc::new(Tree::new().await);
    let callers = (0..16).map(|caller| {
        let tree = Arc::clone(&tree);
        tokio::spawn(async move {
            let sandbox = tree.world.sandbox();
            if caller % 2 == 0 {
                suspend(&tree.world, sandbox, tree.root.id).await;
            } else {
                resume(&tree.world, sandbox, tree.root.id).await;
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("no caller fails");
    }
    let stored = tree.world.engine.get_account(tree.world.sandbox(), tree.root.id).await;
    let expected = match stored.expect("found").expect("there").state {
        AccountState::Active => WORKING,
        AccountState::Suspended | AccountState::Deleted => STOPPED,
    };
    assert_eq!(tree.verdicts().await, expected);
}

#[tokio::test]
async fn a_store_that_tells_nobody_of_suspensions_would_be_caught() {
    let lie = Some(Lie::TellsNobodyOfAccountUpdates);
    let tree = Tree::over(DishonestBench { lie }.fresh().await).await;
    suspend(&tree.world, tree.world.sandbox(), tree.root.id).await;
    // The tests above demand `STOPPED` here; over this store they would fail.
    assert_eq!(tree.verdicts().await, WORKING);
}

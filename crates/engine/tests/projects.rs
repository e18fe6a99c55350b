//! The end of a project is the end of all its keys, from the answer on and for ever; and an account
//! has no more projects than its realm allows.

use std::sync::Arc;

use domain::account::{Account, Branding};
use domain::ids::AccountId;
use domain::key::KeyState;
use domain::refusal::{ProjectFault, Refusal};
use engine::create_account::{AccountWish, NewAccount, NewAccountRejection};
use engine::create_key::NewKeyRejection;
use engine::delete_account::DeletionRejection;
use engine::outcome::{AccountChange, Failure, FaultKind, UpdateAccountRejection};
use engine::place::PlaceRef;
use engine::verify::{ProjectName, Verdict, VerifyRequest};
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::{HeldKey, World, name};
use tokio::task::JoinSet;

/// How many projects the realm of these tests allows an account.
const PROJECTS_MAX: u32 = 3;

/// A root account with a key that reaches its projects, and a project with two keys of its own.
struct Family {
    world: World,
    root: Account,
    reaching: HeldKey,
    project: Account,
    keys: [HeldKey; 2],
}

fn mail(world: &World) -> &PlaceRef {
    world.place("mail", "production")
}

impl Family {
    async fn over(store: Arc<dyn Store>) -> Self {
        let world = World::over(store).await;
        let mail = mail(&world);
        let root = world.account(mail, AccountWish::Root).await;
        let project = world.account(mail, AccountWish::Project(root.id)).await;
        let reaching = world.key(mail, World::wish(root.id)).await;
        let keys = [
            world.key(mail, World::wish(project.id)).await,
            world.key(mail, World::wish(project.id)).await,
        ];
        let family = Self { world, root, reaching, project, keys };
        assert_eq!(family.verdicts().await, ["granted", "granted", "granted"]);
        family
    }

    async fn new() -> Self {
        Self::over(Arc::new(ModelStore::default())).await
    }

    async fn delete(&self) -> Result<Account, Failure<DeletionRejection>> {
        delete(&self.world, self.project.id).await
    }

    /// The same family after its server was stopped and started on the same store.
    async fn restarted(self, store: Arc<dyn Store>) -> Self {
        self.world.stop().await;
        Self { world: World::over(store).await, ..self }
    }

    /// The verdicts on the project's keys, and on the account's key naming the project.
    async fn verdicts(&self) -> [String; 3] {
        [
            verify(&self.world, &self.keys[0].text, None).await,
            verify(&self.world, &self.keys[1].text, None).await,
            verify(&self.world, &self.reaching.text, Some(self.project.id)).await,
        ]
    }
}

const OVER: [&str; 3] = ["deleted", "deleted", "not owned"];

async fn delete(world: &World, project: AccountId) -> Result<Account, Failure<DeletionRejection>> {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.delete_account(mail(world), project, context).await
}

async fn verify(world: &World, text: &str, project: Option<AccountId>) -> String {
    let place = mail(world);
    let project = project.map(|project| project.to_string());
    let request = VerifyRequest {
        path: "/v1/emails",
        project: project.as_deref().map_or(ProjectName::Absent, ProjectName::Named),
        ..world.request(place, text)
    };
    match world.engine.verify(place, &request).await {
        Verdict::Granted(_) => "granted".to_owned(),
        Verdict::Refused(Refusal::ProjectMismatch(ProjectFault::NotOwned)) => {
            "not owned".to_owned()
        }
        Verdict::Refused(refusal) => refusal.name().to_owned(),
    }
}

async fn try_project(
    world: &World,
    root: AccountId,
) -> Result<Account, Failure<NewAccountRejection>> {
    let wish = NewAccount {
        wish: AccountWish::Project(root),
        name: name("project"),
        ip_list: domain::ip_list::IpList::Any,
        user_agent: None,
        branding: Branding::Ours,
        contacts: domain::contacts::Contacts::none(),
        language: domain::language::LanguageRule::OfRealm,
        details: None,
    };
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.create_account(mail(world), wish, context).await
}

#[tokio::test]
async fn every_key_of_a_deleted_project_is_refused_from_the_answer_on() {
    let family = Family::new().await;
    family.delete().await.expect("deleted");
    assert_eq!(family.verdicts().await, OVER);
}

#[tokio::test]
async fn a_deleted_project_stays_deleted_when_the_server_starts_again() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    let family = Family::over(Arc::clone(&store)).await;
    family.delete().await.expect("deleted");
    let family = family.restarted(store).await;
    assert_eq!(family.verdicts().await, OVER);
}

#[tokio::test]
async fn deleting_a_project_leaves_its_account_and_the_other_projects_working() {
    let family = Family::new().await;
    let world = &family.world;
    let other = world.account(mail(world), AccountWish::Project(family.root.id)).await;
    let key = world.key(mail(world), World::wish(other.id)).await;
    family.delete().await.expect("deleted");
    assert_eq!(verify(world, &key.text, None).await, "granted");
    assert_eq!(verify(world, &family.reaching.text, Some(other.id)).await, "granted");
}

#[tokio::test]
async fn nothing_is_done_to_a_deleted_project_any_more() {
    let family = Family::new().await;
    family.delete().await.expect("deleted");
    let again = family.delete().await;
    assert!(matches!(again, Err(Failure::Rejected(DeletionRejection::NoSuchAccount))), "{again:?}");
    let (world, mut chance) = (&family.world, family.world.chance());
    let (engine, mail) = (&world.engine, mail(world));
    let wish = World::wish(family.project.id);
    let key = engine.create_key(mail, wish, world.context(&mut chance)).await;
    assert!(matches!(key, Err(Failure::Rejected(NewKeyRejection::NoSuchAccount))), "{key:?}");
    let change = AccountChange { name: Some(name("renamed")), ..AccountChange::default() };
    let context = world.context(&mut chance);
    let update = engine.update_account(mail, family.project.id, change, context).await;
    let absent = UpdateAccountRejection::NoSuchAccount;
    assert!(matches!(update, Err(Failure::Rejected(found)) if found == absent), "{update:?}");
    let shown = engine.get_account(mail, family.project.id).await.expect("an answer");
    assert_eq!(shown, None);
}

#[tokio::test]
async fn a_root_account_is_not_deleted() {
    let family = Family::new().await;
    let root = delete(&family.world, family.root.id).await;
    assert!(matches!(root, Err(Failure::Rejected(DeletionRejection::IsRoot))), "{root:?}");
    assert_eq!(family.verdicts().await, ["granted", "granted", "granted"]);
}

#[tokio::test]
async fn a_project_with_several_pages_of_keys_is_deleted_with_all_of_them() {
    let family = Family::new().await;
    let (world, mut chance) = (&family.world, family.world.chance());
    let mut texts = Vec::new();
    // Keys past their date leave room for more. Some were deleted before; the rest fills two pages.
    for round in 0..150 {
        let mut wish = World::wish(family.project.id);
        wish.expires_at = Some(world.clock.now().plus_millis(1));
        let key = world.key(mail(world), wish).await;
        world.clock.advance_ms(1);
        if round % 10 == 0 {
            let context = world.context(&mut chance);
            world.engine.delete_key(mail(world), key.key.id, context).await.expect("deleted");
        }
        texts.push(key.text);
    }
    family.delete().await.expect("deleted");
    for text in &texts {
        assert_eq!(verify(world, text, None).await, "deleted");
    }
    assert_eq!(family.verdicts().await, OVER);
}

/// Makes keys of a project until it is gone or full; returns those that were made.
async fn make_keys(world: Arc<World>, project: AccountId) -> Vec<HeldKey> {
    let mut made = Vec::new();
    loop {
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        match world.engine.create_key(mail(&world), World::wish(project), context).await {
            Ok(issued) => {
                let text = issued.text.expose().to_owned();
                made.push(HeldKey { key: issued.key, text });
            }
            Err(failure) => {
                use NewKeyRejection::{LimitReached, NoSuchAccount};
                let over =
                    matches!(failure, Failure::Rejected(NoSuchAccount | LimitReached { .. }));
                assert!(over, "{failure:?}");
                return made;
            }
        }
        tokio::task::yield_now().await;
    }
}

/// Deletes a project while eight others make keys of it; returns the world and those keys.
async fn race(store: Arc<dyn Store>) -> (World, Vec<HeldKey>) {
    let Family { world, project, keys, .. } = Family::over(store).await;
    let world = Arc::new(world);
    let mut makers = JoinSet::new();
    for _ in 0..8 {
        makers.spawn(make_keys(Arc::clone(&world), project.id));
    }
    loop {
        tokio::task::yield_now().await;
        match delete(&world, project.id).await {
            Ok(_) => break,
            // The keys changed all the time. They are limited, so this comes to an end.
            Err(failure) => {
                let Failure::Fault(fault) = failure else { unreachable!("it is there") };
                assert_eq!(fault.kind, FaultKind::Unavailable, "{fault}");
            }
        }
    }
    let made = makers.join_all().await;
    let world = Arc::into_inner(world).expect("all the makers are done");
    (world, made.into_iter().flatten().chain(keys).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_that_are_made_while_their_project_is_deleted_end_with_it() {
    for _ in 0..20 {
        let store: Arc<dyn Store> = Arc::new(ModelStore::default());
        let (world, keys) = race(Arc::clone(&store)).await;
        for key in keys {
            assert_eq!(verify(&world, &key.text, None).await, "deleted");
            let row = store.find_key(key.key.place, key.key.id).await.expect("an answer");
            assert_eq!(row.map(|row| row.state), Some(KeyState::Deleted));
        }
    }
}

#[tokio::test]
async fn an_account_has_no_more_projects_than_its_realm_allows() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let root = world.account(mail(&world), AccountWish::Root).await.id;
    for _ in 0..PROJECTS_MAX {
        try_project(&world, root).await.expect("a project");
    }
    let outcome = try_project(&world, root).await;
    let full = NewAccountRejection::LimitReached { limit: PROJECTS_MAX };
    assert!(matches!(outcome, Err(Failure::Rejected(found)) if found == full), "{outcome:?}");
}

#[tokio::test]
async fn a_deleted_project_leaves_room_for_another() {
    let family = Family::new().await;
    for _ in 1..PROJECTS_MAX {
        try_project(&family.world, family.root.id).await.expect("a project");
    }
    family.delete().await.expect("deleted");
    try_project(&family.world, family.root.id).await.expect("a project in its place");
    assert!(try_project(&family.world, family.root.id).await.is_err());
}

#[tokio::test]
async fn a_store_that_tells_nobody_of_deletions_would_be_caught() {
    let lie = Some(Lie::TellsNobodyOfDeletions);
    let family = Family::over(DishonestBench { lie }.fresh().await).await;
    family.delete().await.expect("deleted");
    // The tests above demand that all three are refused; over this store they would fail.
    assert_eq!(family.verdicts().await, ["granted", "granted", "granted"]);
}

#[tokio::test]
async fn a_store_that_loads_deleted_projects_as_active_would_be_caught() {
    let store = DishonestBench { lie: Some(Lie::LoadsDeletedProjectsAsActive) }.fresh().await;
    let family = Family::over(Arc::clone(&store)).await;
    family.delete().await.expect("deleted");
    let family = family.restarted(store).await;
    // Its keys are refused all the same, because each is loaded as deleted by itself.
    assert_eq!(family.verdicts().await, ["deleted", "deleted", "granted"]);
}

#[tokio::test]
async fn a_store_that_does_not_count_projects_would_be_caught() {
    let lie = Some(Lie::IgnoresTheLimitOfProjects);
    let world = World::over(DishonestBench { lie }.fresh().await).await;
    let root = world.account(mail(&world), AccountWish::Root).await.id;
    for _ in 0..=PROJECTS_MAX {
        try_project(&world, root).await.expect("a project");
    }
}

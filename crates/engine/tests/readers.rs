//! Who is written to about an account, and in which language.

use std::sync::Arc;

use domain::account::{Account, Branding};
use domain::contacts::Contacts;
use domain::ids::AccountId;
use domain::language::{Language, LanguageRule};
use domain::mail::MailAddress;
use domain::name::DisplayName;
use engine::create_account::AccountWish;
use engine::open_subaccount::NewSubaccount;
use engine::outcome::AccountChange;
use engine::place::PlaceRef;
use engine::readers::Readers;
use store::model::ModelStore;
use testkit::world::World;

const PORTUGUESE: LanguageRule = LanguageRule::Own(Language::Portuguese);

fn mails(texts: &[&str]) -> Vec<MailAddress> {
    texts.iter().map(|text| MailAddress::parse(text).expect("an address")).collect()
}

fn contacts(texts: &[&str]) -> AccountChange {
    let contacts = Contacts::new(mails(texts)).expect("few");
    AccountChange { contacts: Some(contacts), ..AccountChange::default() }
}

fn language(rule: LanguageRule) -> AccountChange {
    AccountChange { language: Some(rule), ..AccountChange::default() }
}

async fn change(world: &World, place: &PlaceRef, id: AccountId, change: AccountChange) {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.update_account(place, id, change, context).await.expect("changed");
}

async fn check(
    world: &World,
    place: &PlaceRef,
    id: AccountId,
    expected: Option<(&[&str], Language)>,
) {
    let expected = expected.map(|(texts, language)| Readers { addresses: mails(texts), language });
    assert_eq!(world.engine.readers(place, id).await.expect("an answer"), expected);
}

/// A sub-account that was opened with an address of its own.
async fn opened(world: &World) -> Account {
    let sandbox = world.sandbox();
    let root = world.account(sandbox, AccountWish::Root).await;
    let name = |text| DisplayName::parse(text).expect("a name");
    let wish = NewSubaccount {
        parent: root.id,
        name: name("shop"),
        branding: Branding::Ours,
        mail: mails(&["shop@example.com"]).pop(),
        labels: Vec::new(),
        details: None,
        key_name: name("first"),
        permissions: None,
        webhooks: Vec::new(),
    };
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.open_subaccount(sandbox, wish, context).await.expect("opened").account
}

#[tokio::test]
async fn an_account_without_contacts_is_written_to_where_it_was_opened() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let (sandbox, shop) = (world.sandbox(), opened(&world).await.id);
    check(&world, sandbox, shop, Some((&["shop@example.com"], Language::English))).await;
    change(&world, sandbox, shop, contacts(&["b@b.co", "a@b.co"])).await;
    check(&world, sandbox, shop, Some((&["b@b.co", "a@b.co"], Language::English))).await;
    change(&world, sandbox, shop, contacts(&[])).await;
    change(&world, sandbox, shop, language(PORTUGUESE)).await;
    let expected = (&["shop@example.com"][..], Language::Portuguese);
    check(&world, sandbox, shop, Some(expected)).await;
}

#[tokio::test]
async fn nobody_is_written_to_under_the_name_of_another_nor_about_what_is_over() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let (sandbox, shop) = (world.sandbox(), opened(&world).await.id);
    change(&world, sandbox, shop, contacts(&["a@b.co"])).await;
    let branding =
        |branding| AccountChange { branding: Some(branding), ..AccountChange::default() };
    change(&world, sandbox, shop, branding(Branding::WhiteLabel)).await;
    check(&world, sandbox, shop, None).await;
    change(&world, sandbox, shop, branding(Branding::Ours)).await;
    check(&world, sandbox, shop, Some((&["a@b.co"], Language::English))).await;
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.delete_account(sandbox, shop, context).await.expect("deleted");
    check(&world, sandbox, shop, None).await;
    let root = world.account(sandbox, AccountWish::Root).await;
    check(&world, sandbox, root.id, None).await;
}

#[tokio::test]
async fn a_project_that_names_nobody_is_the_affair_of_its_account() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let place = world.place("mail", "production");
    let root = world.account(place, AccountWish::Root).await.id;
    let project = world.account(place, AccountWish::Project(root)).await.id;
    check(&world, place, project, None).await;
    change(&world, place, root, contacts(&["ana@b.co"])).await;
    change(&world, place, root, language(PORTUGUESE)).await;
    check(&world, place, project, Some((&["ana@b.co"], Language::Portuguese))).await;
    change(&world, place, project, language(LanguageRule::Own(Language::English))).await;
    check(&world, place, project, Some((&["ana@b.co"], Language::English))).await;
    change(&world, place, project, contacts(&["rui@b.co"])).await;
    check(&world, place, project, Some((&["rui@b.co"], Language::English))).await;
}

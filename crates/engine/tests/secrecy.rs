//! Without the right secret nothing is told about a key.

use std::sync::Arc;

use domain::key_text::PresentedKey;
use domain::operator::OperatorRole;
use engine::create_account::AccountWish;
use engine::operator_access::NotAnOperator;
use store::model::ModelStore;
use testkit::forge::with_other_secret;
use testkit::world::{World, name};

#[tokio::test]
async fn a_wrong_secret_is_unknown_whatever_the_state_of_the_key() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let sandbox = world.sandbox();
    let account = world.account(sandbox, AccountWish::Root).await;
    let key = world.key(sandbox, World::wish(account.id)).await;
    let forged = with_other_secret(&key.text, "pay_test_".len());
    assert!(PresentedKey::parse(forged.as_bytes(), &sandbox.realm().prefixes).is_ok());
    assert_eq!(world.verify(sandbox, &forged).await, "unknown");
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.disable_key(sandbox, key.key.id, context).await.expect("disabled");
    assert_eq!(world.verify(sandbox, &forged).await, "unknown");
    let context = world.context(&mut chance);
    world.engine.delete_key(sandbox, key.key.id, context).await.expect("deleted");
    assert_eq!(world.verify(sandbox, &forged).await, "unknown");
}

#[tokio::test]
async fn a_key_of_the_other_environment_is_refused_by_its_shape() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let production = world.place("payments", "production");
    let account = world.account(production, AccountWish::Root).await;
    let key = world.key(production, World::wish(account.id)).await;
    assert_eq!(world.verify(production, &key.text).await, "granted");
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "wrong_environment");
}

#[tokio::test]
async fn an_operator_key_opens_no_realm_and_a_realms_key_no_control_plane() {
    let world = World::over(Arc::new(ModelStore::default())).await;
    let sandbox = world.sandbox();
    let account = world.account(sandbox, AccountWish::Root).await;
    let key = world.key(sandbox, World::wish(account.id)).await;
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    let operator =
        world.engine.create_operator_key(OperatorRole::Admin, name("first"), context).await;
    let operator = operator.expect("an operator key");
    let text = operator.text.expose();
    assert_eq!(world.verify(sandbox, text).await, "malformed");
    assert!(matches!(world.engine.operator(key.text.as_bytes()), Err(NotAnOperator::Malformed(_))));
    assert_eq!(world.engine.operator(text.as_bytes()).map(|who| who.role), Ok(OperatorRole::Admin));
    let forged = with_other_secret(text, "chv_admin_".len());
    assert_eq!(world.engine.operator(forged.as_bytes()), Err(NotAnOperator::Unknown));
}

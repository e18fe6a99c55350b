//! What is asked again under one idempotency key is done once, and of a key's texts the last one
//! that was answered works.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use domain::account::Account;
use domain::idempotence::{Idempotence, IdempotencyKey, KEPT_MS};
use domain::ids::{KeyId, OperatorKeyId};
use domain::key_filter::KeyFilter;
use domain::secret::{Overlap, OverlapStart};
use domain::time::Timestamp;
use engine::change_keys::{KeyChoice, ManyKeys, ManyKeysAction, ManyKeysRejection};
use engine::create_account::AccountWish;
use engine::create_key::{IssuedKey, NewKeyRejection};
use engine::list_keys::KeySearch;
use engine::outcome::{Failure, Outcome, Position};
use engine::rotate_key::{Rotation, RotationRejection};
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{DishonestBench, Lie};
use testkit::world::World;

/// What is kept of a request with this idempotency key, of which this says which it is.
fn once(key: &str, request: &str, now: Timestamp) -> Idempotence {
    let key = IdempotencyKey::read(OperatorKeyId::from_u128(1), key.as_bytes()).expect("fits");
    key.for_request("POST", "/keys", request.as_bytes(), now)
}

fn rejection_of<T, R>(outcome: Outcome<T, R>) -> Result<T, R> {
    outcome.map_err(|failure| match failure {
        Failure::Rejected(why) => why,
        Failure::Fault(fault) => panic!("{fault}"),
    })
}

struct Desk {
    world: World,
    owner: Account,
}

impl Desk {
    async fn over(store: Arc<dyn Store>) -> Self {
        let world = World::over(store).await;
        let owner = world.account(world.sandbox(), AccountWish::Root).await;
        Self { world, owner }
    }

    async fn new() -> Self {
        Self::over(Arc::new(ModelStore::default())).await
    }

    /// Asks for a key with this idempotency key and body.
    async fn ask(&self, key: &str, body: &str) -> Result<IssuedKey, NewKeyRejection> {
        let mut chance = self.world.chance();
        let mut context = self.world.context(&mut chance);
        context.once = Some(once(key, body, context.now));
        let (engine, sandbox) = (&self.world.engine, self.world.sandbox());
        rejection_of(engine.create_key(sandbox, World::wish(self.owner.id), context).await)
    }

    /// Asks for a new secret of this key with this idempotency key.
    async fn rotate(&self, id: KeyId, key: &str) -> Result<IssuedKey, RotationRejection> {
        let mut chance = self.world.chance();
        let mut context = self.world.context(&mut chance);
        context.once = Some(once(key, "/rotate", context.now));
        let (overlap, start) = (Overlap::USUAL, OverlapStart::AtFirstUse);
        let rotation = Rotation { overlap, start, holder: None };
        let (engine, sandbox) = (&self.world.engine, self.world.sandbox());
        rejection_of(engine.rotate_key(sandbox, id, rotation, context).await)
    }

    /// Does this to all keys with this idempotency key; how many changed, and how many were met.
    async fn change_all(
        &self,
        action: ManyKeysAction,
        key: &str,
    ) -> Result<(usize, u32), ManyKeysRejection> {
        let mut chance = self.world.chance();
        let mut context = self.world.context(&mut chance);
        context.once = Some(once(key, &format!("/{action:?}"), context.now));
        let (filter, after) = (KeyFilter::everything(), Position::START);
        let choice = KeyChoice::Found { filter, limit: 2, after };
        let wish = ManyKeys { owner: None, choice, action };
        let (engine, sandbox) = (&self.world.engine, self.world.sandbox());
        let done = rejection_of(engine.change_keys(sandbox, wish, context).await)?;
        Ok((done.changed.len(), done.matched))
    }

    async fn made(&self, key: &str, body: &str) -> IssuedKey {
        self.ask(key, body).await.expect("a key")
    }

    async fn verify(&self, issued: &IssuedKey) -> String {
        self.world.verify(self.world.sandbox(), issued.text.expose()).await
    }

    async fn keys(&self) -> usize {
        let (engine, sandbox) = (&self.world.engine, self.world.sandbox());
        let search = KeySearch {
            owner: None,
            filter: KeyFilter::everything(),
            now: self.world.clock.now(),
            after: Position::START,
            limit: 100,
        };
        engine.list_keys(sandbox, search).await.expect("a page").items.len()
    }
}

#[tokio::test]
async fn of_a_key_that_is_asked_for_again_the_last_text_works_and_no_older() {
    let desk = Desk::new().await;
    let mut texts = vec![desk.made("a", "{}").await];
    for _ in 0..3 {
        let again = desk.made("a", "{}").await;
        assert_eq!(again.key.id, texts[0].key.id);
        for older in &texts {
            assert_eq!(desk.verify(older).await, "unknown");
        }
        texts.push(again);
    }
    assert_eq!(desk.verify(texts.last().expect("a text")).await, "granted");
    assert_eq!(desk.keys().await, 1);
}

#[tokio::test]
async fn a_key_that_was_used_gets_no_other_text() {
    let desk = Desk::new().await;
    let issued = desk.made("a", "{}").await;
    assert_eq!(desk.verify(&issued).await, "granted");
    let made = issued.key.id;
    assert_eq!(desk.ask("a", "{}").await.err(), Some(NewKeyRejection::AlreadyMade { made }));
    assert_eq!(desk.verify(&issued).await, "granted");
}

#[tokio::test]
async fn of_a_rotation_that_is_asked_for_again_the_last_text_works_and_the_old_secret_too() {
    let desk = Desk::new().await;
    let old = desk.made("a", "{}").await;
    let mut texts: Vec<IssuedKey> = Vec::new();
    for _ in 0..3 {
        let again = desk.rotate(old.key.id, "b").await.expect("a secret");
        for older in &texts {
            assert_eq!(desk.verify(older).await, "unknown");
        }
        assert_eq!(desk.verify(&old).await, "granted");
        texts.push(again);
    }
    assert_eq!(desk.verify(texts.last().expect("a text")).await, "granted");
    let used = desk.rotate(old.key.id, "b").await.err();
    assert_eq!(used, Some(RotationRejection::AlreadyRotated));
    assert_eq!(desk.verify(texts.last().expect("a text")).await, "granted");
    assert_eq!(desk.verify(&old).await, "granted");
}

#[tokio::test]
async fn a_rotation_that_was_overtaken_by_another_takes_nothing_from_it() {
    let desk = Desk::new().await;
    let old = desk.made("a", "{}").await;
    let first = desk.rotate(old.key.id, "b").await.expect("a secret");
    let second = desk.rotate(old.key.id, "c").await.expect("a secret");
    let late = desk.rotate(old.key.id, "b").await.err();
    assert_eq!(late, Some(RotationRejection::AlreadyRotated));
    assert_eq!(desk.verify(&first).await, "unknown");
    assert_eq!(desk.verify(&second).await, "granted");
}

#[tokio::test]
async fn many_keys_that_are_changed_again_are_changed_once_and_no_others() {
    let desk = Desk::new().await;
    for number in 0..5 {
        desk.made(&number.to_string(), "{}").await;
    }
    // Two of five each time: a step that is not recognized would take the next two.
    for _ in 0..3 {
        assert_eq!(desk.change_all(ManyKeysAction::Delete, "a").await, Ok((2, 2)));
        assert_eq!(desk.keys().await, 3);
    }
    let other = desk.change_all(ManyKeysAction::Disable, "a").await;
    assert_eq!(other, Err(ManyKeysRejection::OtherRequest));
    assert_eq!(desk.change_all(ManyKeysAction::Delete, "b").await, Ok((2, 2)));
    assert_eq!(desk.change_all(ManyKeysAction::Delete, "c").await, Ok((1, 1)));
    // What is asked for again is known also where nothing is left to be found.
    assert_eq!(desk.change_all(ManyKeysAction::Delete, "b").await, Ok((2, 2)));
    assert_eq!(desk.change_all(ManyKeysAction::Delete, "d").await, Ok((0, 0)));
}

#[tokio::test]
async fn another_request_under_the_same_idempotency_key_is_rejected_for_a_day() {
    let desk = Desk::new().await;
    let issued = desk.made("a", "{}").await;
    desk.world.clock.advance_ms(KEPT_MS - 1);
    let other = desk.ask("a", "{ }").await.err();
    assert_eq!(other, Some(NewKeyRejection::OtherRequest));
    desk.world.clock.advance_ms(1);
    let new = desk.made("a", "{ }").await;
    assert_ne!(new.key.id, issued.key.id);
    assert_eq!((desk.verify(&issued).await, desk.keys().await), ("granted".to_owned(), 2));
}

#[tokio::test]
async fn what_was_rejected_may_be_asked_anew_under_its_idempotency_key() {
    let desk = Desk::new().await;
    for number in 0..10 {
        desk.made(&number.to_string(), "{}").await;
    }
    let full = desk.ask("a", "{}").await.err();
    assert_eq!(full, Some(NewKeyRejection::LimitReached { limit: 10 }));
    // A full account does not keep a lost answer from being asked for again.
    desk.made("9", "{}").await;
    let still = desk.ask("a", "other").await.err();
    assert_eq!(still, Some(NewKeyRejection::LimitReached { limit: 10 }));
}

#[tokio::test]
async fn a_store_that_does_not_tell_of_dead_texts_would_be_caught() {
    let lie = Some(Lie::TellsOfAReissueAsAChange);
    let desk = Desk::over(DishonestBench { lie }.fresh().await).await;
    let first = desk.made("a", "{}").await;
    desk.made("a", "{}").await;
    // The first test demands "unknown" here; over this store it would fail.
    assert_eq!(desk.verify(&first).await, "granted");
}

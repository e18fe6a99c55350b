//! Laws of commands that are done once, by the idempotency key that they carry.
//!
//! Must not know what a request looks like: a fingerprint stands for it.

use std::sync::Arc;

use domain::account::{Account, AccountKind};
use domain::idempotence::{Idempotence, KEPT_MS};
use domain::ids::AuditId;
use domain::key::{Key, KeyState};
use domain::key_text::Kid;
use domain::operator::OperatorRole;
use domain::secret::{OverlapStart, Secret};
use domain::webhook::Webhook;
use store::command::{
    AccountChange, CreateAccountRejection, CreateKeyRejection, CreateOperatorKeyRejection,
    CreateWebhookRejection, EraseSecrets, ErasedWhere, KeyUse, ListAccounts,
};
use store::fault::Outcome;
use store::port::{Change, TrailCount};
use tokio::task::JoinSet;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, ensure, refused, rejected, same, same_found, same_key};
use crate::recorder::Recorder;
use crate::scene::{Scene, here, instant, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 9] = [
    law!("an account asked for again is not made, and answered as at first", account_again),
    law!("of callers at once with one idempotency key, one makes something", at_once),
    law!(
        "a key asked for again stays the same key with another text, and the older is dead",
        key_again
    ),
    law!("a key that was used, switched off or deleted gets no other text", key_in_use),
    law!(
        "a webhook asked for again is not made, and answered as at first until it is deleted",
        webhook_again
    ),
    law!("an operator's key asked for again is not made, and named", operator_again),
    law!("an idempotency key of another request is refused, and nothing is written", other_request),
    law!("what was not done keeps no idempotency key", not_done),
    law!("an idempotency key is kept for a day, also over a restart, and no longer", kept),
];

/// One that is asked under this key at this instant.
pub(super) fn once(key: u8, fingerprint: u8, ms: i64) -> Option<Idempotence> {
    Some(Idempotence { key: [key; 32], fingerprint: [fingerprint; 32], at: instant(ms) })
}

async fn made_once(scene: &mut Scene, once: Option<Idempotence>) -> Result<Account, String> {
    let mut command = scene.account(&here(), AccountKind::Root);
    command.once = once;
    // The time of the place runs ahead of that by which somebody asks again.
    command.account.created_at = once.map_or(instant(0), |once| once.at.plus_millis(7));
    scene.store.create_account(command).await.or_said("making an account")
}

async fn accounts(scene: &Scene) -> Result<usize, String> {
    let question = ListAccounts::of(here());
    Ok(scene.store.list_accounts(question).await.or_said("listing accounts")?.items.len())
}

async fn account_again(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let first = made_once(&mut scene, once(1, 1, 0)).await?;
    let change = AccountChange { name: Some(name("renamed")), ..AccountChange::default() };
    let command = scene.update_account(&first, change);
    let renamed = scene.store.update_account(command).await.or_said("renaming")?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    let mut again = made_once(&mut scene, once(1, 1, 900)).await?;
    // What the dialect keeps is made anew for each command of these laws.
    again.details.clone_from(&first.details);
    same("the second answer", &again, &first)?;
    same("the account", &scene.found_account(&first).await?, &Some(renamed))?;
    same("how many there are", &accounts(&scene).await?, &1)?;
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)?;
    made_once(&mut scene, once(2, 1, 900)).await?;
    same("how many there are with another key", &accounts(&scene).await?, &2)
}

async fn at_once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let mut command = scene.account(&here(), AccountKind::Root);
        command.once = once(1, 1, 0);
        let store = Arc::clone(&scene.store);
        callers.spawn(async move { store.create_account(command).await });
    }
    let mut ids = Vec::new();
    for outcome in callers.join_all().await {
        ids.push(outcome.or_said("making it")?.id);
    }
    ids.dedup();
    same("different answers", &ids.len(), &1)?;
    same("how many there are", &accounts(&scene).await?, &1)
}

/// A key of this owner, made or asked for again.
async fn key_once(scene: &mut Scene, owner: &Account, ms: i64) -> Result<(Key, Key), String> {
    let mut command = scene.key(owner);
    command.once = once(1, 1, ms);
    // Room for one: whoever asks again does not need more.
    command.keys_max = 1;
    let asked = command.key.clone();
    let made = scene.store.create_key(command).await.or_said("making a key")?;
    Ok((made, asked))
}

/// The text of this key was replaced: whoever follows was told, with the text that is dead, and it is
/// in the audit and in no event.
pub(super) async fn reissued(
    scene: &Scene,
    recorder: &Recorder,
    (key, old): (&Key, Kid),
    before: TrailCount,
) -> Verdict {
    match recorder.told().last() {
        Some(Change::Reissued { key: told, old: dead }) => {
            same_key("the key told of", told, key)?;
            same("the text that is dead", dead, &old)?;
        }
        other => return Err(format!("told of {other:?} instead of another text")),
    }
    let now = scene.trail_count().await?;
    same("audit entries", &now.audit, &(before.audit + 1))?;
    same("events", &now.events, &before.events)
}

async fn key_again(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let (mut key, _) = key_once(&mut scene, &owner, 0).await?;
    let recorder = Recorder::watching(&scene.store);
    for ms in [1, 2] {
        let trail = scene.trail_count().await?;
        let (again, asked) = key_once(&mut scene, &owner, ms).await?;
        let old = key.secret.kid;
        let Secret { kid, digest, ref hint, .. } = asked.secret;
        (key.secret.kid, key.secret.digest, key.secret.hint) = (kid, digest, hint.clone());
        key.epoch += 1;
        same_key("the answer", &again, &key)?;
        same_found("what is found", scene.found(&key).await?.as_ref(), &key)?;
        same("what was made instead", &scene.found(&asked).await?.map(|key| key.id), &None)?;
        reissued(&scene, &recorder, (&key, old), trail).await?;
    }
    same("how often somebody was told", &recorder.count(), &2)
}

async fn key_in_use(bench: &dyn Bench) -> Verdict {
    for what in ["used", "rotated and erased", "switched off", "deleted", "past its date"] {
        let mut scene = Scene::fresh(bench).await;
        let owner = scene.made_root(&here()).await?;
        let mut command = scene.key(&owner);
        command.once = once(1, 1, 0);
        command.key.expires_at = (what == "past its date").then(|| instant(500));
        let key = scene.store.create_key(command).await.or_said("making a key")?;
        match what {
            "used" => {
                let uses = vec![KeyUse { key: key.id, kid: key.secret.kid, at: instant(5) }];
                scene.store.record_use(uses).await.or_said("recording a use")?;
            }
            "rotated and erased" => {
                let mut command = scene.rotate(&key);
                command.secret.created_at = instant(7);
                command.start = OverlapStart::AtOnce;
                scene.store.rotate_key(command).await.or_said("rotating")?;
                let command = EraseSecrets {
                    place: ErasedWhere::Everywhere,
                    at: instant(700_000_000),
                    limit: 10,
                };
                scene.store.erase_secrets(command).await.or_said("erasing")?;
            }
            "switched off" => {
                let command = scene.disable(&key);
                scene.store.disable_key(command).await.or_said("disabling")?;
            }
            "deleted" => {
                let command = scene.delete(&key);
                scene.store.delete_key(command).await.or_said("deleting")?;
            }
            _ => {}
        }
        let now = scene.found(&key).await?.ok_or("the key is gone")?;
        let before = Before::of(&scene).await?;
        let mut command = scene.key(&owner);
        // Whoever asks again does so in real time; the date is one of the place's time.
        (command.once, command.key.created_at) = (once(1, 1, 1), instant(900));
        let outcome = scene.store.create_key(command).await;
        rejected(what, &outcome, &CreateKeyRejection::AlreadyMade { made: key.id })?;
        same_found(what, scene.found(&key).await?.as_ref(), &now)?;
        before.still(&scene).await?;
    }
    Ok(())
}

/// A webhook of this account, made or asked for again where there is room for one.
async fn webhook_once(
    scene: &mut Scene,
    account: &Account,
    ms: i64,
) -> Outcome<Webhook, CreateWebhookRejection> {
    let mut command = scene.webhook(account);
    (command.once, command.webhooks_max) = (once(1, 1, ms), 1);
    command.webhook.created_at = instant(ms + 7);
    scene.store.create_webhook(command).await
}

async fn webhook_again(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let first = webhook_once(&mut scene, &root, 0).await.or_said("making a webhook")?;
    for what in ["there", "deleted"] {
        if what == "deleted" {
            scene.deleted_webhook(&first).await?;
        }
        let now = scene.found_webhook(&first).await?;
        let before = Before::of(&scene).await?;
        let again = webhook_once(&mut scene, &root, KEPT_MS - 1).await;
        let Webhook { id, created_at, epoch, .. } = first;
        if what == "deleted" {
            rejected(what, &again, &CreateWebhookRejection::AlreadyMade { made: id })?;
        } else {
            let again = again.or_said("asking again")?;
            let made = (again.id, again.created_at, again.epoch);
            same(what, &made, &(id, created_at, epoch))?;
        }
        same("the webhook", &scene.found_webhook(&first).await?, &now)?;
        before.still(&scene).await?;
    }
    same("how many there are", &scene.listed_webhooks(&root).await?.len(), &0)?;
    let second = webhook_once(&mut scene, &root, KEPT_MS).await.or_said("making another")?;
    ensure(second.id != first.id, || "it is kept for longer than a day".to_owned())
}

async fn operator_again(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let mut command = scene.operator_key(OperatorRole::Admin);
    command.once = once(1, 1, 0);
    let made = scene.store.create_operator_key(command).await.or_said("making it")?.id;
    let before = Before::of(&scene).await?;
    let mut command = scene.operator_key(OperatorRole::Admin);
    command.once = once(1, 1, 1);
    let outcome = scene.store.create_operator_key(command).await;
    rejected("again", &outcome, &CreateOperatorKeyRejection::AlreadyMade { made })?;
    before.still(&scene).await
}

async fn other_request(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = made_once(&mut scene, once(1, 1, 0)).await?;
    let mut command = scene.key(&owner);
    command.once = once(2, 2, 0);
    scene.store.create_key(command).await.or_said("making a key")?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    for key in [1, 2] {
        let mut command = scene.account(&here(), AccountKind::Root);
        command.once = once(key, 3, 1);
        let outcome = scene.store.create_account(command).await;
        rejected("an account", &outcome, &CreateAccountRejection::OtherRequest)?;
        let mut command = scene.key(&owner);
        command.once = once(key, 3, 1);
        let outcome = scene.store.create_key(command).await;
        rejected("a key", &outcome, &CreateKeyRejection::OtherRequest)?;
        let mut command = scene.operator_key(OperatorRole::Admin);
        command.once = once(key, 3, 1);
        let outcome = scene.store.create_operator_key(command).await;
        rejected("an operator's key", &outcome, &CreateOperatorKeyRejection::OtherRequest)?;
        let mut command = scene.webhook(&owner);
        command.once = once(key, 3, 1);
        let outcome = scene.store.create_webhook(command).await;
        rejected("a webhook", &outcome, &CreateWebhookRejection::OtherRequest)?;
    }
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

async fn not_done(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let orphan = scene.account(&here(), AccountKind::Root).account;
    let mut command = scene.key(&orphan);
    command.once = once(1, 1, 0);
    let outcome = scene.store.create_key(command).await;
    rejected("a key of nobody", &outcome, &CreateKeyRejection::NoSuchAccount)?;
    // A trail that cannot be written takes everything with it.
    let mut command = scene.key(&root);
    command.once = once(1, 1, 0);
    command.trail.audit.id = taken(&mut scene, &root).await?;
    refused("a key without a trail", &scene.store.create_key(command).await)?;
    let mut command = scene.key(&root);
    command.once = once(1, 2, 0);
    let made = scene.store.create_key(command).await.or_said("making a key at last")?;
    ensure(made.state == KeyState::Enabled, || format!("made {made:?}"))
}

/// The identity of an audit entry that is there.
async fn taken(scene: &mut Scene, owner: &Account) -> Result<AuditId, String> {
    let command = scene.key(owner);
    let id = command.trail.audit.id;
    scene.store.create_key(command).await.map(|_| id).or_said("making a key")
}

async fn kept(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let first = made_once(&mut scene, once(1, 1, 0)).await?.id;
    let before = made_once(&mut scene, once(1, 1, KEPT_MS - 1)).await?.id;
    same("the answer a millisecond before the end of the day", &before, &first)?;
    let second = made_once(&mut scene, once(1, 2, KEPT_MS)).await?.id;
    ensure(second != first, || "it is kept for longer than a day".to_owned())?;
    let again = made_once(&mut scene, once(1, 2, KEPT_MS + 1)).await?.id;
    same("the answer to the new request", &again, &second)?;
    let Some(mut scene) = scene.reopened(bench).await else { return Ok(()) };
    let again = made_once(&mut scene, once(1, 2, 2 * KEPT_MS - 1)).await?.id;
    same("the answer after a restart", &again, &second)?;
    let mut command = scene.account(&here(), AccountKind::Root);
    command.once = once(1, 1, 2 * KEPT_MS - 1);
    let outcome = scene.store.create_account(command).await;
    rejected("another request", &outcome, &CreateAccountRejection::OtherRequest)
}

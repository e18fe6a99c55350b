//! Laws of deleting an account below another one: which one, with what of it, and who is told.
//!
//! Must not look at what comes after the deletion; that has its own laws.

use domain::account::{Account, AccountKind, AccountState};
use domain::key::{Key, KeyState};
use domain::webhook::Webhook;
use store::command::{DeleteAccount, DeleteAccountRejection};
use store::port::Change;

use super::keys::STATES;
use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, rejected, same, same_found};
use crate::recorder::Recorder;
use crate::scene::{Scene, elsewhere, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 6] = [
    law!("deleting an account deletes its keys and no other, in the epoch of the change", its_keys),
    law!("deleting an account deletes its webhooks and no other", its_webhooks),
    law!("only an account of this place that is below another can be deleted", only_below),
    law!("an account is deleted only by who names its keys, all of them and no other", named_keys),
    law!("in which order its keys are named, and how often, does not matter", any_order),
    law!("observers are told once of a deleted project, before its caller", told_once),
];

async fn its_keys(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let foreign = scene.made_root(&elsewhere()[0]).await?;
    for kind in
        [AccountKind::Project { parent: root.id }, AccountKind::Subaccount { parent: root.id }]
    {
        let [ending, sibling] = [scene.account(&here(), kind), scene.account(&here(), kind)];
        let ending = scene.store.create_account(ending).await.or_said("making an account")?;
        let sibling = scene.store.create_account(sibling).await.or_said("making another")?;
        ends_with_its_keys(&mut scene, ending, [&root, &sibling, &foreign]).await?;
    }
    Ok(())
}

async fn ends_with_its_keys(scene: &mut Scene, account: Account, others: [&Account; 3]) -> Verdict {
    let (mut keys, mut other_keys) = (Vec::new(), Vec::new());
    for state in STATES {
        keys.push(scene.made_key_in(&account, state).await?);
        for owner in others {
            other_keys.push(scene.made_key_in(owner, state).await?);
        }
    }
    // Over by its date alone: its state does not say so yet.
    let mut command = scene.key(&account);
    command.key.expires_at = Some(instant(1));
    keys.push(scene.store.create_key(command).await.or_said("making a key with a date")?);

    let epoch = scene.epoch().await? + 1;
    let deleted = scene.deleted_account(&account, living(&keys)).await?;
    let expected = Account { state: AccountState::Deleted, epoch, ..account };
    same("the answer", &deleted, &expected)?;
    let found = scene.found_account(&deleted).await?;
    same("the account that was found", &found, &Some(expected))?;
    for key in keys {
        let epoch = if key.state == KeyState::Deleted { key.epoch } else { deleted.epoch };
        let expected = Key { state: KeyState::Deleted, epoch, ..key };
        same_found("a key of it", scene.found(&expected).await?.as_ref(), &expected)?;
    }
    for key in &other_keys {
        same_found("a key of others", scene.found(key).await?.as_ref(), key)?;
    }
    for account in others {
        same("another account", &scene.found_account(account).await?.as_ref(), &Some(account))?;
    }
    Ok(())
}

async fn its_webhooks(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let [sub, sibling] = [scene.made_subaccount(&root).await?, scene.made_subaccount(&root).await?];
    let theirs = [scene.made_webhook(&sub).await?, scene.made_webhook(&sub).await?];
    let others = [scene.made_webhook(&root).await?, scene.made_webhook(&sibling).await?];
    let deleted = scene.deleted_account(&sub, []).await?;
    for webhook in theirs {
        let mut expected = Webhook { epoch: deleted.epoch, ..webhook };
        expected.delete();
        same("a webhook of it", &scene.found_webhook(&expected).await?, &Some(expected))?;
    }
    for webhook in others {
        same("a webhook of others", &scene.found_webhook(&webhook).await?, &Some(webhook))?;
    }
    same("the webhooks that are listed", &scene.listed_webhooks(&sub).await?, &Vec::new())
}

async fn only_below(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let project = scene.made_project(&root).await?;
    let absent = scene.account(&here(), AccountKind::Project { parent: root.id }).account;
    let foreign = elsewhere().map(|place| Account { place, ..project.clone() });
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    for other in foreign.iter().chain([&absent]) {
        let command = scene.delete_account(other, []);
        let outcome = scene.store.delete_account(command).await;
        rejected("deleting", &outcome, &DeleteAccountRejection::NoSuchAccount)?;
    }
    let command = scene.delete_account(&root, []);
    let outcome = scene.store.delete_account(command).await;
    rejected("deleting a root account", &outcome, &DeleteAccountRejection::IsRoot)?;
    for account in [root, project] {
        same("an account", &scene.found_account(&account).await?, &Some(account))?;
    }
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

async fn named_keys(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let (project, sibling) = (scene.made_project(&root).await?, scene.made_project(&root).await?);
    let [one, two] = [scene.made_key(&project).await?, scene.made_key(&project).await?];
    let other = scene.made_key(&sibling).await?;
    let deleted = scene.made_key_in(&project, KeyState::Deleted).await?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    let wrong: [&[&Key]; 6] = [
        &[],
        &[&one],
        &[&one, &one],
        &[&one, &other],
        &[&one, &two, &other],
        &[&one, &two, &deleted],
    ];
    for keys in wrong {
        let command = scene.delete_account(&project, keys.iter().copied());
        let outcome = scene.store.delete_account(command).await;
        rejected("deleting", &outcome, &DeleteAccountRejection::KeysChanged)?;
    }
    same("the project", &scene.found_account(&project).await?, &Some(project))?;
    for key in [&one, &two, &other, &deleted] {
        same_found("a key", scene.found(key).await?.as_ref(), key)?;
    }
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

async fn any_order(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    for order in [&[2, 0, 1][..], &[0, 1, 2, 2, 0], &[1, 1, 2, 0, 1]] {
        let project = scene.made_project(&root).await?;
        let mut keys = Vec::new();
        for _ in 0..3 {
            keys.push(scene.made_key(&project).await?);
        }
        let named = order.iter().map(|&number: &usize| keys[number].id).collect();
        let command = DeleteAccount { keys: named, ..scene.delete_account(&project, &keys) };
        scene.store.delete_account(command).await.or_said("deleting")?;
        for key in &keys {
            let state = scene.found(key).await?.map(|key| key.state);
            same("a key of it", &state, &Some(KeyState::Deleted))?;
        }
    }
    Ok(())
}

async fn told_once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let project = scene.made_project(&root).await?;
    let keys = [scene.made_key(&project).await?, scene.made_key(&project).await?];
    let recorder = Recorder::watching(&scene.store);
    let deleted = scene.deleted_account(&project, &keys).await?;
    let told = recorder.told();
    match told.as_slice() {
        [Change::Account(account)] => same("the project told of", account, &deleted),
        _ => Err(format!("expected to be told of the project alone, was told {told:?}")),
    }
}

fn living(keys: &[Key]) -> impl Iterator<Item = &Key> {
    keys.iter().filter(|key| key.state != KeyState::Deleted)
}

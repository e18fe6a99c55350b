//! Laws of deleted projects: nothing of them comes back, and nothing new is given to them.
//!
//! Must not be content with an answer: what was asked for is looked for as well.

use std::sync::Arc;

use domain::account::{Account, AccountKind};
use domain::key::KeyState;
use store::command::{
    AccountChange, ChangeKeyRejection, CreateAccountRejection, CreateKeyRejection,
    DeleteAccountRejection, KeyChange, ListKeys, UpdateAccountRejection,
};
use store::fault::Failure;
use tokio::task::JoinSet;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, rejected, same, same_found};
use crate::recorder::Recorder;
use crate::scene::{Scene, here, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("a deleted project can neither be updated nor deleted again", unchangeable),
    law!("a deleted project is given no key and no account", given_nothing),
    law!("the keys of a deleted project stay deleted", keys_stay_deleted),
    law!("keys that are made while their project is deleted end with it", race),
];

async fn unchangeable(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let deleted = deleted_project(&mut scene).await?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    let renamed = AccountChange { name: Some(name("renamed")), ..AccountChange::default() };
    for change in [AccountChange::default(), renamed] {
        let command = scene.update_account(&deleted, change);
        let outcome = scene.store.update_account(command).await;
        rejected("updating", &outcome, &UpdateAccountRejection::NoSuchAccount)?;
    }
    let command = scene.delete_account(&deleted, []);
    let outcome = scene.store.delete_account(command).await;
    rejected("deleting", &outcome, &DeleteAccountRejection::NoSuchAccount)?;
    same("the project", &scene.found_account(&deleted).await?, &Some(deleted))?;
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

async fn given_nothing(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let deleted = deleted_project(&mut scene).await?;
    let before = Before::of(&scene).await?;
    let command = scene.key(&deleted);
    let key = command.key.clone();
    let outcome = scene.store.create_key(command).await;
    rejected("making a key", &outcome, &CreateKeyRejection::NoSuchAccount)?;
    same("what is left of it", &scene.found(&key).await?.map(|key| key.id), &None)?;
    let parent = deleted.id;
    for kind in [AccountKind::Subaccount { parent }, AccountKind::Project { parent }] {
        let command = scene.account(&here(), kind);
        let outcome = scene.store.create_account(command).await;
        rejected("making an account", &outcome, &CreateAccountRejection::NoSuchParent)?;
    }
    before.still(&scene).await
}

async fn keys_stay_deleted(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let project = scene.made_project(&root).await?;
    let mut key = scene.made_key(&project).await?;
    key.epoch = scene.deleted_account(&project, [&key]).await?.epoch;
    key.state = KeyState::Deleted;
    let before = Before::of(&scene).await?;
    let over = ChangeKeyRejection::Final(KeyState::Deleted);
    let command = scene.enable(&key);
    rejected("enabling", &scene.store.enable_key(command).await, &over)?;
    let command = scene.disable(&key);
    rejected("disabling", &scene.store.disable_key(command).await, &over)?;
    let change = KeyChange { name: Some(name("renamed")), ..KeyChange::default() };
    let command = scene.update(&key, change);
    rejected("updating", &scene.store.update_key(command).await, &over)?;
    for owner in [None, Some(project.id)] {
        let question = ListKeys { owner, ..ListKeys::of(here()) };
        let page = scene.store.list_keys(question).await.or_said("listing keys")?;
        same("keys that are listed", &page.items.len(), &0)?;
    }
    same_found("the key", scene.found(&key).await?.as_ref(), &key)?;
    before.still(&scene).await
}

async fn race(bench: &dyn Bench) -> Verdict {
    const CALLERS: usize = 16;
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let project = scene.made_project(&root).await?;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let commands: Vec<_> = (0..4).map(|_| scene.key(&project)).collect();
        let store = Arc::clone(&scene.store);
        callers.spawn(async move {
            let mut made = Vec::new();
            for command in commands {
                match store.create_key(command).await {
                    Ok(key) => made.push(key),
                    Err(Failure::Rejected(CreateKeyRejection::NoSuchAccount)) => {}
                    Err(failure) => return Err(format!("a caller got {failure:?}")),
                }
                tokio::task::yield_now().await;
            }
            Ok(made)
        });
    }
    // There are only so many keys to be made, so looking again comes to an end.
    let deleted = loop {
        tokio::task::yield_now().await;
        let question = ListKeys { owner: Some(project.id), ..ListKeys::of(here()) };
        let keys = scene.store.list_keys(question).await.or_said("listing keys")?.items;
        let command = scene.delete_account(&project, &keys);
        match scene.store.delete_account(command).await {
            Err(Failure::Rejected(DeleteAccountRejection::KeysChanged)) => {}
            outcome => break outcome.or_said("deleting")?,
        }
    };
    for made in callers.join_all().await {
        for key in made? {
            let found = scene.found(&key).await?.map(|key| (key.state, key.epoch));
            same("a key of it", &found, &Some((KeyState::Deleted, deleted.epoch)))?;
        }
    }
    Ok(())
}

async fn deleted_project(scene: &mut Scene) -> Result<Account, String> {
    let root = scene.made_root(&here()).await?;
    let project = scene.made_project(&root).await?;
    let key = scene.made_key(&project).await?;
    scene.deleted_account(&project, [&key]).await
}

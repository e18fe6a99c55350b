//! Laws of commands that fail: nothing of them is left.
//!
//! Must not be content with the answer: rows, trail and epoch are looked at.

use domain::account::AccountKind;
use domain::key::KeyState;
use store::command::{AccountChange, ChangeKeyRejection, CreateKeyRejection, KeyChange};

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, refused, rejected, same, same_found};
use crate::recorder::Recorder;
use crate::scene::{Scene, here, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 5] = [
    law!("no id or kid of a key is taken twice, and the attempt leaves nothing", key_twice),
    law!("no id of an account is taken twice, and the attempt leaves nothing", account_twice),
    law!("a change whose trail cannot be written is not made", trail_first),
    law!("a change of an account whose trail cannot be written is not made", account_trail_first),
    law!("a rejected command leaves no key, no trail, no epoch and tells nobody", rejections),
];

async fn key_twice(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let first = scene.made_key(&owner).await?;
    let before = Before::of(&scene).await?;

    let mut command = scene.key(&owner);
    command.key.id = first.id;
    refused("an id that is taken", &scene.store.create_key(command).await)?;
    let mut command = scene.key(&owner);
    command.key.secret.kid = first.secret.kid;
    let second = command.key.clone();
    refused("a kid that is taken", &scene.store.create_key(command).await)?;

    same_found("the first key", scene.found(&first).await?.as_ref(), &first)?;
    let found = scene.found(&second).await?.map(|key| key.id);
    same("what is left of the second key", &found, &None)?;
    before.still(&scene).await?;
    scene.made_key(&owner).await?;
    Ok(())
}

async fn account_twice(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let first = scene.made_root(&here()).await?;
    let before = Before::of(&scene).await?;
    let mut command = scene.account(&here(), AccountKind::Root);
    command.account.id = first.id;
    command.account.name = name("the second");
    refused("an id that is taken", &scene.store.create_account(command).await)?;
    let found = scene.store.find_account(here(), first.id).await.or_said("finding it")?;
    same("the first account", &found, &Some(first))?;
    before.still(&scene).await?;
    scene.made_root(&here()).await?;
    Ok(())
}

async fn trail_first(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let old = scene.key(&owner);
    let old_trail = old.trail.clone();
    let old = scene.store.create_key(old).await.or_said("making a key")?;
    let before = Before::of(&scene).await?;

    // The last row of the trail is the one that cannot be written.
    let mut command = scene.key(&owner);
    command.trail = scene.trail(&here(), 3);
    command.trail.events[2].id = old_trail.events[0].id;
    let new = command.key.clone();
    refused("an event that was told before", &scene.store.create_key(command).await)?;
    let found = scene.found(&new).await?.map(|key| key.id);
    same("what is left of the new key", &found, &None)?;

    let mut command = scene.disable(&old);
    command.trail.audit.id = old_trail.audit.id;
    refused("an audit entry that was written before", &scene.store.disable_key(command).await)?;
    let mut command = scene.update(&old, renamed());
    command.trail.events.push(command.trail.events[0].clone());
    refused("one event told twice", &scene.store.update_key(command).await)?;
    let mut command = scene.delete(&old);
    command.trail.events[0].id = old_trail.events[0].id;
    refused("an event that was told before", &scene.store.delete_key(command).await)?;

    same_found("the old key", scene.found(&old).await?.as_ref(), &old)?;
    before.still(&scene).await
}

async fn account_trail_first(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let project = scene.made_project(&root).await?;
    let old = scene.key(&project);
    let old_trail = old.trail.clone();
    let key = scene.store.create_key(old).await.or_said("making a key")?;
    let before = Before::of(&scene).await?;

    let change = AccountChange { name: Some(name("renamed")), ..AccountChange::default() };
    let mut command = scene.update_account(&project, change);
    command.trail.audit.id = old_trail.audit.id;
    let outcome = scene.store.update_account(command).await;
    refused("an audit entry that was written before", &outcome)?;
    let mut command = scene.delete_account(&project, [&key]);
    command.trail.events[0].id = old_trail.events[0].id;
    let outcome = scene.store.delete_account(command).await;
    refused("an event that was told before", &outcome)?;

    same("the project", &scene.found_account(&project).await?, &Some(project))?;
    same_found("its key", scene.found(&key).await?.as_ref(), &key)?;
    before.still(&scene).await
}

async fn rejections(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let deleted = scene.made_key_in(&owner, KeyState::Deleted).await?;
    scene.made_key(&owner).await?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);

    let mut command = scene.key(&owner);
    command.keys_max = 1;
    let second = command.key.clone();
    let outcome = scene.store.create_key(command).await;
    rejected("a second key", &outcome, &CreateKeyRejection::LimitReached { limit: 1 })?;
    let found = scene.found(&second).await?.map(|key| key.id);
    same("what is left of the second key", &found, &None)?;
    let command = scene.update(&deleted, renamed());
    let over = ChangeKeyRejection::Final(KeyState::Deleted);
    rejected("updating a deleted key", &scene.store.update_key(command).await, &over)?;

    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

fn renamed() -> KeyChange {
    KeyChange { name: Some(name("renamed")), ..KeyChange::default() }
}

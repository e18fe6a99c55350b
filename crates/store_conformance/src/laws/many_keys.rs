//! Laws of changing many keys at once: all that have to be, as each would be by itself, or none.
//!
//! Must not be content with the answer: every row is looked at.

use domain::key::{DisabledCause, Key, KeyAction, KeyState, KeySwitch};
use domain::key_filter::{KeyCondition, KeyFilter, NamePart};
use store::command::ChangeKeysRejection;
use store::port::{Change, TrailCount};

use super::keys::STATES;
use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, refused, rejected, same, same_found, same_key};
use crate::recorder::Recorder;
use crate::scene::{Scene, elsewhere, here, instant, name, note_use};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 6] = [
    law!("each of many keys becomes what it would become by itself", each),
    law!("when one of many keys is not there, none is changed", all_or_none),
    law!("of many keys, those that do not meet the filter are left alone", filtered),
    law!("observers are told of many changed keys as one change, before its caller", told),
    law!("a change of many keys writes one entry, and an event for each that changed", trail),
    law!("many keys are not changed without their trail", without_trail),
];

const ACTIONS: [KeyAction; 3] = [
    KeyAction::Delete,
    KeyAction::Switch(KeySwitch::On),
    KeyAction::Switch(KeySwitch::Off(DisabledCause::Manual)),
];

/// A key in each state, and one whose date has come.
async fn of_every_state(scene: &mut Scene) -> Result<Vec<Key>, String> {
    let owner = scene.made_root(&here()).await?;
    let mut keys = Vec::new();
    for state in STATES {
        keys.push(scene.made_key_in(&owner, state).await?);
    }
    let mut command = scene.key(&owner);
    command.key.expires_at = Some(instant(10));
    keys.push(scene.store.create_key(command).await.or_said("making a key")?);
    Ok(keys)
}

async fn each(bench: &dyn Bench) -> Verdict {
    for action in ACTIONS {
        let mut scene = Scene::fresh(bench).await;
        let mut keys = of_every_state(&mut scene).await?;
        let bystander = scene.made_root(&here()).await?;
        let bystander = scene.made_key(&bystander).await?;
        scene.used(&keys[0], keys[0].secret.kid, &[3]).await?;
        note_use(&mut keys[0], 3);
        let epoch = scene.epoch().await? + 1;
        let command = scene.change_keys(&keys, action);
        let at = command.at;
        let answer = scene.store.change_keys(command).await.or_said("changing many keys")?;
        let mut changed = Vec::new();
        for key in &mut keys {
            if key.undergo(action, at) {
                key.epoch = epoch;
                changed.push(&*key);
            }
        }
        same("how many were met", &answer.matched, &7)?;
        same("how many changed", &answer.changed.len(), &changed.len())?;
        for (found, expected) in answer.changed.iter().zip(changed) {
            same_key("a key of the answer", found, expected)?;
        }
        for key in keys.iter().chain([&bystander]) {
            same_found("a key", scene.found(key).await?.as_ref(), key)?;
        }
    }
    Ok(())
}

async fn all_or_none(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let other = scene.made_root(&here()).await?;
    let foreign = scene.made_root(&elsewhere()[0]).await?;
    let mut keys = vec![scene.made_key(&owner).await?, scene.made_key(&owner).await?];
    let theirs = scene.made_key(&other).await?;
    let far = scene.made_key(&foreign).await?;
    let absent = scene.key(&owner).key;
    for odd in [absent, far, theirs] {
        keys.insert(1, odd);
        let before = Before::of(&scene).await?;
        for action in ACTIONS {
            let mut command = scene.change_keys(&keys, action);
            command.place = here();
            command.owner = Some(owner.id);
            let outcome = scene.store.change_keys(command).await;
            rejected("one that is not there", &outcome, &ChangeKeysRejection::NoSuchKey)?;
        }
        before.still(&scene).await?;
        let odd = keys.remove(1);
        let found = scene.found(&odd).await?;
        same("what is not there", &found.is_none_or(|key| key.state == odd.state), &true)?;
        for key in &keys {
            same_found("a key", scene.found(key).await?.as_ref(), key)?;
        }
    }
    Ok(())
}

async fn filtered(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let other = scene.made_key(&owner).await?;
    let mut command = scene.key(&owner);
    command.key.name = name("Till");
    let mut till = scene.store.create_key(command).await.or_said("making a key")?;
    let part = NamePart::parse("till").or_said("reading a part")?;
    let mut command = scene.change_keys(&[other.clone(), till.clone()], KeyAction::Delete);
    command.filter = KeyFilter::new(vec![KeyCondition::NameContains(part)]);
    let answer = scene.store.change_keys(command).await.or_said("changing many keys")?;
    same("how many were met", &answer.matched, &1)?;
    till.state = KeyState::Deleted;
    till.epoch = scene.epoch().await?;
    same_found("the key that meets it", scene.found(&till).await?.as_ref(), &till)?;
    same_found("the other key", scene.found(&other).await?.as_ref(), &other)
}

async fn told(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let keys = of_every_state(&mut scene).await?;
    let recorder = Recorder::watching(&scene.store);
    let command = scene.change_keys(&keys, KeyAction::Delete);
    let answer = scene.store.change_keys(command).await.or_said("changing many keys")?;
    let told = recorder.told();
    match told.as_slice() {
        [Change::Keys(told)] => {
            same("how many were told of", &told.len(), &answer.changed.len())?;
            for (told, answered) in told.iter().zip(&answer.changed) {
                same_key("a key that was told of", told, answered)?;
            }
        }
        other => return Err(format!("told of {other:?}")),
    }
    // Now there is nothing to do any more, and nothing to tell.
    let command = scene.change_keys(&keys, KeyAction::Delete);
    scene.store.change_keys(command).await.or_said("changing many keys again")?;
    same("how often somebody was told", &recorder.count(), &1)
}

async fn trail(bench: &dyn Bench) -> Verdict {
    for action in ACTIONS {
        let mut scene = Scene::fresh(bench).await;
        let keys = of_every_state(&mut scene).await?;
        let before = scene.trail_count().await?;
        let command = scene.change_keys(&keys, action);
        let answer = scene.store.change_keys(command).await.or_said("changing many keys")?;
        let events = before.events + answer.changed.len() as u64;
        let after = TrailCount { audit: before.audit + 1, events };
        same("the trail", &scene.trail_count().await?, &after)?;
        let before = Before::of(&scene).await?;
        for keys in [&keys[..], &[]] {
            let command = scene.change_keys(keys, action);
            scene.store.change_keys(command).await.or_said("changing nothing")?;
            before.still(&scene).await?;
        }
    }
    Ok(())
}

async fn without_trail(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let old = scene.key(&owner);
    let old_trail = old.trail.clone();
    let mut keys = vec![scene.store.create_key(old).await.or_said("making a key")?];
    keys.push(scene.made_key(&owner).await?);
    let before = Before::of(&scene).await?;
    let mut command = scene.change_keys(&keys, KeyAction::Delete);
    command.trail.events[1].id = old_trail.events[0].id;
    refused("an event that was told before", &scene.store.change_keys(command).await)?;
    let mut command = scene.change_keys(&keys, KeyAction::Delete);
    command.trail.audit.id = old_trail.audit.id;
    refused("an entry that was written before", &scene.store.change_keys(command).await)?;
    for key in &keys {
        same_found("a key", scene.found(key).await?.as_ref(), key)?;
    }
    before.still(&scene).await
}

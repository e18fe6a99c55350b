//! Laws of rotations and changes of many keys that are done once, by their idempotency key.
//!
//! Must not know what a request looks like: a fingerprint stands for it.

use domain::idempotence::KEPT_MS;
use domain::ids::AuditId;
use domain::key::{DisabledCause, Key, KeyAction, KeyState, KeySwitch};
use domain::secret::OverlapStart;
use store::command::{
    ChangeKeysRejection, ChangedKeys, CreateKeyRejection, EraseSecrets, ErasedWhere, Position,
    RotateKey, RotateKeyRejection,
};

use super::law;
use super::once::{once, reissued};
use crate::before::Before;
use crate::checks::{OrSaid, ensure, refused, rejected, same, same_found, same_key};
use crate::recorder::Recorder;
use crate::scene::{Scene, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 7] = [
    law!(
        "a rotation asked for again is the same one with another text, and the older is dead",
        rotation_again
    ),
    law!("a rotation whose secret was used or replaced gives it no other text", rotation_in_use),
    law!("many keys that are to be changed again stay, and are answered as at first", many_again),
    law!("of one idempotency key, another rotation or change of many keys is refused", other),
    law!(
        "a rotation or a change of many keys that was not done keeps no idempotency key",
        not_done
    ),
    law!("a change of many keys says what else was found", what_else),
    law!("that a rotation or a change of many keys was done is kept for a day", kept),
];

fn rotation(scene: &mut Scene, key: &Key, ms: i64) -> RotateKey {
    let mut command = scene.rotate(key);
    (command.once, command.at) = (once(1, 1, ms), instant(ms));
    command
}

async fn rotation_again(bench: &dyn Bench) -> Verdict {
    for (start, what) in [
        (OverlapStart::AtFirstUse, ""),
        (OverlapStart::AtOnce, "switched off"),
        (OverlapStart::AtOnce, "erased"),
    ] {
        let mut scene = Scene::fresh(bench).await;
        let owner = scene.made_root(&here()).await?;
        let key = scene.made_key(&owner).await?;
        let mut command = rotation(&mut scene, &key, 10);
        command.start = start;
        let mut key = scene.store.rotate_key(command).await.or_said("rotating")?;
        if what == "switched off" {
            let command = scene.disable(&key);
            key = scene.store.disable_key(command).await.or_said("disabling")?;
        } else if what == "erased" {
            let command =
                EraseSecrets { place: ErasedWhere::Everywhere, at: instant(3_000), limit: 10 };
            scene.store.erase_secrets(command).await.or_said("erasing")?;
            key.previous = None;
        }
        let recorder = Recorder::watching(&scene.store);
        for ms in [11, 12] {
            let trail = scene.trail_count().await?;
            let mut command = rotation(&mut scene, &key, ms);
            // Whatever is asked for: what is the same request was the same then.
            command.start = OverlapStart::AtOnce;
            let old = key.reissue(&command.secret);
            key.epoch += 1;
            let again = scene.store.rotate_key(command).await.or_said("rotating again")?;
            same_key("the answer", &again, &key)?;
            same_found("what is found", scene.found(&key).await?.as_ref(), &key)?;
            reissued(&scene, &recorder, (&key, old), trail).await?;
        }
    }
    Ok(())
}

async fn rotation_in_use(bench: &dyn Bench) -> Verdict {
    for what in ["used", "rotated", "deleted"] {
        let mut scene = Scene::fresh(bench).await;
        let owner = scene.made_root(&here()).await?;
        let key = scene.made_key(&owner).await?;
        let command = rotation(&mut scene, &key, 10);
        let key = scene.store.rotate_key(command).await.or_said("rotating")?;
        match what {
            "used" => scene.used(&key, key.secret.kid, &[20]).await?,
            "rotated" => drop(scene.rotated(&key).await?),
            _ => {
                let command = scene.delete(&key);
                scene.store.delete_key(command).await.or_said("deleting")?;
            }
        }
        let now = scene.found(&key).await?.ok_or("the key is gone")?;
        let before = Before::of(&scene).await?;
        let expected = if now.state == KeyState::Deleted {
            RotateKeyRejection::Final(KeyState::Deleted)
        } else {
            RotateKeyRejection::AlreadyRotated
        };
        let command = rotation(&mut scene, &key, 900);
        rejected(what, &scene.store.rotate_key(command).await, &expected)?;
        same_found(what, scene.found(&key).await?.as_ref(), &now)?;
        before.still(&scene).await?;
    }
    Ok(())
}

/// Switches these keys off, once.
async fn off(scene: &mut Scene, keys: &[Key], ms: i64) -> Result<ChangedKeys, String> {
    let off = KeyAction::Switch(KeySwitch::Off(DisabledCause::Manual));
    let mut command = scene.change_keys(keys, off);
    (command.once, command.left_alone) = (once(1, 1, ms), 4);
    command.next = Some(Position(7));
    scene.store.change_keys(command).await.or_said("changing many keys")
}

async fn many_again(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut keys = vec![scene.made_key(&owner).await?, scene.made_key(&owner).await?];
    let first = off(&mut scene, &keys, 0).await?;
    // By now one of them is on again, another was made, and the same filter would find both.
    let command = scene.enable(&keys[0]);
    scene.store.enable_key(command).await.or_said("enabling")?;
    keys.push(scene.made_key(&owner).await?);
    for _ in 0..2 {
        let before = Before::of(&scene).await?;
        let recorder = Recorder::watching(&scene.store);
        for again in [&keys[..], &keys[2..], &[]] {
            let answer = off(&mut scene, again, 9).await?;
            same("how many were met", &answer.matched, &first.matched)?;
            same("where there may be more", &answer.next, &first.next)?;
            same("how many changed", &answer.changed.len(), &2)?;
            for (shown, key) in answer.changed.iter().zip(&keys) {
                same_found("a key", scene.found(key).await?.as_ref(), shown)?;
            }
        }
        before.still(&scene).await?;
        same("how often somebody was told", &recorder.count(), &0)?;
        let state = scene.found(&keys[0]).await?.map(|key| key.state);
        same("the key that is on again", &state, &Some(KeyState::Enabled))?;
        let Some(again) = scene.reopened(bench).await else { return Ok(()) };
        scene = again;
    }
    Ok(())
}

async fn other(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let keys = vec![scene.made_key(&owner).await?, scene.made_key(&owner).await?];
    off(&mut scene, &keys[1..], 0).await?;
    let mut command = rotation(&mut scene, &keys[0], 1);
    command.once = once(2, 2, 1);
    scene.store.rotate_key(command).await.or_said("rotating")?;
    let before = Before::of(&scene).await?;
    for key in [1, 2] {
        for fingerprint in [3, key] {
            let mut command = scene.key(&owner);
            command.once = once(key, fingerprint, 2);
            let outcome = scene.store.create_key(command).await;
            rejected("a key", &outcome, &CreateKeyRejection::OtherRequest)?;
        }
        let mut command = scene.rotate(&keys[0]);
        command.once = once(key, 3, 2);
        let outcome = scene.store.rotate_key(command).await;
        rejected("a rotation", &outcome, &RotateKeyRejection::OtherRequest)?;
        let mut command = scene.change_keys(&keys, KeyAction::Delete);
        command.once = once(key, 3, 2);
        let outcome = scene.store.change_keys(command).await;
        rejected("many keys", &outcome, &ChangeKeysRejection::OtherRequest)?;
    }
    before.still(&scene).await
}

async fn not_done(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let made = scene.key(&owner);
    let taken: AuditId = made.trail.audit.id;
    let key = scene.store.create_key(made).await.or_said("making a key")?;
    let keys = [key.clone()];
    // A trail that cannot be written takes everything with it.
    let mut command = rotation(&mut scene, &key, 0);
    command.trail.audit.id = taken;
    refused("a rotation without a trail", &scene.store.rotate_key(command).await)?;
    let mut command = scene.change_keys(&keys, KeyAction::Delete);
    (command.once, command.trail.audit.id) = (once(1, 1, 0), taken);
    refused("many keys without a trail", &scene.store.change_keys(command).await)?;
    // What changes nothing is not kept: there is nothing that could be done twice.
    let on = KeyAction::Switch(KeySwitch::On);
    let mut command = scene.change_keys(&keys, on);
    command.once = once(1, 1, 0);
    let answer = scene.store.change_keys(command).await.or_said("changing nothing")?;
    ensure(answer.changed.is_empty(), || format!("changed {:?}", answer.changed))?;
    let mut command = rotation(&mut scene, &key, 0);
    command.once = once(1, 2, 0);
    scene.store.rotate_key(command).await.or_said("rotating at last")?;
    Ok(())
}

async fn what_else(bench: &dyn Bench) -> Verdict {
    for (left_alone, next) in [(0, None), (7, None), (7, Some(Position::START))] {
        let mut scene = Scene::fresh(bench).await;
        let owner = scene.made_root(&here()).await?;
        let keys = [scene.made_key(&owner).await?];
        // The second time there is nothing to do.
        for _ in 0..2 {
            let mut command = scene.change_keys(&keys, KeyAction::Delete);
            (command.left_alone, command.next) = (left_alone, next);
            let answer = scene.store.change_keys(command).await.or_said("changing keys")?;
            same("where there may be more", &answer.next, &next)?;
            let met = left_alone + u32::from(!answer.changed.is_empty());
            ensure(answer.matched >= met, || format!("{} were met", answer.matched))?;
        }
    }
    Ok(())
}

async fn kept(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let keys = [scene.made_key(&owner).await?];
    same("the first time", &off(&mut scene, &keys, 0).await?.changed.len(), &1)?;
    let command = scene.enable(&keys[0]);
    scene.store.enable_key(command).await.or_said("enabling")?;
    off(&mut scene, &keys, KEPT_MS - 1).await?;
    let state = |found: Option<Key>| found.map(|key| key.state);
    let on = state(scene.found(&keys[0]).await?);
    same("a millisecond before the end of the day", &on, &Some(KeyState::Enabled))?;
    off(&mut scene, &keys, KEPT_MS).await?;
    let off = state(scene.found(&keys[0]).await?);
    same("at its end", &off, &Some(KeyState::Disabled(DisabledCause::Manual)))?;
    // Another text does not make the day of a rotation longer.
    let rotate = |scene: &mut Scene, ms| {
        let mut command = rotation(scene, &keys[0], ms);
        command.once = once(2, 2, ms);
        command
    };
    for ms in [0, KEPT_MS - 1] {
        let command = rotate(&mut scene, ms);
        scene.store.rotate_key(command).await.or_said("rotating")?;
    }
    let events = scene.trail_count().await?.events;
    let command = rotate(&mut scene, KEPT_MS);
    scene.store.rotate_key(command).await.or_said("rotating anew")?;
    same("events of a new rotation", &scene.trail_count().await?.events, &(events + 1))
}

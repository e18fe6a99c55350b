//! Laws of rotation: a new secret, the old one for a while, and nothing else.
//!
//! Must not ask when a secret ends; that is in `secret_ends`.

use domain::account::Account;
use domain::ids::KeyId;
use domain::key::{DisabledCause, ExpiredCause, Key, KeyState};
use domain::key_text::Kid;
use domain::secret::{OldSecret, Overlap, OverlapStart, Secret, SecretEnd};
use store::command::{RotateKeyRejection, RotationBy};
use store::port::{Change, TrailCount};

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, refused, rejected, same, same_found, same_key};
use crate::recorder::Recorder;
use crate::scene::{Scene, addresses, elsewhere, here, instant, note_use, permissions};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 10] = [
    law!("rotation gives a key a new secret, keeps the old one, and changes nothing else", kept),
    law!("a second rotation ends the first, once its secret was used: a key has two", two_at_most),
    law!("a secret that nobody used is replaced, and the one before it goes on", unused),
    law!("an end that a secret has already is not put off", never_put_off),
    law!("a key that is over, absent or elsewhere is given no new secret", never),
    law!("its holder rotates a key with the secret in use alone", holder),
    law!("no kid is taken twice, whichever secret has it", kid_twice),
    law!("a rotation whose trail cannot be written is not made", trail_first),
    law!("a rotation takes an epoch, writes its trail and is told of before its answer", told),
    law!("both secrets and the clock are kept when the store is closed and opened again", reopened),
];

/// The key as a rotation by the scene's command has to leave it.
fn expected(old: &Key, new: Secret, end: SecretEnd) -> Key {
    let previous = Some(OldSecret { secret: old.secret.clone(), end });
    Key { secret: new, previous, epoch: old.epoch + 1, ..old.clone() }
}

async fn kept(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let bystander = scene.made_key(&owner).await?;
    let off = KeyState::Disabled(DisabledCause::Manual);
    let overlap = |seconds| Overlap::from_seconds(seconds).expect("a lawful overlap");
    let cases = [
        (KeyState::Enabled, 2, OverlapStart::AtFirstUse, SecretEnd::AfterFirstUse(overlap(2))),
        (off, 0, OverlapStart::AtFirstUse, SecretEnd::AfterFirstUse(overlap(0))),
        (KeyState::Enabled, 604_800, OverlapStart::AtOnce, SecretEnd::At(instant(604_800_010))),
        (off, 0, OverlapStart::AtOnce, SecretEnd::At(instant(10))),
    ];
    for (state, seconds, start, end) in cases {
        let mut command = scene.key(&owner);
        command.key.state = state;
        command.key.permissions = permissions("PAYMENT:RW");
        command.key.expires_at = Some(instant(950));
        command.key.ip_list = addresses(&["10.0.0.9"]);
        let mut key = scene.store.create_key(command).await.or_said("making a key")?;
        scene.used(&key, key.secret.kid, &[5]).await?;
        note_use(&mut key, 5);
        let mut command = scene.rotate(&key);
        key.epoch = scene.epoch().await?;
        (command.overlap, command.start) = (overlap(seconds), start);
        let expected = expected(&key, command.secret.clone(), end);
        let answer = scene.store.rotate_key(command).await.or_said("rotating")?;
        same_key("the answer", &answer, &expected)?;
        same_found("the key that was found", scene.found(&key).await?.as_ref(), &expected)?;
    }
    same_found("another key", scene.found(&bystander).await?.as_ref(), &bystander)
}

async fn two_at_most(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut key = scene.made_key(&owner).await?;
    let mut first = None;
    for _ in 0..3 {
        scene.used(&key, key.secret.kid, &[5]).await?;
        note_use(&mut key, 5);
        let command = scene.rotate(&key);
        let end = SecretEnd::AfterFirstUse(command.overlap);
        let expected = expected(&key, command.secret.clone(), end);
        key = scene.store.rotate_key(command).await.or_said("rotating")?;
        same_key("the answer", &key, &expected)?;
        same_found("the key that was found", scene.found(&key).await?.as_ref(), &expected)?;
        first = first.or(expected.previous.map(|old| old.secret));
    }
    is_free(&mut scene, &owner, first.ok_or("nothing was replaced")?.kid).await
}

/// What is gone is gone wholly: its kid could be given to another.
async fn is_free(scene: &mut Scene, owner: &Account, kid: Kid) -> Verdict {
    let mut command = scene.key(owner);
    command.key.secret.kid = kid;
    scene.store.create_key(command).await.or_said("making a key with a kid that is free")?;
    Ok(())
}

async fn unused(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let first = scene.made_key(&owner).await?;
    let mut key = scene.rotated(&first).await?;
    let recorder = Recorder::watching(&scene.store);
    for (seconds, start) in [(7, OverlapStart::AtFirstUse), (9, OverlapStart::AtOnce)] {
        let mut command = scene.rotate(&key);
        command.overlap = Overlap::from_seconds(seconds).expect("a lawful overlap");
        command.start = start;
        let end = SecretEnd::of(command.overlap, start, command.at);
        let gone = key.secret.kid;
        let previous = Some(OldSecret { secret: first.secret.clone(), end });
        let secret = command.secret.clone();
        let expected = Key { secret, previous, epoch: key.epoch + 1, ..key.clone() };
        let trail = scene.trail_count().await?;
        key = scene.store.rotate_key(command).await.or_said("rotating")?;
        same_key("the answer", &key, &expected)?;
        same_found("the key that was found", scene.found(&key).await?.as_ref(), &expected)?;
        match recorder.told().last() {
            Some(Change::Reissued { key: told, old }) => {
                same_key("the key told of", told, &expected)?;
                same("the text that is dead", old, &gone)?;
            }
            other => return Err(format!("told of {other:?} instead of another text")),
        }
        let after = TrailCount { audit: trail.audit + 1, events: trail.events + 1 };
        same("the trail", &scene.trail_count().await?, &after)?;
        is_free(&mut scene, &owner, gone).await?;
        key.epoch = scene.epoch().await?;
    }
    // With an end in the past there is nothing to go on: the unused secret is all that works.
    let mut command = scene.rotate(&key);
    command.at = instant(20_000);
    let end = SecretEnd::AfterFirstUse(command.overlap);
    let mut expected = expected(&key, command.secret.clone(), end);
    let answer = scene.store.rotate_key(command).await.or_said("rotating")?;
    expected.epoch = answer.epoch;
    same_key("the answer", &answer, &expected)
}

async fn never_put_off(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = scene.made_key(&owner).await?;
    let overlap = |seconds| Overlap::from_seconds(seconds).expect("a lawful overlap");
    let cases = [
        (5, OverlapStart::AtOnce, 5_010),
        (6, OverlapStart::AtOnce, 5_010),
        (6, OverlapStart::AtFirstUse, 5_010),
        (4, OverlapStart::AtOnce, 4_010),
    ];
    for (seconds, start, end) in cases {
        let mut command = scene.rotate(&key);
        (command.overlap, command.start) = (overlap(seconds), start);
        let rotated = scene.store.rotate_key(command).await.or_said("rotating")?;
        let end = Some(SecretEnd::At(instant(end)));
        same("the end", &rotated.previous.map(|old| old.end), &end)?;
        let found = scene.found(&key).await?.and_then(|key| key.previous);
        same("the end that was found", &found.map(|old| old.end), &end)?;
    }
    Ok(())
}

async fn never(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for state in [
        KeyState::Expired(ExpiredCause::Date),
        KeyState::Expired(ExpiredCause::LackOfUse),
        KeyState::Deleted,
    ] {
        let key = scene.made_key_in(&owner, state).await?;
        stays(&mut scene, &key, &key, RotateKeyRejection::Final(state)).await?;
    }
    let mut command = scene.key(&owner);
    command.key.expires_at = Some(instant(10));
    let dated = scene.store.create_key(command).await.or_said("making a key")?;
    let by_date = KeyState::Expired(ExpiredCause::Date);
    stays(&mut scene, &dated, &dated, RotateKeyRejection::Final(by_date)).await?;
    let key = scene.made_key(&owner).await?;
    let absent = Key { id: KeyId::from_u128(77), ..key.clone() };
    stays(&mut scene, &key, &absent, RotateKeyRejection::NoSuchKey).await?;
    for place in elsewhere() {
        let misplaced = Key { place, ..key.clone() };
        stays(&mut scene, &key, &misplaced, RotateKeyRejection::NoSuchKey).await?;
    }
    Ok(())
}

/// Asks for the one, and looks at the other.
async fn stays(scene: &mut Scene, key: &Key, asked: &Key, expected: RotateKeyRejection) -> Verdict {
    let before = Before::of(scene).await?;
    let command = scene.rotate(asked);
    rejected("rotating", &scene.store.rotate_key(command).await, &expected)?;
    same_found("the key", scene.found(key).await?.as_ref(), key)?;
    before.still(scene).await
}

async fn holder(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let first = scene.made_key(&owner).await?;
    let stranger = scene.made_key(&owner).await?;
    let mut command = scene.rotate(&first);
    command.by = RotationBy::Holder(first.secret.kid);
    let second = scene.store.rotate_key(command).await.or_said("rotating one's own key")?;
    for kid in [first.secret.kid, stranger.secret.kid] {
        let mut command = scene.rotate(&second);
        command.by = RotationBy::Holder(kid);
        let outcome = scene.store.rotate_key(command).await;
        rejected("rotating with another secret", &outcome, &RotateKeyRejection::NotInUse)?;
        same_found("the key", scene.found(&second).await?.as_ref(), &second)?;
    }
    // Whoever shows a secret uses it, also where no use is stored: it is not gone like an unused one.
    let mut command = scene.rotate(&second);
    command.by = RotationBy::Holder(second.secret.kid);
    let third = scene.store.rotate_key(command).await.or_said("rotating with the newer secret")?;
    let old = third.previous.map(|old| old.secret.kid);
    same("the secret before", &old, &Some(second.secret.kid))
}

async fn kid_twice(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = scene.made_key(&owner).await?;
    let other = scene.made_key(&owner).await?;
    let rotated = scene.rotated(&key).await?;
    let before = Before::of(&scene).await?;
    for kid in [key.secret.kid, rotated.secret.kid, other.secret.kid] {
        for asked in [&rotated, &other] {
            let mut command = scene.rotate(asked);
            command.secret.kid = kid;
            refused("a kid that is taken", &scene.store.rotate_key(command).await)?;
        }
        let mut command = scene.key(&owner);
        command.key.secret.kid = kid;
        refused("a kid that is taken", &scene.store.create_key(command).await)?;
    }
    same_found("the key", scene.found(&rotated).await?.as_ref(), &rotated)?;
    same_found("the other", scene.found(&other).await?.as_ref(), &other)?;
    before.still(&scene).await
}

async fn trail_first(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let made = scene.key(&owner);
    let trail = made.trail.clone();
    let key = scene.store.create_key(made).await.or_said("making a key")?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    let mut command = scene.rotate(&key);
    command.trail.audit.id = trail.audit.id;
    refused("an audit entry that was written before", &scene.store.rotate_key(command).await)?;
    let mut command = scene.rotate(&key);
    command.trail.events[0].id = trail.events[0].id;
    refused("an event that was told before", &scene.store.rotate_key(command).await)?;
    same_found("the key", scene.found(&key).await?.as_ref(), &key)?;
    same("how often somebody was told", &recorder.count(), &0)?;
    before.still(&scene).await
}

async fn told(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = scene.made_key(&owner).await?;
    let recorder = Recorder::watching(&scene.store);
    let before = scene.trail_count().await?;
    let rotated = scene.rotated(&key).await?;
    same_found("told of", recorder.last_key().as_ref(), &rotated)?;
    same("how often somebody was told", &recorder.count(), &1)?;
    same("the epoch", &scene.epoch().await?, &(key.epoch + 1))?;
    let after = scene.trail_count().await?;
    same("the audit entries", &after.audit, &(before.audit + 1))?;
    same("the events", &after.events, &(before.events + 1))
}

async fn reopened(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut keys = Vec::new();
    for _ in 0..2 {
        let key = scene.made_key(&owner).await?;
        scene.used(&key, key.secret.kid, &[4]).await?;
        keys.push(scene.rotated(&key).await?);
    }
    scene.used(&keys[0], keys[0].secret.kid, &[20]).await?;
    note_use(&mut keys[0], 20);
    let started = keys[0].start_clock(instant(20));
    same("whether a clock waited", &started, &true)?;
    for _ in 0..2 {
        let Some(again) = scene.reopened(bench).await else { return Ok(()) };
        scene = again;
        for key in &keys {
            same_found("a key", scene.found(key).await?.as_ref(), key)?;
        }
        same("the epoch", &scene.epoch().await?, &keys[1].epoch)?;
    }
    Ok(())
}

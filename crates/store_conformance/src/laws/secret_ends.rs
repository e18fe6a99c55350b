//! Laws of the end of a secret: when its clock starts, and when it is erased.
//!
//! Must not look at a digest to see whether it is gone: the key no longer names it.

use domain::account::Branding;
use domain::key::{Key, KeyState};
use domain::secret::{OverlapStart, SecretEnd};
use domain::time::Timestamp;
use store::command::{AgeKeys, Aged, AgedKey, EraseSecrets, ErasedWhere, KeyUse, Seen};

use super::law;
use crate::checks::{OrSaid, same, same_found, same_key};
use crate::recorder::Recorder;
use crate::scene::{Scene, here, instant, note_use};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 7] = [
    law!("an old secret's clock starts with the first use of the new one, and only then", clock),
    law!("the start of a clock takes no epoch, writes no trail and is told of first", told),
    law!("uses are kept of each secret by itself, and the latest of the key", by_itself),
    law!("what has ended is erased, no other, no more than asked, and twice is as once", erased),
    law!("erasing takes no epoch, writes no trail and is told of first", erasing_told),
    law!("a look at a key that erases its old secret is told of as erasing is", looked_at),
    law!("a change of a key erases its old secret if that has ended", by_the_way),
];

fn end_of(key: &Key) -> Option<SecretEnd> {
    key.previous.as_ref().map(|old| old.end)
}

async fn now(scene: &Scene, key: &Key) -> Result<Key, String> {
    scene.found(key).await?.ok_or_else(|| "the key is gone".to_owned())
}

async fn clock(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let old = scene.made_key(&owner).await?;
    let key = scene.rotated(&old).await?;
    let waiting = end_of(&key);
    scene.used(&key, old.secret.kid, &[20, 21]).await?;
    scene.used(&key, domain::key_text::Kid::from_u128(3), &[22]).await?;
    same("the end after uses of others", &end_of(&now(&scene, &key).await?), &waiting)?;
    // Of the uses that come together the earliest counts, wherever it stands.
    let used = |kid, ms| KeyUse { key: key.id, kid, at: instant(ms) };
    let together = vec![
        used(key.secret.kid, 33),
        used(old.secret.kid, 29),
        used(key.secret.kid, 31),
        used(key.secret.kid, 32),
    ];
    scene.store.record_use(together).await.or_said("recording uses")?;
    let end = Some(SecretEnd::At(instant(2_031)));
    same("the end after the first use", &end_of(&now(&scene, &key).await?), &end)?;
    for ms in [30, 40, 3_000] {
        scene.used(&key, key.secret.kid, &[ms]).await?;
        same("the end after later uses", &end_of(&now(&scene, &key).await?), &end)?;
    }
    let at_once = scene.made_key(&owner).await?;
    let mut command = scene.rotate(&at_once);
    command.start = OverlapStart::AtOnce;
    let key = scene.store.rotate_key(command).await.or_said("rotating")?;
    scene.used(&key, key.secret.kid, &[50]).await?;
    let end = Some(SecretEnd::At(instant(2_010)));
    same("the end of a clock that ran", &end_of(&now(&scene, &key).await?), &end)
}

async fn told(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut keys = Vec::new();
    for _ in 0..2 {
        let key = scene.made_key(&owner).await?;
        keys.push(scene.rotated(&key).await?);
    }
    let recorder = Recorder::watching(&scene.store);
    let (trail, epoch) = (scene.trail_count().await?, scene.epoch().await?);
    let uses = keys.iter().map(|key| KeyUse { key: key.id, kid: key.secret.kid, at: instant(20) });
    scene.store.record_use(uses.collect()).await.or_said("recording uses")?;
    let own: Vec<u64> = keys.iter().map(|key| key.epoch).collect();
    same("the epochs that were told", &recorder.epochs(), &own)?;
    same("the epoch of the store", &scene.epoch().await?, &epoch)?;
    same("the trail", &scene.trail_count().await?, &trail)?;
    for key in &mut keys {
        note_use(key, 20);
        key.start_clock(instant(20));
        same_found("the key", scene.found(key).await?.as_ref(), key)?;
    }
    same_found("told of", recorder.last_key().as_ref(), &now(&scene, &keys[1]).await?)?;
    scene.used(&keys[0], keys[0].secret.kid, &[21]).await?;
    same("how often somebody was told", &recorder.count(), &2)
}

async fn by_itself(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let old = scene.made_key(&owner).await?;
    scene.used(&old, old.secret.kid, &[5]).await?;
    let key = scene.rotated(&old).await?;
    let uses = |key: &Key| {
        let ms = |at: Option<Timestamp>| at.map(|at| at.millis_since(instant(0)));
        let previous = key.previous.as_ref().and_then(|old| old.secret.last_used_at);
        (ms(key.last_used_at), ms(key.secret.last_used_at), ms(previous))
    };
    same("after the rotation", &uses(&key), &(Some(5), None, Some(5)))?;
    let steps = [
        (old.secret.kid, 30, (Some(30), None, Some(30))),
        (key.secret.kid, 20, (Some(30), Some(20), Some(30))),
        (old.secret.kid, 25, (Some(30), Some(20), Some(30))),
        (old.secret.kid, 40, (Some(40), Some(20), Some(40))),
        (key.secret.kid, 50, (Some(50), Some(50), Some(40))),
    ];
    for (kid, ms, expected) in steps {
        scene.used(&key, kid, &[ms]).await?;
        same("after a use", &uses(&now(&scene, &key).await?), &expected)?;
    }
    // With the old secret its last use goes, and that of the key stays.
    scene.used(&key, old.secret.kid, &[60]).await?;
    erase(&scene, 5_000, 10).await?;
    same("after its end", &uses(&now(&scene, &key).await?), &(Some(60), Some(50), None))
}

async fn erase(scene: &Scene, at_ms: i64, limit: u32) -> Result<u32, String> {
    let command = EraseSecrets { place: ErasedWhere::Everywhere, at: instant(at_ms), limit };
    scene.store.erase_secrets(command).await.or_said("erasing")
}

/// Three keys whose old secrets end at the instants 2,010, 2,011 and 2,012, one whose old secret
/// waits for a first use, and one with that whose own date is the instant 2,012.
async fn with_ends(scene: &mut Scene) -> Result<Vec<Key>, String> {
    let owner = scene.made_root(&here()).await?;
    let mut keys = Vec::new();
    for ms in 10..13 {
        let key = scene.made_key(&owner).await?;
        let mut command = scene.rotate(&key);
        (command.start, command.at) = (OverlapStart::AtOnce, instant(ms));
        keys.push(scene.store.rotate_key(command).await.or_said("rotating")?);
    }
    let waiting = scene.made_key(&owner).await?;
    keys.push(scene.rotated(&waiting).await?);
    let mut command = scene.key(&owner);
    command.key.expires_at = Some(instant(2_012));
    let dated = scene.store.create_key(command).await.or_said("making a key")?;
    keys.push(scene.rotated(&dated).await?);
    Ok(keys)
}

async fn with_old(scene: &Scene, keys: &[Key]) -> Result<Vec<bool>, String> {
    let mut old = Vec::new();
    for key in keys {
        old.push(now(scene, key).await?.previous.is_some());
    }
    Ok(old)
}

async fn erased(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let keys = with_ends(&mut scene).await?;
    for (at_ms, limit, count, left) in [
        (2_009, 10, 0, [true, true, true, true, true]),
        (2_010, 10, 1, [false, true, true, true, true]),
        (2_010, 10, 0, [false, true, true, true, true]),
        (2_011, 0, 0, [false, true, true, true, true]),
        (2_011, 1, 1, [false, false, true, true, true]),
        (2_012, 10, 2, [false, false, false, true, false]),
        (9_999, 10, 0, [false, false, false, true, false]),
    ] {
        same("how many were erased", &erase(&scene, at_ms, limit).await?, &count)?;
        same("which are left", &with_old(&scene, &keys).await?, &left.to_vec())?;
    }
    let again = with_ends(&mut scene).await?;
    same("how many were erased of many", &erase(&scene, 9_999, 2).await?, &2)?;
    let left = with_old(&scene, &again).await?.into_iter().filter(|old| *old).count();
    same("how many are left of many", &left, &3)?;
    // Nothing else about a key changes.
    let found = now(&scene, &keys[0]).await?;
    let expected = Key { previous: None, ..keys[0].clone() };
    same_key("a key", &found, &expected)
}

async fn erasing_told(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let keys = with_ends(&mut scene).await?;
    let recorder = Recorder::watching(&scene.store);
    let (trail, epoch) = (scene.trail_count().await?, scene.epoch().await?);
    same("how many were erased", &erase(&scene, 2_011, 10).await?, &2)?;
    let mut told = recorder.epochs();
    told.sort_unstable();
    same("the epochs that were told", &told, &vec![keys[0].epoch, keys[1].epoch])?;
    same("the epoch of the store", &scene.epoch().await?, &epoch)?;
    same("the trail", &scene.trail_count().await?, &trail)?;
    for key in &keys[..2] {
        let erased = Key { previous: None, ..key.clone() };
        same_found("a key", scene.found(key).await?.as_ref(), &erased)?;
    }
    Ok(())
}

async fn looked_at(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let keys = with_ends(&mut scene).await?;
    let recorder = Recorder::watching(&scene.store);
    let (trail, epoch) = (scene.trail_count().await?, scene.epoch().await?);
    let look = |key: &Key| AgedKey {
        key: key.id,
        seen: Seen::of(key, Branding::Ours),
        steps: Vec::new(),
        look_at: None,
    };
    let looks = keys[..3].iter().map(look).collect();
    let command = AgeKeys { place: here(), at: instant(2_011), keys: looks };
    let aged = scene.store.age_keys(command).await.or_said("ageing")?;
    same("the answer", &aged, &Aged { written: 3, passed_over: 0, steps: 0 })?;
    same("which are left", &with_old(&scene, &keys[..3]).await?, &vec![false, false, true])?;
    same("told of", &recorder.epochs(), &vec![keys[0].epoch, keys[1].epoch])?;
    let last = recorder.last_key().map(|key| (key.id, end_of(&key)));
    same("the key told of last", &last, &Some((keys[1].id, None)))?;
    same("the epoch of the store", &scene.epoch().await?, &epoch)?;
    same("the trail", &scene.trail_count().await?, &trail)
}

async fn by_the_way(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let keys = with_ends(&mut scene).await?;
    let mut command = scene.disable(&keys[0]);
    command.at = instant(2_009);
    let disabled = scene.store.disable_key(command).await.or_said("disabling")?;
    same("before its end", &end_of(&disabled), &end_of(&keys[0]))?;
    let mut command = scene.enable(&keys[0]);
    command.at = instant(2_010);
    let enabled = scene.store.enable_key(command).await.or_said("enabling")?;
    same("from its end on", &end_of(&enabled), &None)?;
    let mut command = scene.disable(&keys[1]);
    command.at = instant(2_011);
    let disabled = scene.store.disable_key(command).await.or_said("disabling")?;
    same("from its end on", &end_of(&disabled), &None)?;
    // A deleted key keeps one secret, by which it is known as deleted.
    let command = scene.delete(&keys[3]);
    let deleted = scene.store.delete_key(command).await.or_said("deleting")?;
    same("the deleted key", &(deleted.state, end_of(&deleted)), &(KeyState::Deleted, None))?;
    for key in [&enabled, &disabled, &deleted] {
        same_found("the key that was found", scene.found(key).await?.as_ref(), key)?;
    }
    Ok(())
}

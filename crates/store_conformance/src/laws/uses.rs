//! Laws of recorded uses: the latest is kept, and nobody is told.
//!
//! Must not take a use for a change.

use domain::ids::KeyId;
use domain::key::{Key, KeyState};
use store::command::KeyUse;

use super::law;
use crate::checks::{OrSaid, same, same_found};
use crate::recorder::Recorder;
use crate::scene::{Scene, here, instant, note_use};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("the latest use of a key is kept, in whatever order uses come", latest),
    law!("uses of keys that do not exist are passed over, and the others kept", unknown),
    law!("recording uses takes no epoch, writes no trail and tells nobody", silent),
];

async fn latest(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut key = scene.made_key(&owner).await?;
    let steps: [(&[i64], i64); 4] = [(&[5], 5), (&[9, 7], 9), (&[8], 9), (&[10, 12, 11], 12)];
    for (uses, expected) in steps {
        scene.used(&key, key.secret.kid, uses).await?;
        note_use(&mut key, expected);
        same_found("the key that was used", scene.found(&key).await?.as_ref(), &key)?;
    }
    // A change of the key keeps its use.
    let command = scene.disable(&key);
    let disabled = scene.store.disable_key(command).await.or_said("disabling")?;
    same("the last use after a change", &disabled.last_used_at, &key.last_used_at)?;
    same_found("the disabled key", scene.found(&key).await?.as_ref(), &disabled)
}

async fn unknown(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut one = scene.made_key(&owner).await?;
    let mut other = scene.made_key(&owner).await?;
    let unused = scene.made_key(&owner).await?;
    let unknown = KeyUse { key: KeyId::from_u128(77), kid: one.secret.kid, at: instant(3) };
    let used = |key: &Key, ms| KeyUse { key: key.id, kid: key.secret.kid, at: instant(ms) };
    let uses = vec![unknown, used(&one, 1), unknown, used(&other, 2), unknown];
    scene.store.record_use(uses).await.or_said("recording uses")?;
    scene.store.record_use(Vec::new()).await.or_said("recording no uses")?;
    note_use(&mut one, 1);
    note_use(&mut other, 2);
    for key in [&one, &other, &unused] {
        same_found("a key", scene.found(key).await?.as_ref(), key)?;
    }
    Ok(())
}

async fn silent(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = scene.made_key(&owner).await?;
    let deleted = scene.made_key_in(&owner, KeyState::Deleted).await?;
    let (trail, epoch) = (scene.trail_count().await?, scene.epoch().await?);
    let recorder = Recorder::watching(&scene.store);
    for key in [&key, &deleted] {
        scene.used(key, key.secret.kid, &[5]).await?;
    }
    same("the trail", &scene.trail_count().await?, &trail)?;
    same("the epoch", &scene.epoch().await?, &epoch)?;
    same("how often somebody was told", &recorder.count(), &0)?;
    let found = scene.found(&key).await?.map(|key| (key.epoch, key.last_used_at));
    same("the key", &found, &Some((key.epoch, Some(instant(5)))))
}

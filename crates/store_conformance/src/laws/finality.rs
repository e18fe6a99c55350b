//! Laws of keys that are over: nothing comes back to life.
//!
//! Must not accept a change that is only answered as refused: the row is looked at as well.

use domain::key::{DisabledCause, ExpiredCause, Key, KeyState};
use domain::time::Timestamp;
use store::command::{ChangeKeyRejection, KeyChange};

use super::keys::STATES;
use super::law;
use crate::checks::{OrSaid, rejected, same, same_found, same_key};
use crate::scene::{Scene, here, instant, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("a deleted or expired key cannot be updated, enabled or disabled", over_for_good),
    law!("a key is over from the very instant of its date, and no new date revives it", by_date),
    law!("deleting works in every state, is for good, and can be repeated", deleting),
    law!("a key may be changed up to the last millisecond before its date", before_its_date),
];

async fn over_for_good(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for state in [
        KeyState::Expired(ExpiredCause::Date),
        KeyState::Expired(ExpiredCause::LackOfUse),
        KeyState::Deleted,
    ] {
        let key = scene.made_key_in(&owner, state).await?;
        stays_over(&mut scene, &key, instant(50), state).await?;
    }
    Ok(())
}

async fn by_date(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for state in [KeyState::Enabled, KeyState::Disabled(DisabledCause::Manual)] {
        let mut command = scene.key(&owner);
        command.key.state = state;
        command.key.expires_at = Some(instant(50));
        let key = scene.store.create_key(command).await.or_said("making a key with a date")?;
        for at in [instant(50), instant(51), instant(1_000_000)] {
            stays_over(&mut scene, &key, at, KeyState::Expired(ExpiredCause::Date)).await?;
        }
    }
    Ok(())
}

/// No change but deletion gets through at this instant, and the row stays as it is.
async fn stays_over(scene: &mut Scene, key: &Key, at: Timestamp, state: KeyState) -> Verdict {
    let over = ChangeKeyRejection::Final(state);
    let before = scene.trail_count().await?;
    let change =
        KeyChange { name: Some(name("revived")), expires_at: Some(None), ..KeyChange::default() };
    for change in [change, KeyChange::default()] {
        let mut command = scene.update(key, change);
        command.at = at;
        rejected("updating", &scene.store.update_key(command).await, &over)?;
    }
    let mut command = scene.enable(key);
    command.at = at;
    rejected("enabling", &scene.store.enable_key(command).await, &over)?;
    let mut command = scene.disable(key);
    command.at = at;
    rejected("disabling", &scene.store.disable_key(command).await, &over)?;
    same_found("the key that is over", scene.found(key).await?.as_ref(), key)?;
    same("the trail", &scene.trail_count().await?, &before)
}

async fn deleting(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for state in STATES {
        let mut command = scene.key(&owner);
        command.key.state = state;
        command.key.expires_at = Some(instant(25));
        let mut key = scene.store.create_key(command).await.or_said("making a key")?;
        if key.state != KeyState::Deleted {
            key.epoch += 1;
        }
        key.state = KeyState::Deleted;
        for _ in 0..2 {
            let command = scene.delete(&key);
            let answer = scene.store.delete_key(command).await.or_said("deleting")?;
            same_key("the answer", &answer, &key)?;
            same_found("the key that was found", scene.found(&key).await?.as_ref(), &key)?;
        }
        stays_over(&mut scene, &key, instant(40), KeyState::Deleted).await?;
    }
    Ok(())
}

async fn before_its_date(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut command = scene.key(&owner);
    command.key.expires_at = Some(instant(50));
    let key = scene.store.create_key(command).await.or_said("making a key with a date")?;
    let mut command = scene.disable(&key);
    command.at = instant(49);
    scene.store.disable_key(command).await.or_said("disabling")?;
    let mut command = scene.enable(&key);
    command.at = instant(49);
    scene.store.enable_key(command).await.or_said("enabling")?;
    let later = KeyChange { expires_at: Some(Some(instant(60))), ..KeyChange::default() };
    let mut command = scene.update(&key, later);
    command.at = instant(49);
    let updated = scene.store.update_key(command).await.or_said("giving it a later date")?;
    same("the new date", &updated.expires_at, &Some(instant(60)))?;
    let mut command = scene.disable(&key);
    command.at = instant(59);
    scene.store.disable_key(command).await.or_said("disabling before the later date")?;
    Ok(())
}

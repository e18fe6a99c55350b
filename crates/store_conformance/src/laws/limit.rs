//! Laws of the limit of keys that an account may hold.
//!
//! Must not rely on luck: callers meet because the store lets them.

use std::sync::Arc;

use domain::key::{DisabledCause, ExpiredCause, KeyState};
use store::command::{CreateKeyRejection, ListKeys};
use store::fault::Failure;
use tokio::task::JoinSet;

use super::law;
use crate::checks::{OrSaid, ensure, rejected, same};
use crate::scene::{Scene, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("sixteen callers at once fill an account capped at ten with exactly ten keys", race),
    law!("keys that are deleted or past their date leave room under the limit", over_keys),
    law!("disabled keys and keys with a later date count towards the limit", living_keys),
    law!("keys of other accounts do not count towards the limit", others),
];

const CALLERS: usize = 16;
const LIMIT: u32 = 10;
const REACHED: CreateKeyRejection = CreateKeyRejection::LimitReached { limit: LIMIT };

async fn race(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let store = Arc::clone(&scene.store);
        let mut command = scene.key(&owner);
        command.keys_max = LIMIT;
        callers.spawn(async move { store.create_key(command).await });
    }
    let (mut made, mut turned_away) = (0, 0);
    for outcome in callers.join_all().await {
        match outcome {
            Ok(_) => made += 1,
            Err(Failure::Rejected(rejection)) if rejection == REACHED => turned_away += 1,
            Err(failure) => return Err(format!("a caller got {failure:?}")),
        }
    }
    same("keys made and callers turned away", &(made, turned_away), &(10, 6))?;
    let question = ListKeys { owner: Some(owner.id), ..ListKeys::of(here()) };
    let page = scene.store.list_keys(question).await.or_said("listing the keys")?;
    same("keys that are there", &page.items.len(), &10)
}

async fn over_keys(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for state in [
        KeyState::Deleted,
        KeyState::Expired(ExpiredCause::Date),
        KeyState::Expired(ExpiredCause::LackOfUse),
    ] {
        scene.made_key_in(&owner, state).await?;
    }
    // Past its date at the very instant of the next key's making, whatever its state says yet.
    for state in [KeyState::Enabled, KeyState::Disabled(DisabledCause::Manual)] {
        let mut command = scene.key(&owner);
        command.key.state = state;
        command.key.expires_at = Some(instant(500));
        scene.store.create_key(command).await.or_said("making a key with a date")?;
    }
    let deleted = scene.made_key(&owner).await?;
    let command = scene.delete(&deleted);
    scene.store.delete_key(command).await.or_said("deleting a key")?;

    let mut command = scene.key(&owner);
    command.key.created_at = instant(500);
    command.keys_max = 1;
    let outcome = scene.store.create_key(command).await;
    ensure(outcome.is_ok(), || format!("over keys took up the limit: {outcome:?}"))
}

async fn living_keys(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    for state in [
        KeyState::Enabled,
        KeyState::Disabled(DisabledCause::Manual),
        KeyState::Disabled(DisabledCause::LackOfUse),
        KeyState::Disabled(DisabledCause::OwnerArrangementChanged),
    ] {
        for expires_at in [None, Some(instant(501))] {
            let owner = scene.made_root(&here()).await?;
            let mut command = scene.key(&owner);
            command.key.state = state;
            command.key.expires_at = expires_at;
            scene.store.create_key(command).await.or_said("making a key")?;
            let mut command = scene.key(&owner);
            command.key.created_at = instant(500);
            command.keys_max = 1;
            let outcome = scene.store.create_key(command).await;
            let step = format!("a second key beside one that is {state:?} until {expires_at:?}");
            rejected(&step, &outcome, &CreateKeyRejection::LimitReached { limit: 1 })?;
        }
    }
    Ok(())
}

async fn others(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let (one, other) = (scene.made_root(&here()).await?, scene.made_root(&here()).await?);
    for _ in 0..3 {
        scene.made_key(&one).await?;
    }
    let mut command = scene.key(&other);
    command.keys_max = 1;
    let outcome = scene.store.create_key(command).await;
    ensure(outcome.is_ok(), || format!("another account's keys took up the limit: {outcome:?}"))?;
    let mut command = scene.key(&one);
    command.keys_max = 3;
    let outcome = scene.store.create_key(command).await;
    rejected("a fourth key", &outcome, &CreateKeyRejection::LimitReached { limit: 3 })
}

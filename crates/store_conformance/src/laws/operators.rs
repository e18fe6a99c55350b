//! Laws of operators' keys.
//!
//! Must not ask what a role may do: a store does not know.

use std::sync::Arc;

use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};
use store::command::{DeleteOperatorKeyRejection, ListOperatorKeys, Position};
use store::fault::Failure;
use store::port::Loaded;
use tokio::task::JoinSet;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, ensure, refused_safely, rejected, same, same_operator_key};
use crate::recorder::Recorder;
use crate::scene::Scene;
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 5] = [
    law!("an operator's key comes back by loading as it was made, and is told of", comes_back),
    law!("no id or kid of an operator's key is taken twice", taken_once),
    law!("a deleted key of an operator is told of, stays deleted and is not listed", deleted),
    law!("the last key of an admin is not deleted, whoever asks at once", last_admin),
    law!("operators' keys are listed page by page, in the order of their making", listed),
];

async fn comes_back(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let recorder = Recorder::watching(&scene.store);
    let mut expected = Vec::new();
    for role in OperatorRole::ALL {
        let command = scene.operator_key(role);
        expected.push(command.key.clone());
        let made = scene.store.create_operator_key(command.clone()).await.or_said("making it")?;
        same_operator_key(&made, &command.key)?;
        let told = recorder.last_operator_key();
        same_operator_key(told.as_ref().ok_or("nobody was told of it")?, &command.key)?;
    }
    let taken = expected.len() as u64;
    same("the epoch, which each of them takes", &scene.epoch().await?, &taken)?;
    same("how many came back", &loaded(&scene).await?.len(), &expected.len())?;
    loaded(&scene).await?.iter().zip(&expected).try_for_each(|(a, b)| same_operator_key(a, b))
}

async fn taken_once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let first = scene.operator_key(OperatorRole::Admin);
    let first = scene.store.create_operator_key(first).await.or_said("making the first")?;
    let before = scene.trail_count().await?;
    for same_id in [true, false] {
        let mut command = scene.operator_key(OperatorRole::Admin);
        if same_id {
            command.key.id = first.id;
        } else {
            command.key.kid = first.kid;
        }
        match scene.store.create_operator_key(command).await {
            Err(Failure::Fault(fault)) => refused_safely("an identity that is taken", &fault)?,
            outcome => return Err(format!("an identity was taken twice: {outcome:?}")),
        }
    }
    same("the trail", &scene.trail_count().await?, &before)?;
    let keys = loaded(&scene).await?;
    ensure(keys.len() == 1, || format!("expected the first key alone, found {keys:?}"))
}

async fn deleted(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    scene.made_operator_key(OperatorRole::Admin).await?;
    for role in OperatorRole::ALL {
        let key = scene.made_operator_key(role).await?;
        let expected = OperatorKey { state: OperatorKeyState::Deleted, ..key.clone() };
        let recorder = Recorder::watching(&scene.store);
        let command = scene.delete_operator_key(&key);
        let answer = scene.store.delete_operator_key(command).await.or_said("deleting it")?;
        same_operator_key(&answer, &expected)?;
        let told = recorder.last_operator_key();
        same_operator_key(told.as_ref().ok_or("nobody was told of it")?, &expected)?;
        let back = loaded(&scene).await?.pop().ok_or("it does not come back by loading")?;
        same_operator_key(&back, &expected)?;
        let page = page(&scene, Position::START, 100).await?;
        same("what is listed", &page.0.contains(&format!("{:?}", key.id)), &false)?;

        let before = Before::of(&scene).await?;
        let command = scene.delete_operator_key(&key);
        let again = scene.store.delete_operator_key(command).await.or_said("deleting it again")?;
        same_operator_key(&again, &expected)?;
        before.still(&scene).await?;
        same("how often somebody was told", &recorder.count(), &1)?;
    }
    let absent = scene.operator_key(OperatorRole::Verifier).key;
    let command = scene.delete_operator_key(&absent);
    let outcome = scene.store.delete_operator_key(command).await;
    rejected("deleting", &outcome, &DeleteOperatorKeyRejection::NoSuchOperatorKey)
}

async fn last_admin(bench: &dyn Bench) -> Verdict {
    const ADMINS: usize = 8;
    let mut scene = Scene::fresh(bench).await;
    scene.made_operator_key(OperatorRole::Verifier).await?;
    scene.made_operator_key(OperatorRole::Support).await?;
    let mut commands = Vec::new();
    for _ in 0..ADMINS {
        let key = scene.made_operator_key(OperatorRole::Admin).await?;
        commands.push(scene.delete_operator_key(&key));
    }
    let mut callers = JoinSet::new();
    for command in commands {
        let store = Arc::clone(&scene.store);
        callers.spawn(async move { store.delete_operator_key(command).await });
    }
    let outcomes = callers.join_all().await;
    let turned_away: Vec<_> = outcomes.iter().filter(|outcome| outcome.is_err()).collect();
    same("how many were turned away", &turned_away.len(), &1)?;
    for outcome in turned_away {
        rejected("deleting the last", outcome, &DeleteOperatorKeyRejection::LastAdmin)?;
    }
    let active = |key: &&OperatorKey| key.state == OperatorKeyState::Active;
    let keys = loaded(&scene).await?;
    let admins = keys.iter().filter(active).filter(|key| key.role == OperatorRole::Admin);
    same("how many admins are left", &admins.count(), &1)
}

async fn listed(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let mut made = Vec::new();
    for role in OperatorRole::ALL.into_iter().chain(OperatorRole::ALL) {
        made.push(scene.made_operator_key(role).await?);
    }
    let names: Vec<String> = made.iter().map(|key| format!("{:?}", key.id)).collect();
    let (first, next) = page(&scene, Position::START, 4).await?;
    same("the first page", &first, &names[..4].to_vec())?;
    // A deleted key moves no position.
    let command = scene.delete_operator_key(&made[3]);
    scene.store.delete_operator_key(command).await.or_said("deleting")?;
    let next = next.ok_or("the list ends after its first page")?;
    same("the second page", &page(&scene, next, 4).await?, &(names[4..].to_vec(), None))
}

/// The ids on a page, and where the list goes on.
async fn page(
    scene: &Scene,
    after: Position,
    limit: u32,
) -> Result<(Vec<String>, Option<Position>), String> {
    let question = ListOperatorKeys { after, limit };
    let page = scene.store.list_operator_keys(question).await.or_said("listing")?;
    Ok((page.items.iter().map(|key| format!("{:?}", key.id)).collect(), page.next))
}

async fn loaded(scene: &Scene) -> Result<Vec<OperatorKey>, String> {
    let mut keys = Vec::new();
    let mut visit = |row: Loaded<'_>| match row {
        Loaded::OperatorKey(key) => keys.push(key.clone()),
        Loaded::Account(_) | Loaded::Key(_) | Loaded::Damaged { .. } => {}
    };
    scene.store.load(&mut visit).await.or_said("loading")?;
    Ok(keys)
}

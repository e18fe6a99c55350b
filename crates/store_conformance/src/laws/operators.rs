//! Laws of operators' keys, which come back by loading alone.
//!
//! Must not look for them anywhere else: the port has no other way.

use domain::operator::{OperatorKey, OperatorRole};
use store::port::Loaded;

use super::law;
use crate::checks::{OrSaid, ensure, refused_safely, same, same_operator_key};
use crate::recorder::Recorder;
use crate::scene::Scene;
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 2] = [
    law!("an operator's key comes back by loading as it was made, and is told of", comes_back),
    law!("no id or kid of an operator's key is taken twice", taken_once),
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
            Err(fault) => refused_safely("an identity that is taken", &fault)?,
            Ok(key) => return Err(format!("an identity was taken twice: {key:?}")),
        }
    }
    same("the trail", &scene.trail_count().await?, &before)?;
    let keys = loaded(&scene).await?;
    ensure(keys.len() == 1, || format!("expected the first key alone, found {keys:?}"))
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

//! Laws of telling: observers know every change, in order, before anybody can act on its answer.
//!
//! Must not wait for an observer: what is late is wrong.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::account::AccountKind;
use domain::key::Key;
use store::command::KeyChange;
use store::port::Change;
use tokio::task::JoinSet;

use super::law;
use crate::checks::{OrSaid, ensure, same, same_found, same_key};
use crate::recorder::{Recorder, epoch_of};
use crate::scene::{Scene, here, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 5] = [
    law!("observers are told of each change, as answered, before its caller", before_the_answer),
    law!("changes of many callers are told once each, with epochs that strictly rise", in_order),
    law!("a change whose caller went away is told of all the same", caller_gone),
    law!("every observer is told of what is committed after it came", every_observer),
    law!("each change takes the next epoch and stamps it on the row", epochs),
];

async fn before_the_answer(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let recorder = Recorder::watching(&scene.store);
    let owner = scene.made_root(&here()).await?;
    same("the account told of", &recorder.last_account(), &Some(owner.clone()))?;
    let told = |answer: &Key| same_found("told of", recorder.last_key().as_ref(), answer);

    let key = scene.made_key(&owner).await?;
    told(&key)?;
    let change = KeyChange { name: Some(name("renamed")), ..KeyChange::default() };
    let command = scene.update(&key, change);
    told(&scene.store.update_key(command).await.or_said("updating")?)?;
    let command = scene.disable(&key);
    told(&scene.store.disable_key(command).await.or_said("disabling")?)?;
    let command = scene.enable(&key);
    told(&scene.store.enable_key(command).await.or_said("enabling")?)?;
    let command = scene.delete(&key);
    told(&scene.store.delete_key(command).await.or_said("deleting")?)?;
    same("how often somebody was told", &recorder.count(), &6)
}

async fn in_order(bench: &dyn Bench) -> Verdict {
    const CALLERS: u64 = 16;
    const KEYS_EACH: u64 = 8;
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let recorder = Recorder::watching(&scene.store);
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let commands: Vec<_> = (0..KEYS_EACH).map(|_| scene.key(&owner)).collect();
        let (store, recorder) = (Arc::clone(&scene.store), Arc::clone(&recorder));
        callers.spawn(async move {
            for command in commands {
                let key = store.create_key(command).await.or_said("making a key")?;
                let told = recorder.epochs().contains(&key.epoch);
                ensure(told, || format!("epoch {} was answered before it was told", key.epoch))?;
            }
            Ok::<(), String>(())
        });
    }
    callers.join_all().await.into_iter().collect::<Verdict>()?;
    let epochs = recorder.epochs();
    same("how many changes were told", &(epochs.len() as u64), &(CALLERS * KEYS_EACH))?;
    ensure(epochs.is_sorted_by(|a, b| a < b), || format!("told in the order {epochs:?}"))?;
    let last = epochs.last().copied();
    same("the epoch that was told last", &last, &Some(scene.epoch().await?))?;
    for change in recorder.told() {
        if let Change::Key(told) = change {
            same_found("the row of what was told", scene.found(&told).await?.as_ref(), &told)?;
        }
    }
    Ok(())
}

async fn caller_gone(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let recorder = Recorder::watching(&scene.store);
    let mut given_up = Vec::new();
    for _ in 0..4 {
        let command = scene.key(&owner);
        given_up.push(command.key.clone());
        let mut call = scene.store.create_key(command);
        let mut context = Context::from_waker(Waker::noop());
        // Whether it is done by now or not, nobody asks again.
        match call.as_mut().poll(&mut context) {
            Poll::Pending | Poll::Ready(_) => drop(call),
        }
    }
    // Whatever was begun before this change is over when it is answered.
    let fence = scene.account(&here(), AccountKind::Root);
    scene.store.create_account(fence).await.or_said("making an account")?;
    let told: Vec<Key> = recorder.told().into_iter().filter_map(key_of).collect();
    for key in given_up {
        let told = told.iter().find(|told| told.id == key.id);
        match (scene.found(&key).await?, told) {
            (None, None) => {}
            (Some(found), Some(told)) => same_key("the key that was told of", told, &found)?,
            (Some(found), None) => return Err(format!("nobody was told of {found:?}")),
            (None, Some(told)) => return Err(format!("told of a key that is not there: {told:?}")),
        }
    }
    let epochs = recorder.epochs();
    ensure(epochs.is_sorted_by(|a, b| a < b), || format!("told in the order {epochs:?}"))
}

async fn every_observer(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let early = Recorder::watching(&scene.store);
    let owner = scene.made_root(&here()).await?;
    let late = Recorder::watching(&scene.store);
    let key = scene.made_key(&owner).await?;
    same("changes told to the first observer", &early.epochs(), &vec![owner.epoch, key.epoch])?;
    same("changes told to the second observer", &late.epochs(), &vec![key.epoch])
}

async fn epochs(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    same("the epoch of nothing", &scene.epoch().await?, &0)?;
    let recorder = Recorder::watching(&scene.store);
    let owner = scene.made_root(&here()).await?;
    let key = scene.made_key(&owner).await?;
    let command = scene.disable(&key);
    let disabled = scene.store.disable_key(command).await.or_said("disabling")?;
    let command = scene.delete(&key);
    let deleted = scene.store.delete_key(command).await.or_said("deleting")?;
    let answered = vec![owner.epoch, key.epoch, disabled.epoch, deleted.epoch];
    same("the epochs that were answered", &answered, &vec![1, 2, 3, 4])?;
    let told: Vec<u64> = recorder.told().iter().filter_map(epoch_of).collect();
    same("the epochs that were told", &told, &answered)?;
    same("the epoch of the store", &scene.epoch().await?, &4)
}

fn key_of(change: Change) -> Option<Key> {
    match change {
        Change::Key(key) => Some(*key),
        Change::Account(_)
        | Change::AccountWithKey(_)
        | Change::Keys(_)
        | Change::Reissued { .. }
        | Change::OperatorKey(_)
        | Change::Clock(_) => None,
    }
}

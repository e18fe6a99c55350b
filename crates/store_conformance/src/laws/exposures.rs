//! Laws of keys that others saw: each is told of once for each cause and day, and switched off whole.
//!
//! Must not ask how a key came to be seen: that comes in with the command.

use domain::audit::EventKind;
use domain::exposure::Exposure;
use domain::key::{DisabledCause, Key, KeyState};
use domain::key_snapshot::KeySnapshot;
use store::command::{
    ChangeKeyRejection, EventPosition, EventRow, ExposeKey, ListEvents, Telling, Trail,
};

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, refused, rejected, same, same_found};
use crate::recorder::Recorder;
use crate::scene::{Scene, elsewhere, here, instant, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("it is told once for each cause and day that others saw a key, and how", told_once),
    law!("a key that others saw is switched off in the same step, also if it was told", off),
    law!("a key that others saw is told of and switched off, or neither", whole),
    law!("of a key that is elsewhere or over for good nobody is told that others saw it", not_over),
];

fn reported() -> Exposure {
    Exposure::Reported(Some(name("a paste of  yesterday")))
}

fn exposes(scene: &mut Scene, key: &Key, exposure: &Exposure, day: i64) -> ExposeKey {
    let mut told = scene.trail_of(key);
    for event in &mut told.events {
        (event.kind, event.exposure) = (EventKind::Exposed, Some(exposure.clone()));
    }
    ExposeKey {
        place: key.place.clone(),
        key: key.id,
        cause: exposure.cause(),
        day,
        at: instant(10),
        told,
        switched_off: None,
    }
}

fn switching_off(scene: &mut Scene, key: &Key, day: i64) -> ExposeKey {
    let mut off = scene.trail_of(key);
    for event in &mut off.events {
        event.kind = EventKind::Disabled;
    }
    let command = exposes(scene, key, &reported(), day);
    ExposeKey { switched_off: Some(off), ..command }
}

async fn exposed(scene: &Scene, command: ExposeKey) -> Result<(Key, Telling), String> {
    let exposed = scene.store.expose_key(command).await.or_said("exposing a key")?;
    Ok((exposed.key, exposed.telling))
}

async fn events(scene: &Scene) -> Result<Vec<EventRow>, String> {
    let question = ListEvents::after(EventPosition::START);
    Ok(scene.store.list_events(question).await.or_said("listing events")?.items)
}

async fn told_once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let keys = [scene.made_key(&root).await?, scene.made_key(&root).await?];
    let recorder = Recorder::watching(&scene.store);
    let mut expected = Vec::new();
    for (at, exposure, day, telling) in [
        (0, reported(), 7, Telling::Now),
        (0, Exposure::Reported(None), 7, Telling::Before),
        (0, Exposure::InTheClear, 7, Telling::Now),
        (1, Exposure::InTheClear, 7, Telling::Now),
        (0, Exposure::InTheClear, 7, Telling::Before),
        (0, Exposure::Reported(None), 8, Telling::Now),
        (0, Exposure::Reported(None), 7, Telling::Before),
        // Told by a clock that was ahead: it silences nothing once the clock is right.
        (1, reported(), 40, Telling::Now),
        (1, reported(), 38, Telling::Now),
        (1, reported(), 38, Telling::Before),
    ] {
        let command = exposes(&mut scene, &keys[at], &exposure, day);
        let before = Before::of(&scene).await?;
        let (key, was) = exposed(&scene, command).await?;
        same("whether it was told", &was, &telling)?;
        same_found("the key", Some(&key), &keys[at])?;
        match telling {
            Telling::Now => expected.push((keys[at].id, exposure)),
            Telling::Before => before.still(&scene).await?,
        }
    }
    let rows = events(&scene).await?;
    let told = rows.iter().filter(|row| row.event.kind == EventKind::Exposed);
    let found: Vec<_> =
        told.filter_map(|row| Some((row.event.key, row.event.exposure.clone()?))).collect();
    same("what was told", &found, &expected)?;
    let shown = rows.iter().all(|row| {
        let key = keys.iter().find(|key| key.id == row.event.key);
        row.key == key.map(KeySnapshot::of)
    });
    same("each with its key", &shown, &true)?;
    same("who was told of a change", &recorder.count(), &0)
}

async fn off(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let disabled = KeyState::Disabled(DisabledCause::Manual);
    let both = vec![EventKind::Created, EventKind::Exposed, EventKind::Disabled];
    for told_before in [false, true] {
        let key = scene.made_key(&root).await?;
        if told_before {
            let command = exposes(&mut scene, &key, &reported(), 7);
            exposed(&scene, command).await?;
        }
        let (recorder, before) =
            (Recorder::watching(&scene.store), scene.trail_count().await?.audit);
        let command = switching_off(&mut scene, &key, 7);
        let (seen, telling) = exposed(&scene, command).await?;
        let expected = if told_before { Telling::Before } else { Telling::Now };
        same("whether it was told", &telling, &expected)?;
        same("the state", &seen.state, &disabled)?;
        same_found("the key", scene.found(&key).await?.as_ref(), &seen)?;
        same("the epoch", &scene.epoch().await?, &seen.epoch)?;
        same("how often somebody was told", &recorder.count(), &1)?;
        let entries = if told_before { 1 } else { 2 };
        same("audit entries", &scene.trail_count().await?.audit, &(before + entries))?;
        let of_key = |row: &EventRow| (row.event.key == key.id).then_some(row.event.kind);
        let found: Vec<_> = events(&scene).await?.iter().filter_map(of_key).collect();
        same("the events", &found, &both)?;
        let rows = events(&scene).await?;
        let of_key = rows.iter().filter(|row| row.event.key == key.id);
        let shown: Vec<_> = of_key.filter_map(|row| Some(row.key.as_ref()?.state)).collect();
        let once_told = if told_before { KeyState::Enabled } else { disabled };
        same("how they show the key", &shown, &vec![KeyState::Enabled, once_told, disabled])?;
        // One that is off stays as it is.
        let command = switching_off(&mut scene, &key, 7);
        let before = Before::of(&scene).await?;
        exposed(&scene, command).await?;
        before.still(&scene).await?;
    }
    let lacks = scene.made_key_in(&root, KeyState::Disabled(DisabledCause::LackOfUse)).await?;
    let command = switching_off(&mut scene, &lacks, 7);
    let (seen, telling) = exposed(&scene, command).await?;
    same("one that was off", &(seen.state, telling), &(lacks.state, Telling::Now))
}

async fn whole(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let key = scene.made_key(&root).await?;
    let mut command = switching_off(&mut scene, &key, 7);
    let again = command.told.audit.id;
    let taken = |trail: &mut Trail| trail.audit.id = again;
    command.switched_off.iter_mut().for_each(taken);
    let before = Before::of(&scene).await?;
    refused("a trail that is taken", &scene.store.expose_key(command).await)?;
    before.still(&scene).await?;
    same_found("the key", scene.found(&key).await?.as_ref(), &key)?;
    let command = exposes(&mut scene, &key, &reported(), 7);
    same("whether it was told", &exposed(&scene, command).await?.1, &Telling::Now)
}

async fn not_over(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let deleted = scene.made_key_in(&root, KeyState::Deleted).await?;
    let key = scene.made_key(&root).await?;
    let over = ChangeKeyRejection::Final(KeyState::Deleted);
    let [elsewhere, ..] = elsewhere();
    let mut strange = switching_off(&mut scene, &key, 7);
    strange.place = elsewhere;
    let command = switching_off(&mut scene, &deleted, 7);
    let before = Before::of(&scene).await?;
    rejected("a deleted key", &scene.store.expose_key(command).await, &over)?;
    let none = ChangeKeyRejection::NoSuchKey;
    rejected("a key elsewhere", &scene.store.expose_key(strange).await, &none)?;
    before.still(&scene).await
}

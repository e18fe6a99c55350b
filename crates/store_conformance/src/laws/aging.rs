//! Laws of ageing: what is due is found, and each step is taken once, whole, and only by a key that
//! is as it was seen.
//!
//! Must not work out what is due: laws say which steps are taken.

use domain::account::{Account, Branding};
use domain::key::{DisabledCause, ExpiredCause, Key, KeyState};
use domain::lifecycle::{Step, StepDone, Wait, WarningTime};
use store::command::{
    AccountChange, AgeKeys, AgeKeysRejection, Aged, AgedKey, DueKey, DueKeys, KeptStep, KeyChange,
    RelookKeys, Seen,
};

use super::law;
use crate::checks::{OrSaid, ensure, rejected, same};
use crate::recorder::Recorder;
use crate::scene::{Scene, elsewhere, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 11] = [
    law!("keys due for a look are found in their order, each once, in pages of any size", in_order),
    law!("a step changes its key, is told of, and is kept over a restart", taken),
    law!("a key that is not as it was seen is passed over, and nothing of it changes", moved),
    law!("a step is taken once in an idle time, whoever asks at once", once),
    law!("no step is taken at an instant before that of an earlier one", clock_behind),
    law!("a look that takes no step binds no later one to its instant", looks_bind_nobody),
    law!("steps are written with their trail or not at all", trail_taken),
    law!("what may bring a step nearer makes the key due for a look", looked_at_again),
    law!("a changed policy makes every key of its place due, some at a time", relooked),
    law!("a use of a key that was idle for too long comes too late", used_too_late),
    law!("keys that will be looked at are counted, but no further than asked", counted),
];

const WARN: Step = Step::Warn(WarningTime::After(Wait::Months(4)));

async fn in_order(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let [elsewhere, ..] = elsewhere();
    let (owner, stranger) = (scene.made_root(&here()).await?, scene.made_root(&elsewhere).await?);
    let mut keys = Vec::new();
    for ms in [50, 10, 30, 30, 101] {
        keys.push(key_due(&mut scene, &owner, Some(ms)).await?);
    }
    key_due(&mut scene, &owner, None).await?;
    key_due(&mut scene, &stranger, Some(20)).await?;
    for state in [KeyState::Deleted, KeyState::Expired(ExpiredCause::LackOfUse)] {
        let mut command = scene.key(&owner);
        (command.key.state, command.key.look_at) = (state, Some(instant(20)));
        scene.store.create_key(command).await.or_said("making a key")?;
    }
    let expected: Vec<_> = [1, 2, 3, 0].map(|at: usize| keys[at].id).to_vec();
    for limit in [1, 2, 3, 4, 100] {
        let mut question = due_by(100);
        question.limit = limit;
        let mut found = Vec::new();
        loop {
            let page = scene.store.due_keys(question.clone()).await.or_said("asking")?;
            ensure(page.items.len() <= limit as usize, || format!("a page of more than {limit}"))?;
            found.extend(page.items.iter().map(|due| due.key.id));
            question.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        same("the keys that are due", &found, &expected)?;
    }
    Ok(())
}

async fn taken(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = key_due(&mut scene, &owner, Some(0)).await?;
    scene.used(&key, key.secret.kid, &[5]).await?;
    let due = only_due(&scene, 50).await?;
    same("what was done", &due.done, &vec![])?;
    let recorder = Recorder::watching(&scene.store);
    let (trail, epoch) = (scene.trail_count().await?, scene.epoch().await?);
    let command = aging(&mut scene, &due, &[Step::Disable, WARN], Some(90));
    same(
        "the answer",
        &aged(&scene, command).await?,
        &Aged { written: 1, passed_over: 0, steps: 2 },
    )?;
    let count = scene.trail_count().await?;
    same(
        "audit entries and events",
        &(count.audit - trail.audit, count.events - trail.events),
        &(2, 2),
    )?;
    let found = scene.found(&key).await?.ok_or("the key is not there")?;
    same("the state", &found.state, &KeyState::Disabled(DisabledCause::LackOfUse))?;
    same("the epoch of the key", &found.epoch, &(epoch + 1))?;
    same("the next look", &found.look_at, &Some(instant(90)))?;
    let told = recorder.last_key().map(|key| (key.id, key.state));
    same("the key told of", &told, &Some((key.id, found.state)))?;
    same("how often somebody was told", &recorder.count(), &1)?;
    // A warning alone changes nothing that verifications see.
    let due = only_due(&scene, 90).await?;
    let command =
        aging(&mut scene, &due, &[Step::Warn(WarningTime::BeforeExpiry { days: 7 })], None);
    aged(&scene, command).await?;
    same("how often somebody was told of a warning", &recorder.count(), &1)?;
    drop(recorder);
    let Some(scene) = scene.reopened(bench).await else { return Ok(()) };
    let kept = scene.store.kept_steps(vec![key.id]).await.or_said("asking for steps")?;
    let mut steps: Vec<String> = kept.iter().map(|kept| kept.done.step.to_string()).collect();
    steps.sort();
    same("the steps", &steps, &["disable", "warn:-7d", "warn:4m"].map(str::to_owned).to_vec())?;
    let first = kept.iter().find(|kept| kept.done.step == Step::Disable).copied();
    let done = StepDone { step: Step::Disable, at: instant(100) };
    same("a step", &first, &Some(KeptStep { key: key.id, idle_since: instant(5), done }))
}

async fn moved(bench: &dyn Bench) -> Verdict {
    for change in 0..4 {
        let mut scene = Scene::fresh(bench).await;
        let root = scene.made_root(&here()).await?;
        let owner = scene.made_subaccount(&root).await?;
        let key = key_due(&mut scene, &owner, Some(0)).await?;
        let due = only_due(&scene, 50).await?;
        let command = aging(&mut scene, &due, &[Step::Disable], Some(90));
        match change {
            0 => scene.used(&key, key.secret.kid, &[5]).await?,
            1 => {
                let command = scene.disable(&key);
                scene.store.disable_key(command).await.or_said("disabling").map(drop)?;
            }
            2 => white_labelled(&mut scene, &owner).await?,
            _ => {
                let command = scene.delete(&key);
                scene.store.delete_key(command).await.or_said("deleting").map(drop)?;
            }
        }
        let before = scene.found(&key).await?;
        let trail = scene.trail_count().await?;
        let answer = aged(&scene, command).await?;
        same("the answer", &answer, &Aged { written: 0, passed_over: 1, steps: 0 })?;
        same("the trail", &scene.trail_count().await?, &trail)?;
        let found = scene.found(&key).await?;
        same("the key", &format!("{found:?}"), &format!("{before:?}"))?;
        same("its steps", &kept(&scene, &key).await?, &vec![])?;
    }
    Ok(())
}

async fn once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = key_due(&mut scene, &owner, Some(0)).await?;
    let due = only_due(&scene, 50).await?;
    let commands = [(); 2].map(|()| aging(&mut scene, &due, &[WARN], Some(50)));
    let trail = scene.trail_count().await?;
    let [one, other] = commands;
    let (one, other) = tokio::join!(scene.store.age_keys(one), scene.store.age_keys(other));
    let written = one.or_said("ageing")?.written + other.or_said("ageing")?.written;
    same("how many took the step", &written, &1)?;
    let events = scene.trail_count().await?.events - trail.events;
    same("events", &events, &1)?;
    // Who looks again sees that it was done.
    same("what was done", &only_due(&scene, 50).await?.done.len(), &1)?;
    // A use begins a new idle time, and with it the step is there to be taken again.
    scene.used(&key, key.secret.kid, &[7]).await?;
    let due = only_due(&scene, 50).await?;
    same("what was done since the use", &due.done, &vec![])?;
    let command = aging(&mut scene, &due, &[WARN], None);
    same(
        "the answer",
        &aged(&scene, command).await?,
        &Aged { written: 1, passed_over: 0, steps: 1 },
    )?;
    same("the steps that are kept", &kept(&scene, &key).await?.len(), &1)
}

async fn clock_behind(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = key_due(&mut scene, &owner, Some(0)).await?;
    let due = only_due(&scene, 50).await?;
    let command = aging(&mut scene, &due, &[WARN], Some(60));
    aged(&scene, command).await?;
    let due = only_due(&scene, 60).await?;
    let trail = scene.trail_count().await?;
    let mut command = aging(&mut scene, &due, &[Step::Disable], Some(70));
    command.at = instant(99);
    let outcome = scene.store.age_keys(command.clone()).await;
    let behind = AgeKeysRejection::ClockBehind { latest: instant(100) };
    rejected("a step before the latest", &outcome, &behind)?;
    same("the trail", &scene.trail_count().await?, &trail)?;
    let found = scene.found(&key).await?.map(|key| key.state);
    same("the state", &found, &Some(KeyState::Enabled))?;
    command.at = instant(100);
    same("the answer", &aged(&scene, command).await?.written, &1)
}

async fn looks_bind_nobody(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = key_due(&mut scene, &owner, Some(0)).await?;
    let due = only_due(&scene, 50).await?;
    let mut ahead = aging(&mut scene, &due, &[], Some(60));
    ahead.at = instant(9_999_999);
    let looked = aged(&scene, ahead).await?;
    same("the answer", &looked, &Aged { written: 1, passed_over: 0, steps: 0 })?;
    // Whoever is passed over takes no step either.
    scene.used(&key, key.secret.kid, &[5]).await?;
    let mut late = aging(&mut scene, &due, &[Step::Disable], Some(60));
    late.at = instant(9_999_999);
    let passed = aged(&scene, late).await?;
    same("the answer", &passed, &Aged { written: 0, passed_over: 1, steps: 0 })?;
    let due = only_due(&scene, 60).await?;
    let command = aging(&mut scene, &due, &[WARN], Some(70));
    same("the answer at an earlier instant", &aged(&scene, command).await?.steps, &1)
}

async fn trail_taken(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut keys = Vec::new();
    for _ in 0..2 {
        keys.push(key_due(&mut scene, &owner, Some(0)).await?);
    }
    let page = scene.store.due_keys(due_by(50)).await.or_said("asking")?;
    same("how many keys are due", &page.items.len(), &2)?;
    let mut commands: Vec<AgeKeys> = Vec::new();
    for due in &page.items {
        commands.push(aging(&mut scene, due, &[Step::Expire], None));
    }
    let mut together = commands.remove(0);
    together.keys.append(&mut commands.remove(0).keys);
    // The second key's events cannot be written.
    let taken = together.keys[0].steps[0].1.events[0].id;
    together.keys[1].steps[0].1.events[0].id = taken;
    let trail = scene.trail_count().await?;
    let outcome = scene.store.age_keys(together).await;
    ensure(outcome.is_err(), || format!("a step without its trail: {outcome:?}"))?;
    same("the trail", &scene.trail_count().await?, &trail)?;
    for key in &keys {
        let found = scene.found(key).await?.map(|key| key.state);
        same("the state", &found, &Some(KeyState::Enabled))?;
        same("the steps", &kept(&scene, key).await?, &vec![])?;
    }
    Ok(())
}

async fn looked_at_again(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let owner = scene.made_subaccount(&root).await?;
    let mut expected = Vec::new();
    for later in [None, Some(900)] {
        let enabled = key_due(&mut scene, &owner, later).await?;
        let (off, on) = (scene.disable(&enabled), scene.enable(&enabled));
        scene.store.disable_key(off).await.or_said("disabling")?;
        scene.store.enable_key(on).await.or_said("enabling")?;
        let dated = key_due(&mut scene, &owner, later).await?;
        let expires_at = Some(Some(instant(800)));
        let change = KeyChange { expires_at, ..KeyChange::default() };
        let command = scene.update(&dated, change);
        scene.store.update_key(command).await.or_said("updating")?;
        expected.extend([enabled.id, dated.id]);
    }
    let untouched = key_due(&mut scene, &owner, Some(900)).await?;
    let due = |page: Vec<DueKey>| {
        let mut found: Vec<_> = page.iter().map(|due| due.key.id).collect();
        found.sort();
        found
    };
    expected.sort();
    let page = scene.store.due_keys(due_by(100)).await.or_said("asking")?;
    same("what is due", &due(page.items), &expected)?;
    white_labelled(&mut scene, &owner).await?;
    let page = scene.store.due_keys(due_by(100)).await.or_said("asking")?;
    let branded = page.items.iter().all(|due| due.branding == Branding::WhiteLabel);
    ensure(branded, || "a key of a white-label account is shown as another's".to_owned())?;
    expected.push(untouched.id);
    expected.sort();
    same("what is due after another branding", &due(page.items), &expected)
}

async fn relooked(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let [elsewhere, ..] = elsewhere();
    let (owner, stranger) = (scene.made_root(&here()).await?, scene.made_root(&elsewhere).await?);
    for later in [None, Some(900), Some(5), None, Some(900)] {
        key_due(&mut scene, &owner, later).await?;
        key_due(&mut scene, &stranger, later).await?;
    }
    let trail = scene.trail_count().await?;
    for (policy, expected) in [("one", 5), ("one", 0), ("two", 5)] {
        let relook = RelookKeys { place: here(), policy: policy.into(), at: instant(50), limit: 2 };
        let (mut steps, mut before) = (0, due_count(&scene).await?);
        while scene.store.relook_keys(relook.clone()).await.or_said("relooking")? {
            steps += 1;
            let now = due_count(&scene).await?;
            ensure(now <= before + 2, || format!("{} keys in one step", now - before))?;
            before = now;
            ensure(steps < 20, || "there is always more".to_owned())?;
        }
        ensure((expected == 0) == (steps == 0), || format!("{steps} steps for {policy}"))?;
        let due = due_count(&scene).await?;
        let kept = if expected == 0 { 1 } else { expected };
        same("what is due", &due, &kept)?;
        // All but the one whose time had come anyway are put off again.
        let page = scene.store.due_keys(due_by(50)).await.or_said("asking")?;
        for due in page.items.iter().skip(1) {
            let command = aging(&mut scene, due, &[], Some(900));
            aged(&scene, command).await?;
        }
    }
    same("the trail", &scene.trail_count().await?, &trail)?;
    let elsewhere = DueKeys { place: elsewhere, ..due_by(50) };
    let page = scene.store.due_keys(elsewhere).await.or_said("asking")?;
    same("what is due elsewhere", &page.items.len(), &1)
}

async fn used_too_late(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for (state, counts) in [
        (KeyState::Disabled(DisabledCause::LackOfUse), false),
        (KeyState::Expired(ExpiredCause::LackOfUse), false),
        (KeyState::Disabled(DisabledCause::Manual), true),
        (KeyState::Expired(ExpiredCause::Date), true),
    ] {
        let key = scene.made_key_in(&owner, state).await?;
        scene.used(&key, key.secret.kid, &[5]).await?;
        let found = scene.found(&key).await?.and_then(|key| key.last_used_at);
        same(&format!("the last use of a key {state:?}"), &found, &counts.then(|| instant(5)))?;
    }
    Ok(())
}

async fn counted(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let [elsewhere, ..] = elsewhere();
    let (owner, stranger) = (scene.made_root(&here()).await?, scene.made_root(&elsewhere).await?);
    for look_at in [Some(1), Some(900), Some(900), None] {
        key_due(&mut scene, &owner, look_at).await?;
        key_due(&mut scene, &stranger, look_at).await?;
    }
    let mut deleted = scene.key(&owner);
    (deleted.key.state, deleted.key.look_at) = (KeyState::Deleted, Some(instant(1)));
    scene.store.create_key(deleted).await.or_said("making a key")?;
    for (most, expected) in [(0, 0), (2, 2), (3, 3), (100, 3)] {
        let count = scene.store.count_aging_keys(here(), most).await.or_said("counting")?;
        same("the keys", &count, &expected)?;
    }
    Ok(())
}

/// A key that is to be looked at so many milliseconds into the scene.
async fn key_due(scene: &mut Scene, owner: &Account, ms: Option<i64>) -> Result<Key, String> {
    let mut command = scene.key(owner);
    command.key.look_at = ms.map(instant);
    scene.store.create_key(command).await.or_said("making a key")
}

fn due_by(ms: i64) -> DueKeys {
    DueKeys { place: here(), until: instant(ms), after: None, limit: 100 }
}

async fn due_count(scene: &Scene) -> Result<usize, String> {
    Ok(scene.store.due_keys(due_by(50)).await.or_said("asking")?.items.len())
}

async fn only_due(scene: &Scene, ms: i64) -> Result<DueKey, String> {
    let mut page = scene.store.due_keys(due_by(ms)).await.or_said("asking")?;
    same("how many keys are due", &page.items.len(), &1)?;
    page.items.pop().ok_or_else(|| "no key is due".to_owned())
}

/// A command by which the key takes these steps at the instant 100.
fn aging(scene: &mut Scene, due: &DueKey, steps: &[Step], look_at: Option<i64>) -> AgeKeys {
    let steps = steps.iter().map(|step| (*step, scene.trail_of(&due.key))).collect();
    let seen = Seen::of(&due.key, due.branding);
    let key = AgedKey { key: due.key.id, seen, steps, look_at: look_at.map(instant) };
    AgeKeys { place: here(), at: instant(100), keys: vec![key] }
}

async fn aged(scene: &Scene, command: AgeKeys) -> Result<Aged, String> {
    scene.store.age_keys(command).await.or_said("ageing")
}

async fn kept(scene: &Scene, key: &Key) -> Result<Vec<KeptStep>, String> {
    scene.store.kept_steps(vec![key.id]).await.or_said("asking for steps")
}

async fn white_labelled(scene: &mut Scene, account: &Account) -> Verdict {
    let change = AccountChange { branding: Some(Branding::WhiteLabel), ..AccountChange::default() };
    let command = scene.update_account(account, change);
    scene.store.update_account(command).await.or_said("changing an account").map(drop)
}

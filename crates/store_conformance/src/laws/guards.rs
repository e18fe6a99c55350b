//! Laws of what guards a place against a clock that is wrong: approvals, marks, and what a clock that was
//! ahead leaves behind.
//!
//! Must not wait for anything itself: instants are given.

use domain::account::Account;
use domain::ids::Place;
use domain::lifecycle::{Step, Wait, WarningTime};
use domain::time::Timestamp;
use domain::watch::{LEAP_MS, Passage, REST_MS, Watch};
use store::command::{
    AgeKeys, AgedKey, Approval, ApproveSweep, CopyEnding, DueKeys, MarkNotAhead, NoteClock,
    PlaceGuard, ResetMark, Seen,
};

use super::law;
use crate::checks::{OrSaid, rejected, same};
use crate::scene::{Scene, elsewhere, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!(
        "an approval is used up by keys that take steps for lack of use, and by nothing else",
        approved
    ),
    law!("the instant of the latest step is set back, with any approval, and never forward", mark),
    law!(
        "what was noted of a clock is kept, and a leap begins a rest that no step back ends",
        noted
    ),
    law!("what a clock that was ahead has put off is due once it was noted", put_off),
];

const WARN: Step = Step::Warn(WarningTime::After(Wait::Months(4)));
const WEEKS_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

async fn approved(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    same("before", &guard(&scene, &here()).await?, &PlaceGuard::default())?;
    let before = scene.trail_count().await?.audit;
    let until = instant(5_000);
    let command = ApproveSweep {
        place: here(),
        approval: Approval { keys: 2, until },
        trail: scene.trail(&here(), 0),
    };
    scene.store.approve_sweep(command).await.or_said("approving")?;
    same("the trail", &(scene.trail_count().await?.audit - before), &1)?;
    same("elsewhere", &guard(&scene, &elsewhere()[0]).await?, &PlaceGuard::default())?;
    for (steps, left) in [
        (&[][..], Some(2)),
        (&[Step::ExpireByDate], Some(2)),
        (&[WARN], Some(1)),
        (&[WARN, Step::Disable], None),
    ] {
        ages(&mut scene, &owner, steps, 100).await?;
        let approval = guard(&scene, &here()).await?.approval;
        same("what is left", &approval, &left.map(|keys| Approval { keys, until }))?;
    }
    Ok(())
}

async fn mark(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let reset = |scene: &mut Scene, place: &Place, ms| ResetMark {
        place: place.clone(),
        at: instant(ms),
        trail: scene.trail(place, 0),
    };
    let command = reset(&mut scene, &here(), 5);
    rejected("before any step", &scene.store.reset_mark(command).await, &MarkNotAhead)?;
    ages(&mut scene, &owner, &[WARN], 100).await?;
    let watch = note(&scene, (100, 100), Passage::ByItself).await?;
    let command = ApproveSweep {
        place: here(),
        approval: Approval { keys: 2, until: instant(5_000) },
        trail: scene.trail(&here(), 0),
    };
    scene.store.approve_sweep(command).await.or_said("approving")?;
    let before = scene.trail_count().await?.audit;
    for (place, ms) in [(&here(), 100), (&here(), 101), (&elsewhere()[0], 5)] {
        let command = reset(&mut scene, place, ms);
        rejected("not ahead", &scene.store.reset_mark(command).await, &MarkNotAhead)?;
    }
    let command = reset(&mut scene, &here(), 40);
    scene.store.reset_mark(command).await.or_said("setting back")?;
    same("the trail", &(scene.trail_count().await?.audit - before), &1)?;
    // The rest stays: whoever sets a mark back says nothing of what was not tried.
    let expected = PlaceGuard { latest_at: Some(instant(40)), watch, ..PlaceGuard::default() };
    same("what is kept", &guard(&scene, &here()).await?, &expected)?;
    ages(&mut scene, &owner, &[WARN], 40).await
}

async fn noted(bench: &dyn Bench) -> Verdict {
    let scene = Scene::fresh(bench).await;
    let mut expected = Watch::default();
    for (now_ms, passage, rests_until) in [
        (0, Passage::ByItself, Some(instant(REST_MS))),
        (LEAP_MS, Passage::ByItself, Some(instant(REST_MS))),
        (WEEKS_MS, Passage::Moved, None),
        (WEEKS_MS * 2, Passage::ByItself, Some(instant(WEEKS_MS * 2 + REST_MS))),
        (WEEKS_MS * 2 - 1, Passage::ByItself, Some(instant(WEEKS_MS * 2 - 1 + REST_MS))),
        (WEEKS_MS, Passage::ByItself, Some(instant(WEEKS_MS + REST_MS))),
    ] {
        expected = Watch { seen_at: Some(instant(now_ms)), rests_until };
        same("the answer", &note(&scene, (now_ms, 0), passage).await?, &expected)?;
        same("what is kept", &guard(&scene, &here()).await?.watch, &expected)?;
    }
    same("elsewhere", &guard(&scene, &elsewhere()[0]).await?, &PlaceGuard::default())?;
    same("after all", &guard(&scene, &here()).await?.watch, &expected)
}

async fn put_off(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 1).await?;
    let claimed = scene.claimed(0, 100).await?;
    scene.came_back(claimed[0].hand(), 0, 500).await?;
    note(&scene, (1, 1), Passage::ByItself).await?;
    same("what waits as long as it should", &scene.claimed(2, 100).await?.len(), &0)?;
    // While the clock is ahead it fails once more, and is in a hand.
    let claimed = scene.claimed_at(&here(), WEEKS_MS, WEEKS_MS, 100).await?;
    scene.came_back(claimed[0].hand(), WEEKS_MS, 500).await?;
    same("put off", &scene.claimed(99, 100).await?.len(), &0)?;
    note(&scene, (100, 100), Passage::ByItself).await?;
    same("due again", &scene.claimed_at(&here(), 101, WEEKS_MS, 100).await?.len(), &1)?;
    same("in a hand", &scene.claimed(102, 100).await?.len(), &0)?;
    note(&scene, (103, 103), Passage::ByItself).await?;
    same("out of it", &scene.claimed(104, 100).await?.len(), &1)?;

    scene.told(&root, 0).await?;
    let copies = scene.copies(WEEKS_MS).await?;
    let next_at = instant(WEEKS_MS + 1);
    scene.copy_ended(&copies[0], WEEKS_MS, CopyEnding::Failed { next_at }).await?;
    same("a letter that is put off", &scene.copies(WEEKS_MS).await?, &vec![])?;
    note(&scene, (200, 200), Passage::ByItself).await?;
    same("a letter", &scene.copies_at(&here(), 201, WEEKS_MS).await?.len(), &1)?;
    note(&scene, (202, 202), Passage::ByItself).await?;
    same("out of its hand", &scene.copies(203).await?.len(), &1)
}

async fn guard(scene: &Scene, place: &Place) -> Result<PlaceGuard, String> {
    scene.store.place_guard(place.clone()).await.or_said("asking for a guard")
}

async fn note(
    scene: &Scene,
    (now_ms, clock_ms): (i64, i64),
    passage: Passage,
) -> Result<Watch, String> {
    let (now, clock): (Timestamp, Timestamp) = (instant(now_ms), instant(clock_ms));
    let command = NoteClock { place: here(), now, clock, passage };
    scene.store.note_clock(command).await.or_said("noting a clock")
}

/// A new key takes these steps at this instant.
async fn ages(scene: &mut Scene, owner: &Account, steps: &[Step], at_ms: i64) -> Verdict {
    let mut command = scene.key(owner);
    command.key.look_at = Some(instant(0));
    let made = scene.store.create_key(command).await.or_said("making a key")?;
    let question = DueKeys { place: here(), until: instant(0), after: None, limit: 100 };
    let page = scene.store.due_keys(question).await.or_said("asking")?;
    let due = page.items.into_iter().find(|due| due.key.id == made.id).ok_or("no key is due")?;
    let steps = steps.iter().map(|step| (*step, scene.trail_of(&due.key))).collect();
    let seen = Seen::of(&due.key, due.branding);
    let key = AgedKey { key: due.key.id, seen, steps, look_at: None };
    let command = AgeKeys { place: here(), at: instant(at_ms), keys: vec![key] };
    let aged = scene.store.age_keys(command).await.or_said("ageing")?;
    same("keys that aged", &aged.written, &1)
}

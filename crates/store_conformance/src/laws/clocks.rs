//! Laws of the clocks of places: they are moved forward, each by itself, and kept.
//!
//! Must not ask what happens at an instant: a store does not know.

use domain::clock::{CLOCK_LATEST, ClockOffset, ClockRejection, PlaceClock};
use domain::ids::Place;
use domain::time::Reading;
use store::command::{EraseSecrets, ErasedWhere, MoveClock};
use store::port::Change;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, refused, rejected, same};
use crate::recorder::Recorder;
use crate::scene::{Scene, elsewhere, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("a clock that was moved comes back, also over a restart, and no other", comes_back),
    law!("a move takes an epoch, writes its trail and is told of before the answer", told),
    law!("a clock goes neither back nor too far, and one that stands writes nothing", forward_only),
    law!("what ended by the clock of one place is erased there alone", erased_there),
];

/// A command that moves the clock of this place, when the system's shows so many milliseconds.
fn moves(scene: &mut Scene, place: &Place, at_ms: i64, to_ms: i64) -> MoveClock {
    MoveClock {
        place: place.clone(),
        to: instant(to_ms),
        at: Reading::of(instant(at_ms)),
        trail: scene.trail(place, 0),
    }
}

fn clock(place: &Place, offset_ms: i64, epoch: u64) -> PlaceClock {
    let offset = ClockOffset::from_millis(offset_ms).expect("not negative");
    PlaceClock { place: place.clone(), offset, epoch }
}

async fn moved(scene: &mut Scene, place: &Place, at: i64, to: i64) -> Result<PlaceClock, String> {
    let command = moves(scene, place, at, to);
    scene.store.move_clock(command).await.or_said("moving a clock")
}

async fn clocks(scene: &Scene) -> Result<Vec<PlaceClock>, String> {
    scene.store.place_clocks().await.or_said("reading the clocks")
}

async fn comes_back(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    same("the clocks of a new store", &clocks(&scene).await?, &Vec::new())?;
    let [near, ..] = elsewhere();
    same(
        "one that was moved",
        &moved(&mut scene, &here(), 10, 110).await?,
        &clock(&here(), 100, 1),
    )?;
    same("another", &moved(&mut scene, &near, 20, 27).await?, &clock(&near, 7, 2))?;
    // It has run on by 30 since.
    same("moved again", &moved(&mut scene, &here(), 40, 240).await?, &clock(&here(), 200, 3))?;
    let mut expected = vec![clock(&here(), 200, 3), clock(&near, 7, 2)];
    expected.sort_by(|one, other| one.place.cmp(&other.place));
    same("all of them", &clocks(&scene).await?, &expected)?;
    let Some(scene) = scene.reopened(bench).await else { return Ok(()) };
    same("all of them after a restart", &clocks(&scene).await?, &expected)
}

async fn told(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let recorder = Recorder::watching(&scene.store);
    let before = scene.trail_count().await?;
    let answer = moved(&mut scene, &here(), 0, 500).await?;
    let told: Vec<PlaceClock> = recorder.told().into_iter().filter_map(clock_of).collect();
    same("what was told", &told, &vec![answer.clone()])?;
    same("the epoch", &scene.epoch().await?, &answer.epoch)?;
    same("audit entries", &scene.trail_count().await?.audit, &(before.audit + 1))?;
    let mut command = moves(&mut scene, &here(), 0, 900);
    let taken = scene.trail(&here(), 0).audit.id;
    let mut first = moves(&mut scene, &here(), 0, 600);
    (first.trail.audit.id, command.trail.audit.id) = (taken, taken);
    let kept = scene.store.move_clock(first).await.or_said("moving a clock")?;
    let before = Before::of(&scene).await?;
    refused("a trail that is taken", &scene.store.move_clock(command).await)?;
    before.still(&scene).await?;
    same("the clock", &clocks(&scene).await?, &vec![kept])
}

fn clock_of(change: Change) -> Option<PlaceClock> {
    match change {
        Change::Clock(clock) => Some(clock),
        Change::Account(_)
        | Change::AccountWithKey(_)
        | Change::Key(_)
        | Change::Keys(_)
        | Change::Reissued { .. }
        | Change::OperatorKey(_) => None,
    }
}

async fn forward_only(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let kept = moved(&mut scene, &here(), 0, 500).await?;
    let recorder = Recorder::watching(&scene.store);
    let before = Before::of(&scene).await?;
    same("where it stands", &moved(&mut scene, &here(), 30, 530).await?, &kept)?;
    let command = moves(&mut scene, &here(), 30, 529);
    let back = ClockRejection::Backward { now: instant(530) };
    rejected("a move back", &scene.store.move_clock(command).await, &back)?;
    let [near, ..] = elsewhere();
    let command = moves(&mut scene, &near, 30, 29);
    let back = ClockRejection::Backward { now: instant(30) };
    rejected("a first move back", &scene.store.move_clock(command).await, &back)?;
    let mut command = moves(&mut scene, &here(), 30, 0);
    command.to = CLOCK_LATEST.plus_millis(1);
    rejected("too far", &scene.store.move_clock(command).await, &ClockRejection::TooFar)?;
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)?;
    same("the clocks", &clocks(&scene).await?, &vec![kept])
}

async fn erased_there(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let [near, ..] = elsewhere();
    let mut keys = Vec::new();
    for place in [here(), near] {
        let owner = scene.made_root(&place).await?;
        let key = scene.made_key(&owner).await?;
        let mut command = scene.rotate(&key);
        command.start = domain::secret::OverlapStart::AtOnce;
        keys.push(scene.store.rotate_key(command).await.or_said("rotating")?);
    }
    let erase = |place| EraseSecrets { place, at: instant(9_000), limit: 10 };
    let there = erase(ErasedWhere::In(here()));
    same("erased", &scene.store.erase_secrets(there).await.or_said("erasing")?, &1)?;
    let left = |key: Option<domain::key::Key>| key.is_some_and(|key| key.previous.is_some());
    same("the secret there", &left(scene.found(&keys[0]).await?), &false)?;
    same("the secret elsewhere", &left(scene.found(&keys[1]).await?), &true)
}

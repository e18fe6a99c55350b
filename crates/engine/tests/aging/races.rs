//! A use that meets the end of a key's idle time: whichever comes first counts, and nobody is told
//! `granted` of a key that is then disabled for lack of use.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use domain::key::{DisabledCause, KeyState};
use domain::lifecycle::Step;
use engine::create_account::AccountWish;
use engine::verify::Verdict;
use store::command::{AgeKeys, AgedKey, DueKey, DueKeys, Seen};
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{AgingLie, DishonestBench, Lie};
use store_conformance::scene::Scene;
use testkit::world::{HeldKey, World};

use crate::scene::{DAY_MS, key, sweep, world};

/// What comes first at the instant at which the key has been idle for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// The sweep is through before the use is stored.
    Sweep,
    /// The use is stored after the sweep has looked, and before it takes its steps.
    UseBetween,
    /// The use is known to this process, and not yet to the store, when the sweep begins.
    UseUnderWay,
}

struct Idle {
    store: Arc<dyn Store>,
    world: World,
    held: HeldKey,
}

impl Idle {
    /// A key that has been idle for three months to the millisecond.
    async fn over(store: Arc<dyn Store>) -> Self {
        let world = world(Arc::clone(&store)).await;
        let account = world.account(world.sandbox(), AccountWish::Root).await;
        let held = key(&world, &account).await;
        // The 14th of April, three months after the worlds begin.
        world.clock.advance_ms(90 * DAY_MS);
        Self { store, world, held }
    }

    async fn due(&self) -> DueKey {
        let place = self.world.sandbox().place().clone();
        let until = self.world.clock.now();
        let question = DueKeys { place, until, after: None, limit: 1 };
        self.store.due_keys(question).await.expect("an answer").items.remove(0)
    }

    /// Takes the step that a sweep decided on when it saw this.
    async fn disable(&self, due: &DueKey) {
        let place = self.world.sandbox().place().clone();
        let seen = Seen::of(&due.key, due.branding);
        let steps = vec![(Step::Disable, Scene::on(Arc::clone(&self.store)).trail_of(&due.key))];
        let key = AgedKey { key: due.key.id, seen, steps, look_at: None };
        let command = AgeKeys { place, at: self.world.clock.now(), keys: vec![key] };
        self.store.age_keys(command).await.expect("an answer");
    }
}

/// The verdict on the use, and the state in which it leaves the key.
async fn race(store: Arc<dyn Store>, first: First) -> (String, KeyState) {
    let idle = Idle::over(store).await;
    let Idle { world, held, .. } = &idle;
    let due = idle.due().await;
    let request = world.request(world.sandbox(), &held.text);
    let mut verifying = pin!(world.engine.verify(world.sandbox(), &request));
    // The use is noted here; the loop that stores it has not had its turn yet.
    let begun = verifying.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(begun.is_pending(), "the first use of a day waits for the store");
    let verdict = match first {
        First::Sweep => {
            idle.disable(&due).await;
            verifying.await
        }
        First::UseBetween => {
            let verdict = verifying.await;
            idle.disable(&due).await;
            verdict
        }
        First::UseUnderWay => {
            assert_eq!(sweep(world).await, 0, "the use is not stored, and known");
            verifying.await
        }
    };
    let verdict = match verdict {
        Verdict::Granted(_) => "granted",
        Verdict::Refused(refusal) => refusal.name(),
    };
    let place = world.sandbox().place().clone();
    let key = idle.store.find_key(place, held.key.id).await.expect("an answer");
    (verdict.to_owned(), key.expect("the key").state)
}

/// Whether the verdict and the state go together.
fn agree((verdict, state): &(String, KeyState)) -> bool {
    (verdict == "granted") == (*state == KeyState::Enabled)
}

#[tokio::test]
async fn a_use_that_comes_first_keeps_its_key_in_force() {
    for first in [First::UseBetween, First::UseUnderWay] {
        let raced = race(Arc::new(ModelStore::new()), first).await;
        assert_eq!(raced, ("granted".to_owned(), KeyState::Enabled), "{first:?}");
    }
}

#[tokio::test]
async fn a_use_that_comes_second_is_refused() {
    let (verdict, state) = race(Arc::new(ModelStore::new()), First::Sweep).await;
    assert_eq!(
        (verdict.as_str(), state),
        ("disabled", KeyState::Disabled(DisabledCause::LackOfUse))
    );
}

#[tokio::test]
async fn the_race_notices_a_store_that_breaks_it() {
    for (lie, first) in [
        (Lie::Aging(AgingLie::AgesWhatWasUsed), First::UseBetween),
        (Lie::Aging(AgingLie::TellsNobodyOfIdleKeys), First::Sweep),
    ] {
        let raced = race(DishonestBench { lie: Some(lie) }.fresh().await, first).await;
        assert!(!agree(&raced), "{lie:?}: {raced:?}");
    }
}

#[tokio::test]
async fn a_key_that_a_sweep_disabled_is_refused_from_then_on() {
    let idle = Idle::over(Arc::new(ModelStore::new())).await;
    assert_eq!(sweep(&idle.world).await, 1);
    assert_eq!(idle.world.verify(idle.world.sandbox(), &idle.held.text).await, "disabled");
}

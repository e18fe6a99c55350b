//! Several who sweep a place at once, and advance its clock: they meet, and nothing is done twice, held
//! up or forgotten.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::account::Branding;
use domain::audit::{Actor, EventKind};
use domain::ids::{KeyId, RequestId};
use engine::advance_clock::{Advanced, Arrival, Drive, STOPS_MAX};
use engine::create_account::AccountWish;
use engine::sweep_keys::Swept;
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::{AgingLie, DishonestBench, Lie};
use testkit::world::{START, World};

use crate::scene::{DAY_MS, key, kinds, lifecycle, subaccount, world};

/// A store in which those who sweep at once meet, telling this lie.
async fn store(lie: Option<Lie>) -> Arc<dyn Store> {
    DishonestBench { lie }.fresh().await
}

/// Advances the sandbox by so many days since the beginning. The clock goes on at every look.
async fn advance(world: &World, days: i64) -> Advanced {
    let mut chance = world.chance();
    let request_id = RequestId::random(&mut chance);
    let clock = || {
        world.clock.advance_ms(1);
        world.reading()
    };
    let drive = Drive {
        clock: &clock,
        agenda: &*world.engine,
        loops: None,
        actor: Actor::System,
        request_id,
        entropy: &mut chance,
    };
    let to = START.plus_millis(days * DAY_MS);
    world.engine.advance_clock(world.sandbox(), to, drive).await.expect("a part of the way")
}

async fn one_sweep(world: &World) -> Swept {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.sweep_keys(world.sandbox(), None, context).await.expect("a sweep")
}

#[tokio::test]
async fn sweepers_that_meet_take_each_step_once_and_count_what_they_took() {
    let store = store(None).await;
    let world = world(Arc::clone(&store)).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(key(&world, &root).await.key.id);
    }
    world.clock.advance_ms(91 * DAY_MS);
    let (one, other) = tokio::join!(one_sweep(&world), one_sweep(&world));
    assert_eq!((one.looked_at, other.looked_at), (5, 5), "both saw what was due");
    assert_eq!(one.steps + other.steps, 5, "{one:?} {other:?}");
    for id in held {
        assert_eq!(kinds(&*store, id).await, [EventKind::Created, EventKind::Disabled]);
    }
}

#[tokio::test]
async fn a_sweep_counts_its_steps_also_where_a_key_was_passed_over() {
    let world = world(store(None).await).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    let used = key(&world, &root).await;
    for _ in 0..3 {
        key(&world, &root).await;
    }
    world.clock.advance_ms(91 * DAY_MS);
    let swept = {
        let mut sweeping = pin!(one_sweep(&world));
        let begun = sweeping.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(begun.is_pending(), "it has looked, and has taken no step");
        // Seen by the sweep as idle, and changed before the sweep comes to its step.
        disable(&world, used.key.id).await;
        sweeping.await
    };
    assert_eq!((swept.looked_at, swept.steps), (4, 3));
}

async fn disable(world: &World, key: KeyId) {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.disable_key(world.sandbox(), key, context).await.expect("a disabled key");
}

/// The other call is quicker, and sets out when this one is so many turns ahead.
async fn overtaken(world: &World, head_start: u32) -> [Arrival; 2] {
    let (mut slow, mut quick) = (pin!(advance(world, 200)), pin!(advance(world, 200)));
    let (mut one, mut other, mut turns) = (None, None, 0);
    std::future::poll_fn(move |context| {
        turns += 1;
        for _ in 0..3 {
            if turns > head_start
                && other.is_none()
                && let Poll::Ready(advanced) = quick.as_mut().poll(context)
            {
                other = Some(advanced.arrival);
            }
        }
        if one.is_none()
            && let Poll::Ready(advanced) = slow.as_mut().poll(context)
        {
            one = Some(advanced.arrival);
        }
        context.waker().wake_by_ref();
        match (one, other) {
            (Some(one), Some(other)) => Poll::Ready([one, other]),
            (None, _) | (_, None) => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn two_who_advance_a_clock_at_once_both_arrive() {
    for head_start in 0..4 {
        let store = store(None).await;
        let world = World::rehearsing(Arc::clone(&store), lifecycle()).await;
        let root = world.account(world.sandbox(), AccountWish::Root).await;
        let idle = key(&world, &root).await;
        let arrivals = overtaken(&world, head_start).await;
        assert_eq!(arrivals, [Arrival::There; 2], "{head_start} turns ahead");
        let told = kinds(&*store, idle.key.id).await;
        assert_eq!(told.len(), 6, "each step once: {told:?}");
    }
}

#[tokio::test]
async fn who_sweeps_now_and_then_leaves_a_place_alone_whose_clock_is_being_advanced() {
    let world = World::rehearsing(store(None).await, lifecycle()).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    key(&world, &root).await;
    {
        let mut advancing = pin!(advance(&world, 200));
        let begun = advancing.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(begun, Poll::Pending), "it waits for the store");
        assert!(world.engine.sweep_turn_now(world.sandbox()).is_none(), "it is another's turn");
        assert_eq!(advancing.await.arrival, Arrival::There);
    }
    assert!(world.engine.sweep_turn_now(world.sandbox()).is_some());
}

#[tokio::test]
async fn a_key_that_cannot_be_read_hides_no_instant_at_which_another_is_due() {
    let store = store(Some(Lie::Aging(AgingLie::OverlooksTheFirst))).await;
    let world = World::rehearsing(Arc::clone(&store), lifecycle()).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    key(&world, &root).await;
    world.clock.advance_ms(DAY_MS);
    let behind = key(&world, &root).await;
    assert_eq!(advance(&world, 200).await.arrival, Arrival::There);
    let rows = crate::scene::events(&*store).await.into_iter();
    let days = rows.filter(|row| row.event.key == behind.key.id);
    let days: Vec<_> = days.map(|row| row.event.at.millis_since(START) / DAY_MS).collect();
    assert_eq!(days, [1, 91, 121, 152, 175, 182]);
}

#[tokio::test]
async fn a_call_tells_of_what_happened_in_it_and_of_nothing_before() {
    let store = store(None).await;
    let world = World::rehearsing(Arc::clone(&store), lifecycle()).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    // Keys of white-label accounts are warned, and not disabled.
    let mut white = subaccount(&world, &root, Branding::WhiteLabel).await;
    for number in 1..=STOPS_MAX + 1 {
        key(&world, &white).await;
        world.clock.advance_ms(60_000);
        if number.is_multiple_of(10) {
            white = subaccount(&world, &root, Branding::WhiteLabel).await;
        }
    }
    let before = crate::scene::events(&*store).await.len();
    let first = advance(&world, 125).await;
    assert_eq!((first.arrival, first.stops), (Arrival::OnTheWay(None), STOPS_MAX));
    assert_eq!(first.happened.items.len(), STOPS_MAX as usize);
    let second = advance(&world, 125).await;
    let all = crate::scene::events(&*store).await.len();
    assert_eq!(second.happened.items.len(), all - before - first.happened.items.len());
    assert_eq!(advance(&world, 126).await.happened.items.len(), 0, "a quiet day");
}

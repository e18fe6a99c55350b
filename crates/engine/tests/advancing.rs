//! A clock is advanced from one due instant to the next: everything happens in order and at its own
//! instant, however often the call is broken off or made again.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use domain::audit::Actor;
use domain::entropy::Entropy;
use domain::ids::RequestId;
use domain::time::{Reading, Timestamp};
use engine::advance_clock::{Advanced, Agenda, Arrival, CaughtUp, Drive, Owed, STOPS_MAX, Sending};
use engine::move_clock::MoveClockRejection;
use engine::outcome::{Failure, Fault, Outcome};
use engine::place::PlaceRef;
use engine::ports::loops::{Letters, Loops};
use store::model::ModelStore;
use store::port::Store;
use testkit::world::{START, World};

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Things that are due so many hours after the beginning, and when each was done.
#[derive(Default)]
struct Diary {
    due: Mutex<Vec<i64>>,
    done: Mutex<Vec<(i64, i64)>>,
    /// The hour whose thing cannot be done.
    stuck: Option<i64>,
    /// The hours at which something is to be sent, and how often somebody has to work until it is.
    sent: Mutex<Vec<(i64, u32)>>,
}

impl Diary {
    fn with(hours: impl IntoIterator<Item = i64>) -> Self {
        Self { due: Mutex::new(hours.into_iter().collect()), ..Self::default() }
    }

    fn done(&self) -> Vec<(i64, i64)> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn hours(at: Timestamp) -> i64 {
    at.millis_since(START) / HOUR_MS
}

#[async_trait]
impl Agenda for Diary {
    async fn catch_up(
        &self,
        _: &PlaceRef,
        context: engine::context::Context<'_>,
    ) -> Result<CaughtUp, Fault> {
        let now = hours(context.now);
        // One turn of the runtime, so that a call can be broken off here.
        let mut waited = false;
        std::future::poll_fn(|context| {
            if waited {
                return Poll::Ready(());
            }
            waited = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if due.iter().any(|hour| *hour <= now && Some(*hour) == self.stuck) {
            return Ok(CaughtUp::HeldUp);
        }
        due.sort_unstable();
        let late: Vec<i64> = due.extract_if(.., |hour| *hour <= now).collect();
        let done = late.into_iter().map(|hour| (hour, now));
        self.done.lock().unwrap_or_else(PoisonError::into_inner).extend(done);
        Ok(CaughtUp::Whole)
    }

    async fn owed(
        &self,
        _: &PlaceRef,
        now: Timestamp,
        sending: Sending,
    ) -> Result<Option<Owed>, Fault> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = sent.iter().any(|(hour, _)| *hour <= hours(now));
        Ok((waits && sending != Sending::Nothing).then_some(Owed::Deliveries))
    }

    async fn clear_away(
        &self,
        _: &PlaceRef,
        _: Reading,
        _: &mut (dyn Entropy + Send),
    ) -> Result<u32, Fault> {
        Ok(0)
    }

    async fn next_due(
        &self,
        _: &PlaceRef,
        (_, until): (Timestamp, Timestamp),
        sending: Sending,
    ) -> Result<Option<Timestamp>, Fault> {
        let due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sent.iter().map(|(hour, _)| hour).filter(|_| sending != Sending::Nothing);
        let next = due.iter().chain(sent).min().map(|hour| START.plus_millis(hour * HOUR_MS));
        Ok(next.filter(|next| *next <= until))
    }
}

/// Sends what a diary says, one thing at a time, and is waited for so many moments in one call.
struct Sender<'d> {
    diary: &'d Diary,
    world: &'d World,
    patience: AtomicU32,
}

#[async_trait]
impl Loops for Sender<'_> {
    async fn work(&self) {
        self.patience.fetch_sub(1, Ordering::Relaxed);
        let now = hours(self.world.sandbox().time(self.world.reading()));
        let mut sent = self.diary.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.sort_unstable();
        let Some((hour, left)) = sent.first_mut().filter(|(hour, _)| *hour <= now) else { return };
        *left -= 1;
        if *left == 0 {
            let done = (*hour, now);
            sent.remove(0);
            self.diary.done.lock().unwrap_or_else(PoisonError::into_inner).push(done);
        }
    }

    fn time_is_up(&self) -> bool {
        self.patience.load(Ordering::Relaxed) == 0
    }

    fn letters(&self) -> Letters {
        Letters::GoOut
    }
}

async fn world() -> World {
    let store: Arc<dyn Store> = Arc::new(ModelStore::default());
    World::simulated(store).await
}

async fn advance(world: &World, diary: &Diary, hour: i64) -> Outcome<Advanced, MoveClockRejection> {
    advance_with(world, diary, None, hour).await
}

async fn advance_with(
    world: &World,
    diary: &Diary,
    loops: Option<&dyn Loops>,
    hour: i64,
) -> Outcome<Advanced, MoveClockRejection> {
    let mut chance = world.chance();
    let request_id = RequestId::random(&mut chance);
    let drive = Drive {
        clock: &|| world.reading(),
        agenda: diary,
        loops,
        actor: Actor::System,
        request_id,
        entropy: &mut chance,
    };
    let to = START.plus_millis(hour * HOUR_MS);
    world.engine.advance_clock(world.sandbox(), to, drive).await
}

#[tokio::test]
async fn everything_is_done_in_order_at_its_own_instant() {
    let (world, diary) = (world().await, Diary::with([700, 3, 41, 3, 9_000, 0]));
    let advanced = advance(&world, &diary, 1_000).await.expect("an arrival");
    assert_eq!(diary.done(), [(0, 0), (3, 3), (3, 3), (41, 41), (700, 700)]);
    assert_eq!((advanced.arrival, advanced.from), (Arrival::There, START));
    assert_eq!(hours(advanced.clock.now), 1_000);
    advance(&world, &diary, 9_000).await.expect("an arrival");
    assert_eq!(diary.done().last(), Some(&(9_000, 9_000)), "what is due at the end is done");
}

#[tokio::test]
async fn a_call_makes_so_many_stops_and_is_made_again() {
    let many = i64::from(STOPS_MAX) * 2;
    let (world, diary) = (world().await, Diary::with(1..=many));
    let first = advance(&world, &diary, many + 1).await.expect("a part of the way");
    assert_eq!((first.arrival, first.stops), (Arrival::OnTheWay(None), STOPS_MAX));
    assert_eq!(hours(first.clock.now), i64::from(STOPS_MAX));
    let mut calls = 1;
    while advance(&world, &diary, many + 1).await.expect("a part").arrival != Arrival::There {
        calls += 1;
    }
    assert_eq!(calls, 2);
    assert_eq!(diary.done(), (1..=many).map(|hour| (hour, hour)).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_under_way_is_waited_for_and_the_clock_does_not_pass_it() {
    let (world, diary) = (world().await, Diary::with([7, 12]));
    *diary.sent.lock().expect("a list") = vec![(5, 3), (9, 200)];
    let patience = || AtomicU32::new(100);
    let sender = Sender { diary: &diary, world: &world, patience: patience() };
    let first = advance_with(&world, &diary, Some(&sender), 10).await.expect("a part of the way");
    assert_eq!(first.arrival, Arrival::OnTheWay(Some(Owed::Deliveries)));
    assert_eq!((hours(first.clock.now), diary.done()), (9, vec![(5, 5), (7, 7)]));
    let mut calls = 1;
    loop {
        calls += 1;
        let sender = Sender { diary: &diary, world: &world, patience: patience() };
        let part = advance_with(&world, &diary, Some(&sender), 10).await.expect("a part");
        if part.arrival == Arrival::There {
            break;
        }
    }
    assert_eq!((calls, diary.done()), (3, vec![(5, 5), (7, 7), (9, 9)]));
    // Where nobody sends, nobody is waited for.
    *diary.sent.lock().expect("a list") = vec![(11, 1)];
    let last = advance(&world, &diary, 13).await.expect("an arrival");
    assert_eq!((last.arrival, diary.done().last()), (Arrival::There, Some(&(12, 12))));
}

#[tokio::test]
async fn an_instant_that_was_passed_while_a_call_waited_is_reached() {
    let (world, diary) = (world().await, Diary::default());
    advance(&world, &diary, 10).await.expect("an arrival");
    world.clock.advance_ms(60_000);
    let again = advance(&world, &diary, 10).await.expect("an arrival");
    assert_eq!((again.arrival, again.stops), (Arrival::There, 0));
    world.clock.advance_ms(1);
    let late = advance(&world, &diary, 10).await;
    assert!(matches!(late, Err(Failure::Rejected(MoveClockRejection::Unlawful(_)))), "{late:?}");
}

#[tokio::test]
async fn an_instant_that_a_clock_on_its_way_ran_past_is_reached_by_the_same_call() {
    let (world, diary) = (world().await, Diary::default());
    *diary.sent.lock().expect("a list") = vec![(10, 2)];
    let call = async |hour: i64| {
        let sender = Sender { diary: &diary, world: &world, patience: AtomicU32::new(1) };
        advance_with(&world, &diary, Some(&sender), hour).await
    };
    let first = call(10).await.expect("a part of the way");
    assert_eq!(first.arrival, Arrival::OnTheWay(Some(Owed::Deliveries)));
    world.clock.advance_ms(120_000);
    let backward = |outcome: Outcome<Advanced, MoveClockRejection>| {
        matches!(outcome, Err(Failure::Rejected(MoveClockRejection::Unlawful(_))))
    };
    assert!(backward(call(9).await), "nobody was on the way there");
    let second = call(10).await.expect("an arrival");
    assert_eq!((second.arrival, second.stops), (Arrival::There, 0));
    assert_eq!(second.clock.now, START.plus_millis(10 * HOUR_MS + 120_000), "it never goes back");
    assert!(backward(call(10).await), "the way is over");
}

#[tokio::test]
async fn a_call_that_is_broken_off_anywhere_is_made_again() {
    for turns in 0..12 {
        let (world, diary) = (world().await, Diary::with([1, 2, 3, 4]));
        {
            let mut call = pin!(advance(&world, &diary, 5));
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..turns {
                if call.as_mut().poll(&mut context).is_ready() {
                    break;
                }
            }
        }
        if hours(world.sandbox().time(world.reading())) < 5 {
            advance(&world, &diary, 5).await.expect("an arrival");
        }
        assert_eq!(diary.done(), [(1, 1), (2, 2), (3, 3), (4, 4)], "after {turns} turns");
    }
}

#[tokio::test]
async fn what_is_held_up_is_not_passed() {
    let world = world().await;
    let diary = Diary { stuck: Some(20), ..Diary::with([10, 20, 30]) };
    let advanced = advance(&world, &diary, 40).await.expect("a part of the way");
    assert_eq!((advanced.arrival, hours(advanced.clock.now)), (Arrival::HeldUp, 20));
    assert_eq!(diary.done(), [(10, 10)]);
}

#[tokio::test]
async fn what_cannot_be_reached_stops_nowhere() {
    let (world, diary) = (world().await, Diary::with([1]));
    world.move_sandbox(2 * HOUR_MS).await;
    for hour in [1, i64::MAX / HOUR_MS] {
        let refused = advance(&world, &diary, hour).await;
        assert!(
            matches!(refused, Err(Failure::Rejected(MoveClockRejection::Unlawful(_)))),
            "{refused:?}"
        );
    }
    assert_eq!((diary.done(), hours(world.sandbox().time(world.reading()))), (vec![], 2));
}

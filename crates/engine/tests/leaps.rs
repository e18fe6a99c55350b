//! A clock that leaps deletes nothing for a day, and one that is set back puts nothing off.
//!
//! Time is simulated. Must not meet a real receiver.

use std::sync::{Arc, Mutex};

use domain::delivery::{FAILURES_MAX, KEPT_MS};
use domain::mail::MailAddress;
use domain::watch::REST_MS;
use domain::webhook::{EventName, Queue, SendOrder, Subscriptions, WebhookSwitch, WebhookUrl};
use engine::create_account::AccountWish;
use engine::create_webhook::NewWebhook;
use engine::dispatch::More;
use engine::outgoing::Outgoing;
use store::model::ModelStore;
use store::port::Store;
use store_conformance::Bench as _;
use store_conformance::dishonest::{AgingLie, DishonestBench, Lie};
use testkit::senders::{KeepingCourier, answered, plainly};
use testkit::world::{World, name};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const EVENTS: usize = 3;

/// A world with a webhook whose receiver answers as it was told last.
struct Stage {
    world: World,
    outgoing: Outgoing,
    courier: Arc<KeepingCourier>,
    status: Arc<Mutex<u16>>,
}

impl Stage {
    /// With three events that wait for a receiver that is down.
    async fn set() -> Self {
        Self::over(Arc::new(ModelStore::default())).await
    }

    /// The same over a store that tells a lie.
    async fn over_a_liar(lie: AgingLie) -> Self {
        Self::over(DishonestBench { lie: Some(Lie::Aging(lie)) }.fresh().await).await
    }

    async fn over(store: Arc<dyn Store>) -> Self {
        let world = World::over(store).await;
        let place = world.sandbox().clone();
        let account = world.account(&place, AccountWish::Root).await;
        let event = EventName::parse("key.created").expect("a name");
        let wish = NewWebhook {
            name: name("hook"),
            url: WebhookUrl::parse("https://hooks.example.com/in").expect("an address"),
            mail: MailAddress::parse("ana@example.com").expect("an address"),
            order: SendOrder::Sequential,
            events: Subscriptions::new(vec![event]).expect("events"),
            switch: WebhookSwitch::On,
            queue: Queue::Running,
            token: None,
        };
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        let made = world.engine.create_webhook(&place, account.id, wish, context).await;
        made.expect("a webhook");
        let status = Arc::new(Mutex::new(503));
        let answers = Arc::clone(&status);
        let courier = KeepingCourier::new(move |_| answered(*answers.lock().expect("a status")));
        let courier = Arc::new(courier);
        let outgoing = plainly(Arc::<KeepingCourier>::clone(&courier) as _, [&place]);
        let stage = Self { world, outgoing, courier, status };
        for _ in 0..EVENTS {
            stage.world.key(&place, World::wish(account.id)).await;
        }
        let reading = stage.world.reading();
        while stage.world.engine.dispatch_events(&stage.outgoing, reading).await.expect("a store")
            == More::Perhaps
        {}
        stage
    }

    /// Sends what is due, and deletes what is old; says how many were deleted.
    async fn round(&self) -> u32 {
        let (world, place) = (&self.world, self.world.sandbox());
        loop {
            let claimed = world.engine.claim_deliveries(place, world.reading(), 100).await;
            let claimed = claimed.expect("a store");
            if claimed.is_empty() {
                break;
            }
            for one in &claimed {
                let (mut chance, reading) = (world.chance(), world.reading());
                let sent =
                    world.engine.send_claimed(place, &self.outgoing, one, reading, &mut chance);
                sent.await.expect("a store");
            }
        }
        let mut chance = world.chance();
        let deleted = world.engine.expire_deliveries(place, world.reading(), &mut chance).await;
        deleted.expect("a store")
    }

    /// Lives through so much time, minute by minute; says how many were deleted.
    async fn lives(&self, ms: i64) -> u32 {
        let mut deleted = 0;
        for _ in 0..ms / MINUTE_MS {
            self.world.clock.advance_ms(MINUTE_MS);
            deleted += self.round().await;
        }
        deleted
    }
}

/// Is off for 20 days and then lives for a day; says how many were deleted.
async fn off_for_20_days(stage: &Stage) -> u32 {
    stage.round().await;
    stage.world.clock.advance_ms(20 * DAY_MS);
    stage.round().await + stage.lives(REST_MS - MINUTE_MS).await
}

#[tokio::test]
async fn a_server_that_was_off_for_20_days_tries_for_a_day_before_it_deletes() {
    let stage = Stage::set().await;
    assert_eq!(off_for_20_days(&stage).await, 0);
    assert_eq!(stage.courier.parcels().len(), FAILURES_MAX as usize, "all its attempts were made");
    assert_eq!(stage.lives(2 * MINUTE_MS).await, 3);
}

#[tokio::test]
async fn that_nothing_is_deleted_for_a_day_rests_on_what_the_store_keeps_of_the_clock() {
    let stage = Stage::over_a_liar(AgingLie::ForgetsRests).await;
    assert_eq!(off_for_20_days(&stage).await, 3);
}

#[tokio::test]
async fn a_clock_that_is_set_back_a_little_after_a_leap_deletes_nothing() {
    let stage = Stage::set().await;
    stage.round().await;
    stage.world.clock.advance_ms(20 * DAY_MS);
    assert_eq!(stage.round().await, 0);
    stage.world.clock.advance_ms(-5 * MINUTE_MS);
    assert_eq!(stage.round().await, 0);
    assert_eq!(stage.lives(REST_MS - MINUTE_MS).await, 0);
}

#[tokio::test]
async fn a_server_that_never_noted_its_clock_deletes_nothing_for_a_day() {
    let stage = Stage::set().await;
    stage.world.clock.advance_ms(20 * DAY_MS);
    assert_eq!(stage.round().await, 0);
    assert_eq!(stage.lives(REST_MS - MINUTE_MS).await, 0);
    assert_eq!(stage.lives(2 * MINUTE_MS).await, 3);
}

#[tokio::test]
async fn what_a_receiver_takes_on_the_day_after_a_leap_is_not_lost() {
    let stage = Stage::set().await;
    stage.round().await;
    stage.world.clock.advance_ms(20 * DAY_MS);
    stage.round().await;
    *stage.status.lock().expect("a status") = 200;
    let failed = stage.courier.parcels().len();
    stage.lives(REST_MS / 2).await;
    assert_eq!(stage.courier.parcels().len() - failed, 3);
}

#[tokio::test]
async fn a_clock_that_was_ahead_for_a_while_deletes_nothing_and_puts_nothing_off() {
    let stage = Stage::set().await;
    stage.round().await;
    let ahead = KEPT_MS + DAY_MS;
    stage.world.clock.advance_ms(ahead);
    assert_eq!(stage.lives(10 * MINUTE_MS).await, 0);
    assert_eq!(set_back(&stage, ahead).await, 3);
    assert_eq!(stage.lives(DAY_MS).await, 0, "what was delivered is shown for its time");
}

#[tokio::test]
async fn that_nothing_is_put_off_rests_on_a_store_that_mends_its_waits() {
    let stage = Stage::over_a_liar(AgingLie::LeavesWaits).await;
    stage.round().await;
    let ahead = KEPT_MS + DAY_MS;
    stage.world.clock.advance_ms(ahead);
    stage.lives(10 * MINUTE_MS).await;
    assert_eq!(set_back(&stage, ahead).await, 0);
}

/// Sets the clock back by so much, and the receiver up again; says how many it then gets.
async fn set_back(stage: &Stage, by_ms: i64) -> usize {
    stage.world.clock.advance_ms(-by_ms);
    *stage.status.lock().expect("a status") = 200;
    let failed = stage.courier.parcels().len();
    // Once it was noted that the clock is right again.
    stage.round().await;
    stage.round().await;
    stage.courier.parcels().len() - failed
}

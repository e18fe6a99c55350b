//! Events reach their webhooks: in order, again after failures and crashes, for 14 days, and never at
//! an address that was replaced.
//!
//! Time is simulated. Must not meet a real receiver: those are met with the real courier.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::account::Account;
use domain::audit::EventKind;
use domain::delivery::{Alert, KEPT_MS, SuccessRule, wait_ms};
use domain::ids::EventId;
use domain::mail::MailAddress;
use domain::time::Timestamp;
use domain::webhook::{
    EventName, Queue, SendOrder, Subscriptions, Webhook, WebhookSwitch, WebhookUrl,
};
use engine::create_account::AccountWish;
use engine::create_webhook::NewWebhook;
use engine::deliver::Sent;
use engine::dispatch::More;
use engine::outcome::WebhookChange;
use engine::outgoing::{Outgoing, Wording};
use engine::ports::courier::{Attempt, AttemptOutcome, Courier, HeaderLine, Parcel, Secrecy};
use engine::ports::herald::{Herald, Told};
use store::command::{DeliveryState, EventPosition, WebhookRef};
use store::model::ModelStore;
use store::port::{DeliveryStore as _, Store};
use testkit::chance::Seeded;
use testkit::post::PostOffice;
use testkit::senders::{KeepingCourier, answered};
use testkit::world::{World, name};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The receiver's address; what stands behind the host is for the receiver alone.
const OLD: &str = "https://old.example.com/in?token=hidden";

/// Words events as their identities.
#[derive(Debug)]
struct Plain;

impl Herald for Plain {
    fn event_name(&self, kind: EventKind) -> Option<&'static str> {
        (kind == EventKind::Created).then_some("key.created")
    }

    fn body(&self, told: &Told<'_>) -> Box<str> {
        told.row.event.id.to_string().into()
    }

    fn parcel(&self, webhook: &Webhook, _: EventId, body: &str, at: Timestamp) -> Parcel {
        let (url, body) = (webhook.url.clone(), body.as_bytes().into());
        let at = at.as_millis().to_string();
        let line = HeaderLine::new("sealed-at", &at, Secrecy::Open).expect("a line");
        let (place, webhook) = (webhook.place.clone(), webhook.id);
        Parcel { place, webhook, url, lines: vec![line], body, seal: None }
    }
}

/// A world with an account whose webhook is sent to.
struct Stage {
    store: Arc<ModelStore>,
    world: World,
    account: Account,
    webhook: Webhook,
    outgoing: Outgoing,
}

impl Stage {
    async fn with(order: SendOrder, courier: Arc<dyn Courier>) -> Self {
        let store = Arc::new(ModelStore::default());
        let shared: Arc<dyn Store> = Arc::<ModelStore>::clone(&store);
        Self::in_world(World::over(shared).await, store, order, courier).await
    }

    async fn in_world(
        world: World,
        store: Arc<ModelStore>,
        order: SendOrder,
        courier: Arc<dyn Courier>,
    ) -> Self {
        let place = world.sandbox().clone();
        let account = world.account(&place, AccountWish::Root).await;
        let wish = NewWebhook {
            name: name("hook"),
            url: url(OLD),
            mail: MailAddress::parse("ana@example.com").expect("an address"),
            order,
            events: Subscriptions::new(vec![EventName::parse("key.created").expect("a name")])
                .expect("events"),
            switch: WebhookSwitch::On,
            queue: Queue::Running,
            token: None,
        };
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        let made = world.engine.create_webhook(&place, account.id, wish, context).await;
        let wording = Wording { herald: Arc::new(Plain), rule: SuccessRule::Any2xx };
        let places = HashMap::from([(place.place().clone(), wording)]);
        let outgoing = Outgoing::new(courier, places);
        Self { store, world, account, webhook: made.expect("a webhook"), outgoing }
    }

    /// Makes so many keys, each an event; returns the events' bodies in their order.
    async fn happens(&self, many: usize) -> Vec<String> {
        for _ in 0..many {
            self.world.key(self.world.sandbox(), World::wish(self.account.id)).await;
        }
        let reading = self.world.reading();
        while self.world.engine.dispatch_events(&self.outgoing, reading).await.expect("a store")
            == More::Perhaps
        {}
        let place = self.world.sandbox();
        let start = EventPosition::START;
        let page = self.world.engine.list_deliveries(self.webhook_ref(), start, 100).await;
        assert_eq!(place.place(), &self.webhook.place);
        page.expect("deliveries").items.iter().map(|one| one.event.to_string()).collect()
    }

    fn webhook_ref(&self) -> WebhookRef {
        let Webhook { place, account, id, .. } = &self.webhook;
        WebhookRef { place: place.clone(), account: *account, webhook: *id }
    }

    /// Sends whatever is due at this moment, and says what became of each.
    async fn sends(&self) -> Vec<Sent> {
        let (world, place) = (&self.world, self.world.sandbox());
        let mut sent = Vec::new();
        loop {
            let claimed = world.engine.claim_deliveries(place, world.reading(), 100).await;
            let claimed = claimed.expect("a store");
            if claimed.is_empty() {
                return sent;
            }
            for one in &claimed {
                let mut chance = world.chance();
                let engine = &world.engine;
                let done =
                    engine.send_claimed(place, &self.outgoing, one, world.reading(), &mut chance);
                sent.push(done.await.expect("a store"));
            }
        }
    }

    async fn deletes_what_is_old(&self) -> u32 {
        let (world, place) = (&self.world, self.world.sandbox());
        let mut chance = world.chance();
        let deleted = world.engine.expire_deliveries(place, world.reading(), &mut chance).await;
        deleted.expect("a store")
    }

    async fn changed(&self, change: WebhookChange) -> Webhook {
        let (world, place) = (&self.world, self.world.sandbox());
        let mut chance: Seeded = world.chance();
        let context = world.context(&mut chance);
        let Webhook { account, id, .. } = self.webhook;
        world.engine.update_webhook(place, account, id, change, context).await.expect("a change")
    }
}

fn url(text: &str) -> WebhookUrl {
    WebhookUrl::parse(text).expect("an address")
}

fn bodies(parcels: &[Parcel]) -> Vec<String> {
    parcels.iter().map(|one| String::from_utf8_lossy(&one.body).into_owned()).collect()
}

/// A receiver that is down until it is switched on.
fn switched() -> (Arc<KeepingCourier>, Arc<Mutex<u16>>) {
    let status = Arc::new(Mutex::new(503));
    let answers = Arc::clone(&status);
    let courier = KeepingCourier::new(move |_| answered(*answers.lock().expect("a status")));
    (Arc::new(courier), status)
}

#[tokio::test]
async fn a_receiver_that_was_down_for_13_days_gets_everything_in_order() {
    let (courier, status) = switched();
    let stage =
        Stage::with(SendOrder::Sequential, Arc::<KeepingCourier>::clone(&courier) as _).await;
    let mut expected = stage.happens(3).await;
    let began = stage.world.clock.now();
    let mut tried_at = Vec::new();
    // More happens while it is down, and it is interrupted on the first day.
    for minute in 0..13 * 24 * 60 {
        if minute % (2 * 24 * 60) == 12 * 60 {
            expected = stage.happens(1).await;
        }
        for _ in stage.sends().await {
            tried_at.push(stage.world.clock.now().millis_since(began));
        }
        stage.world.clock.advance_ms(MINUTE_MS / 2);
        for _ in stage.sends().await {
            tried_at.push(stage.world.clock.now().millis_since(began));
        }
        stage.world.clock.advance_ms(MINUTE_MS / 2);
        assert_eq!(if minute % 60 == 0 { stage.deletes_what_is_old().await } else { 0 }, 0);
    }
    // Each step of half a minute finds what became due within it.
    assert_eq!(tried_at.len(), 15, "{tried_at:?}");
    for (at, pair) in (1..).zip(tried_at.windows(2)) {
        let waited = pair[1] - pair[0];
        let table = wait_ms(at);
        assert!((table..=table + MINUTE_MS / 2 + 2).contains(&waited), "{at}: {waited} of {table}");
    }
    let failed = courier.parcels().len();
    *status.lock().expect("a status") = 200;
    assert!(stage.sends().await.is_empty(), "it is interrupted");
    stage.changed(WebhookChange { queue: Some(Queue::Running), ..WebhookChange::default() }).await;
    stage.sends().await;
    assert_eq!(bodies(&courier.parcels()[failed..]), expected);
}

#[tokio::test]
async fn what_was_not_delivered_in_14_days_is_deleted_recorded_and_told() {
    let (courier, _) = switched();
    let stage = Stage::with(SendOrder::Sequential, courier as _).await;
    stage.happens(2).await;
    stage.sends().await;
    let hour = 60 * MINUTE_MS;
    stage.world.clock.advance_ms(hour - 1);
    // Hour by hour: all of it is lived through.
    for _ in 1..KEPT_MS / hour {
        assert_eq!(stage.deletes_what_is_old().await, 0);
        stage.world.clock.advance_ms(hour);
    }
    assert_eq!(stage.deletes_what_is_old().await, 0);
    let before = stage.store.count_trail().await.expect("a count").audit;
    stage.world.clock.advance_ms(1);
    assert_eq!(stage.deletes_what_is_old().await, 2);
    let after = stage.store.count_trail().await.expect("a count").audit;
    assert_eq!(after, before + 1);
    let alerts = stage.store.list_alerts(0, 10).await.expect("alerts");
    let alerts: Vec<_> = alerts.iter().map(|row| (row.alert, row.webhook.webhook)).collect();
    assert_eq!(alerts, [(Alert::Expired(2), stage.webhook.id)]);
    let standing = stage.world.engine.queue_standing(stage.webhook.id).await.expect("standing");
    assert_eq!((standing.expired, standing.expired_at), (2, Some(stage.world.clock.now())));
}

#[tokio::test]
async fn its_people_are_written_to_of_failures_an_interruption_and_of_what_was_deleted() {
    let (courier, _) = switched();
    let stage = Stage::with(SendOrder::Sequential, courier as _).await;
    let office = PostOffice::open();
    stage.happens(2).await;
    let began = stage.world.clock.now();
    for minute in 0..=15 * 24 * 60 {
        stage.sends().await;
        if minute % 60 == 0 {
            stage.deletes_what_is_old().await;
        }
        office.round(&stage.world).await;
        stage.world.clock.advance_ms(MINUTE_MS);
    }
    let letters = office.letters();
    let subjects: Vec<_> = letters.iter().map(|letter| letter.subject.as_str()).collect();
    let expected = [
        "hook: Failing { failures: 5, last: Answered(503) }".to_owned(),
        "hook: Failing { failures: 10, last: Answered(503) }".to_owned(),
        "hook: Interrupted { last: Answered(503) }".to_owned(),
        format!("hook: EventsDeleted {{ count: 2, youngest_at: {began:?} }}"),
    ];
    assert_eq!(subjects, expected);
    for letter in letters {
        assert_eq!(letter.to.as_str(), "ana@example.com");
        assert!(letter.text.contains("https://old.example.com") && !letter.text.contains("hidden"));
    }
}

#[tokio::test]
async fn what_was_sent_and_not_recorded_is_sent_again_under_the_same_identity() {
    let courier = Arc::new(KeepingCourier::answering(200));
    let stage =
        Stage::with(SendOrder::Sequential, Arc::<KeepingCourier>::clone(&courier) as _).await;
    stage.happens(1).await;
    let (world, place) = (&stage.world, stage.world.sandbox());
    let claimed = world.engine.claim_deliveries(place, world.reading(), 1).await.expect("a store");
    // The receiver takes it, and the process ends before that is written.
    courier
        .post(&Plain.parcel(
            &claimed[0].webhook,
            claimed[0].event,
            &claimed[0].body,
            world.clock.now(),
        ))
        .await;
    assert!(stage.sends().await.is_empty(), "it is in hand");
    stage.world.clock.advance_ms(MINUTE_MS);
    assert_eq!(stage.sends().await, [Sent::Tried]);
    let sent = bodies(&courier.parcels());
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    // Whoever had it before comes back, and is not heard.
    let mut chance = world.chance();
    let late = world.engine.send_claimed(
        place,
        &stage.outgoing,
        &claimed[0],
        world.reading(),
        &mut chance,
    );
    assert_eq!(late.await.expect("a store"), Sent::TooLate);
}

#[tokio::test]
async fn a_poison_event_holds_back_no_other_of_a_free_webhook() {
    let poison = Arc::new(Mutex::new(String::new()));
    let bad = Arc::clone(&poison);
    let courier = KeepingCourier::new(move |parcel: &Parcel| {
        let is_bad = parcel.body.as_ref() == bad.lock().expect("a body").as_bytes();
        answered(if is_bad { 500 } else { 200 })
    });
    let stage = Stage::with(SendOrder::Free, Arc::new(courier) as _).await;
    let expected = stage.happens(5).await;
    poison.lock().expect("a body").clone_from(&expected[1]);
    for _ in 0..3 * 24 * 60 {
        stage.sends().await;
        stage.happens(usize::from(stage.world.clock.now().as_millis() % DAY_MS == 0)).await;
        stage.world.clock.advance_ms(MINUTE_MS);
    }
    let start = EventPosition::START;
    let page = stage.world.engine.list_deliveries(stage.webhook_ref(), start, 100).await;
    for one in page.expect("deliveries").items {
        let waits = matches!(one.state, DeliveryState::Waiting { .. });
        assert_eq!(waits, one.event.to_string() == expected[1]);
    }
}

/// A receiver that never answers at the old address.
#[derive(Debug)]
struct Hanging(Mutex<Vec<String>>);

#[async_trait::async_trait]
impl Courier for Hanging {
    async fn post(&self, parcel: &Parcel) -> Attempt {
        self.0.lock().expect("addresses").push(parcel.url.as_str().to_owned());
        if parcel.url.as_str().contains("old") {
            std::future::pending::<()>().await;
        }
        answered(200)
    }
}

#[tokio::test]
async fn nothing_goes_to_the_old_address_once_a_new_one_was_answered() {
    let courier = Arc::new(Hanging(Mutex::default()));
    let stage =
        Arc::new(Stage::with(SendOrder::Sequential, Arc::<Hanging>::clone(&courier) as _).await);
    stage.happens(2).await;
    let sending = Arc::clone(&stage);
    let task = tokio::spawn(async move { sending.sends().await });
    while courier.0.lock().expect("addresses").is_empty() {
        tokio::task::yield_now().await;
    }
    let change =
        WebhookChange { url: Some(url("https://new.example.com/")), ..WebhookChange::default() };
    stage.changed(change).await;
    let sent = task.await.expect("the sends");
    assert_eq!(sent, [Sent::Withdrawn, Sent::Tried, Sent::Tried]);
    let addresses = courier.0.lock().expect("addresses").clone();
    let new = "https://new.example.com/";
    assert_eq!(addresses, [OLD, new, new]);
}

#[tokio::test]
async fn an_attempt_that_there_was_no_room_for_is_made_later_and_counts_as_no_failure() {
    let mut rooms = [false, false, true].into_iter();
    let courier = KeepingCourier::new(move |_| match rooms.next() {
        Some(false) => Attempt { outcome: AttemptOutcome::NoRoom, ..answered(200) },
        Some(true) | None => answered(200),
    });
    let stage = Stage::with(SendOrder::Sequential, Arc::new(courier) as _).await;
    stage.happens(1).await;
    assert_eq!(stage.sends().await, [Sent::PutOff, Sent::PutOff, Sent::Tried]);
    let page =
        stage.world.engine.list_deliveries(stage.webhook_ref(), EventPosition::START, 100).await;
    assert_eq!(page.expect("deliveries").items[0].attempts, 1);
}

#[tokio::test]
async fn what_is_sent_from_a_place_whose_clock_was_moved_is_sealed_in_real_time() {
    let courier = Arc::new(KeepingCourier::answering(200));
    let store = Arc::new(ModelStore::default());
    let world = World::simulated(Arc::<ModelStore>::clone(&store) as _).await;
    world.move_sandbox(90 * DAY_MS).await;
    let sending = Arc::<KeepingCourier>::clone(&courier) as _;
    let stage = Stage::in_world(world, store, SendOrder::Sequential, sending).await;
    stage.happens(1).await;
    let real = stage.world.reading().real().as_millis().to_string();
    stage.sends().await;
    assert_eq!(courier.parcels()[0].lines[0].expose(), real);
}

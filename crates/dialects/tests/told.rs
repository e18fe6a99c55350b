//! Events as each dialect words them for its receivers, byte for byte.
//!
//! Must not compare with what the code wrote before: the texts are those of the contracts.

#[path = "told/rotation.rs"]
mod rotation;

use std::collections::HashMap;
use std::sync::Arc;

use dialects::dialect::{Dialect, DialectSettings};
use dialects::registry;
use domain::account::{Account, Branding};
use domain::delivery::SuccessRule;
use domain::ids::RealmName;
use domain::key::Key;
use domain::lifecycle::{Lifecycle, SweepGuard};
use domain::mail::MailAddress;
use domain::time::Timestamp;
use domain::webhook::{
    AuthToken, EventName, Queue, SendOrder, Subscriptions, Webhook, WebhookSwitch, WebhookUrl,
};
use engine::create_account::AccountWish;
use engine::create_webhook::NewWebhook;
use engine::dispatch::More;
use engine::expose_key::{Report, Then};
use engine::outcome::{EventPosition, WebhookRef};
use engine::outgoing::{Outgoing, Wording};
use engine::ports::courier::{Parcel, Secrecy};
use store::command::AccountChange;
use store::model::ModelStore;
use testkit::senders::KeepingCourier;
use testkit::world::{World, name};

struct Stage {
    world: World,
    root: Account,
    account: Account,
    webhook: Webhook,
    outgoing: Outgoing,
    dialect: Arc<dyn Dialect>,
}

impl Stage {
    /// A sub-account with a webhook of these events and this token.
    async fn speaking(dialect: &str, events: &[&str], token: &str) -> Self {
        let world = World::over(Arc::new(ModelStore::default())).await;
        Self::of(world, dialect_named(dialect), events, token).await
    }

    /// The same where keys age by the contract of Asaas.
    async fn aging(dialect: &str, events: &[&str]) -> Self {
        let policy = dialect_named("asaas").preset().lifecycle.clone();
        let lifecycle = Lifecycle { policy, guard: SweepGuard::default() };
        let world = World::aging(Arc::new(ModelStore::default()), lifecycle).await;
        Self::of(world, dialect_named(dialect), events, TOKEN).await
    }

    async fn of(world: World, dialect: Arc<dyn Dialect>, events: &[&str], token: &str) -> Self {
        let place = world.sandbox().clone();
        let root = world.account(&place, AccountWish::Root).await;
        let account = world.account(&place, AccountWish::Subaccount(root.id)).await;
        let events = events.iter().map(|event| EventName::parse(event).expect("a name"));
        let wish = NewWebhook {
            name: name("hook"),
            url: WebhookUrl::parse("https://hooks.example.com/a").expect("an address"),
            mail: MailAddress::parse("ana@example.com").expect("an address"),
            order: SendOrder::Sequential,
            events: Subscriptions::new(events.collect()).expect("events"),
            switch: WebhookSwitch::On,
            queue: Queue::Running,
            token: Some(AuthToken::new(token.to_owned()).expect("a token")),
        };
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        let made = world.engine.create_webhook(&place, account.id, wish, context).await;
        let herald = Arc::<dyn Dialect>::clone(&dialect) as _;
        let wording = Wording { herald, rule: SuccessRule::Any2xx };
        let places = HashMap::from([(place.place().clone(), wording)]);
        let outgoing = Outgoing::new(Arc::new(KeepingCourier::answering(200)), places);
        Self { world, root, account, webhook: made.expect("a webhook"), outgoing, dialect }
    }

    /// What is due at noon of this day in the year of the tests, UTC.
    async fn sweeps_on(&self, month: i64, day: i64) {
        let (world, place) = (&self.world, self.world.sandbox());
        let noon = Timestamp::parse_rfc3339(&format!("2026-{month:02}-{day:02}T12:00:00Z"));
        world.clock.advance_ms(noon.expect("a day").millis_since(world.clock.now()));
        let mut chance = world.chance();
        let swept = world.engine.sweep_keys(place, None, world.context(&mut chance)).await;
        assert_eq!(swept.expect("a sweep").steps, 1, "on {month}-{day}");
    }

    /// A key, made, switched off and on, renamed and deleted; each some seconds later.
    async fn lives(&self) -> Key {
        let (world, place) = (&self.world, self.world.sandbox());
        let key = world.key(place, World::wish(self.account.id)).await.key;
        let next = || world.clock.advance_ms(1_000);
        next();
        let mut chance = world.chance();
        world.engine.disable_key(place, key.id, world.context(&mut chance)).await.expect("off");
        next();
        let mut chance = world.chance();
        world.engine.enable_key(place, key.id, world.context(&mut chance)).await.expect("on");
        next();
        let mut chance = world.chance();
        world.engine.delete_key(place, key.id, world.context(&mut chance)).await.expect("gone");
        key
    }

    /// The events that were put up: their positions, identities and bodies.
    async fn bodies(&self) -> Vec<(u64, String, String)> {
        let reading = self.world.reading();
        while self.world.engine.dispatch_events(&self.outgoing, reading).await.expect("a store")
            == More::Perhaps
        {}
        let Webhook { place, account, id, .. } = &self.webhook;
        let webhook = WebhookRef { place: place.clone(), account: *account, webhook: *id };
        let page = self.world.engine.list_deliveries(webhook, EventPosition::START, 100).await;
        let items = page.expect("deliveries").items.into_iter();
        items.map(|one| (one.position.epoch, one.event.to_string(), one.body.into())).collect()
    }

    /// What would be sent of the first event.
    async fn parcel(&self) -> Parcel {
        let (world, place) = (&self.world, self.world.sandbox());
        self.bodies().await;
        let claimed = world.engine.claim_deliveries(place, world.reading(), 1).await.expect("one");
        let one = claimed.first().expect("one is due");
        self.dialect.parcel(&one.webhook, one.event, &one.body, world.clock.now())
    }
}

fn dialect_named(name: &str) -> Arc<dyn Dialect> {
    let settings = DialectSettings {
        realm: RealmName::parse("payments").expect("a slug"),
        environments: Vec::new(),
        header: None,
        alias_header: false,
    };
    registry::build(name, &settings).expect("the dialect")
}

const OF_ASAAS: [&str; 4] = [
    "ACCESS_TOKEN_CREATED",
    "ACCESS_TOKEN_DISABLED",
    "ACCESS_TOKEN_ENABLED",
    "ACCESS_TOKEN_DELETED",
];
const TOKEN: &str = "a-token-of-more-than-thirty-two-characters";

#[tokio::test]
async fn asaas_words_its_events_by_the_contract() {
    let stage = Stage::speaking("asaas", &OF_ASAAS, TOKEN).await;
    let key = stage.lives().await;
    let found = stage.bodies().await;
    let expected = [
        ("ACCESS_TOKEN_CREATED", 0, true, "null"),
        ("ACCESS_TOKEN_DISABLED", 1, false, "\"MANUAL\""),
        ("ACCESS_TOKEN_ENABLED", 2, true, "null"),
        ("ACCESS_TOKEN_DELETED", 3, false, "null"),
    ];
    assert_eq!(found.len(), expected.len());
    for ((epoch, event, body), (kind, second, enabled, reason)) in found.iter().zip(expected) {
        let (hex, account, owner) = (event.replace('-', ""), stage.account.id, stage.root.id);
        let whole = format!(
            r#"{{"id":"evt_{hex}&{epoch}","event":"{kind}","dateCreated":"2026-01-14 12:00:0{second}","account":{{"id":"{account}","ownerId":"{owner}"}},"accessToken":{{"id":"{}","name":"{}","enabled":{enabled},"dateCreated":"2026-01-14 12:00:00","disableReason":{reason},"expirationDate":null,"projectedExpirationDateByLackOfUse":null}}}}"#,
            key.id, key.name
        );
        assert_eq!(*body, whole);
    }
}

#[tokio::test]
async fn asaas_tells_of_the_end_of_an_unused_key_by_the_contract() {
    const TOLD: [&str; 3] =
        ["ACCESS_TOKEN_DISABLED", "ACCESS_TOKEN_EXPIRING_SOON", "ACCESS_TOKEN_EXPIRED"];
    let stage = Stage::aging("asaas", &TOLD).await;
    let key = stage.world.key(stage.world.sandbox(), World::wish(stage.account.id)).await.key;
    // The last warning is given three days late, and the end waits until it is a week old.
    for (month, day) in [(4, 14), (5, 14), (6, 14), (7, 10), (7, 17)] {
        stage.sweeps_on(month, day).await;
    }
    let expected = [
        ("ACCESS_TOKEN_DISABLED", "2026-04-14", "\"LACK_OF_USE\"", "\"2026-07-14\""),
        ("ACCESS_TOKEN_EXPIRING_SOON", "2026-05-14", "\"LACK_OF_USE\"", "\"2026-07-14\""),
        ("ACCESS_TOKEN_EXPIRING_SOON", "2026-06-14", "\"LACK_OF_USE\"", "\"2026-07-14\""),
        ("ACCESS_TOKEN_EXPIRING_SOON", "2026-07-10", "\"LACK_OF_USE\"", "\"2026-07-17\""),
        ("ACCESS_TOKEN_EXPIRED", "2026-07-17", "null", "null"),
    ];
    let found = stage.bodies().await;
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((epoch, event, body), (kind, day, reason, projected)) in found.iter().zip(expected) {
        let (hex, account, owner) = (event.replace('-', ""), stage.account.id, stage.root.id);
        let whole = format!(
            r#"{{"id":"evt_{hex}&{epoch}","event":"{kind}","dateCreated":"{day} 09:00:00","account":{{"id":"{account}","ownerId":"{owner}"}},"accessToken":{{"id":"{}","name":"{}","enabled":false,"dateCreated":"2026-01-14 09:00:00","disableReason":{reason},"expirationDate":null,"projectedExpirationDateByLackOfUse":{projected}}}}}"#,
            key.id, key.name
        );
        assert_eq!(*body, whole);
    }
}

#[tokio::test]
async fn an_event_shows_the_end_that_follows_from_the_warning_that_was_given() {
    let stage = Stage::aging("native", &["key.disabled", "key.expired"]).await;
    let (world, place) = (&stage.world, stage.world.sandbox());
    let mut chance = world.chance();
    let white_label =
        AccountChange { branding: Some(Branding::WhiteLabel), ..AccountChange::default() };
    let context = world.context(&mut chance);
    let changed = world.engine.update_account(place, stage.account.id, white_label, context).await;
    changed.expect("an account");
    let key = world.key(place, World::wish(stage.account.id)).await.key;
    stage.sweeps_on(7, 10).await;
    world.clock.advance_ms(2 * 86_400_000);
    let mut chance = world.chance();
    world.engine.disable_key(place, key.id, world.context(&mut chance)).await.expect("off");
    stage.sweeps_on(7, 17).await;
    let found = stage.bodies().await;
    let [(_, _, disabled), (_, _, expired)] = &found[..] else { panic!("two: {found:?}") };
    let projected = r#""state":"disabled","cause":"manual","created_at":"2026-01-14T12:00:00.000Z","expires_at":null,"last_used_at":null,"projected_expiration_at":"2026-07-17T12:00:00.000Z"}}"#;
    assert!(disabled.ends_with(projected), "{disabled}");
    let over = r#""state":"expired","cause":"lack_of_use","created_at":"2026-01-14T12:00:00.000Z","expires_at":null,"last_used_at":null,"projected_expiration_at":null}}"#;
    assert!(expired.ends_with(over), "{expired}");
}

#[tokio::test]
async fn asaas_sends_its_token_in_the_header_of_the_contract() {
    let stage = Stage::speaking("asaas", &OF_ASAAS, TOKEN).await;
    stage.lives().await;
    let parcel = stage.parcel().await;
    let [line] = &parcel.lines[..] else { panic!("one line: {:?}", parcel.lines) };
    assert_eq!((line.name(), line.expose()), ("asaas-access-token", TOKEN));
    assert_eq!(line.secrecy(), Secrecy::Secret);
    assert!(parcel.seal.is_none());
}

#[tokio::test]
async fn our_own_events_name_their_key_and_hold_no_secret() {
    let stage = Stage::speaking("autosend", &["key.disabled"], TOKEN).await;
    let key = stage.lives().await;
    let found = stage.bodies().await;
    let [(_, event, body)] = &found[..] else { panic!("one event: {found:?}") };
    let whole = format!(
        r#"{{"id":"{event}","type":"key.disabled","at":"2026-01-14T12:00:01.000Z","realm":"payments","environment":"sandbox","account_id":"{}","key":{{"id":"{}","name":"{}","hint":"{}","state":"disabled","cause":"manual","created_at":"2026-01-14T12:00:00.000Z","expires_at":null,"last_used_at":null,"projected_expiration_at":null}}}}"#,
        stage.account.id, key.id, key.name, key.secret.hint
    );
    assert_eq!(*body, whole);
    let parcel = stage.parcel().await;
    let lines: Vec<_> = parcel.lines.iter().map(|line| (line.name(), line.expose())).collect();
    assert_eq!(lines, [("chaveiro-token", TOKEN)]);
}

#[tokio::test]
async fn who_asked_is_told_how_others_came_to_see_a_key_and_the_contract_of_asaas_has_no_words_for_it()
 {
    let report = async |stage: &Stage| {
        let (world, place) = (&stage.world, stage.world.sandbox());
        let key = world.key(place, World::wish(stage.account.id)).await.key;
        let report = Report { found_in: Some(name("a \"gist\"")), then: Then::SwitchOff };
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        world.engine.report_exposed(place, key.id, report, context).await.expect("a report");
        key
    };
    let stage = Stage::speaking("native", &["key.exposed"], TOKEN).await;
    let key = report(&stage).await;
    let found = stage.bodies().await;
    let [(_, event, body)] = &found[..] else { panic!("one event: {found:?}") };
    let whole = format!(
        r#"{{"id":"{event}","type":"key.exposed","at":"2026-01-14T12:00:00.000Z","realm":"payments","environment":"sandbox","account_id":"{}","key":{{"id":"{}","name":"{}","hint":"{}","state":"disabled","cause":"manual","created_at":"2026-01-14T12:00:00.000Z","expires_at":null,"last_used_at":null,"projected_expiration_at":null}},"exposure":{{"cause":"reported","where":"a \"gist\""}}}}"#,
        stage.account.id, key.id, key.name, key.secret.hint
    );
    assert_eq!(*body, whole);
    let stage = Stage::speaking("asaas", &OF_ASAAS, TOKEN).await;
    report(&stage).await;
    let found = stage.bodies().await;
    let names: Vec<_> = found
        .iter()
        .map(|(_, _, body)| &body[body.find("ACCESS").expect("a name")..][..21])
        .collect();
    assert_eq!(names, ["ACCESS_TOKEN_CREATED\"", "ACCESS_TOKEN_DISABLED"]);
}

#[tokio::test]
async fn a_token_that_is_a_signing_secret_signs_and_is_not_sent() {
    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let stage = Stage::speaking("autosend", &["key.created"], secret).await;
    stage.lives().await;
    let parcel = stage.parcel().await;
    assert!(parcel.lines.is_empty());
    let seal = parcel.seal.expect("it is signed");
    assert_eq!(&*seal.id, stage.bodies().await[0].1);
    assert_eq!(seal.secrets[0].expose(), b"0123456789abcdef0123456789abcdef");
}

//! Events, and what became of them on their way to webhooks: seen, sent again, and kept apart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::audit::EventKind;
use domain::delivery::{SuccessRule, wait_ms};
use domain::ids::EventId;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use engine::dispatch::More;
use engine::outgoing::{Outgoing, Wording};
use engine::ports::courier::{Attempt, AttemptOutcome, Parcel};
use engine::ports::herald::{Herald, Told};
use http::Method;
use serde_json::{Value, json};
use testkit::senders::KeepingCourier;

use super::desk::{Desk, MAIL, NOBODY, PRODUCTION, SANDBOX};

/// Words events as their identities.
#[derive(Debug)]
struct Plain;

impl Herald for Plain {
    fn event_name(&self, kind: EventKind) -> Option<&'static str> {
        (kind == EventKind::Created).then_some("KEY_CREATED")
    }

    fn body(&self, told: &Told<'_>) -> Box<str> {
        told.row.event.id.to_string().into()
    }

    fn parcel(&self, webhook: &Webhook, _: EventId, body: &str, _: Timestamp) -> Parcel {
        let (url, body) = (webhook.url.clone(), body.as_bytes().into());
        let (place, webhook) = (webhook.place.clone(), webhook.id);
        Parcel { place, webhook, url, lines: Vec::new(), body, seal: None }
    }
}

/// A desk with a webhook, whose receiver answers as it is told.
struct Stage {
    desk: Desk,
    webhook: String,
    courier: Arc<KeepingCourier>,
    answer: Arc<Mutex<Attempt>>,
    outgoing: Outgoing,
}

fn attempt(outcome: AttemptOutcome, answer: &[u8]) -> Attempt {
    Attempt { outcome, took_ms: 7, answer: answer.to_vec() }
}

impl Stage {
    async fn open() -> Self {
        let desk = Desk::open().await;
        let webhook = webhook_of(&desk, &desk.account_path()).await;
        let answer = Arc::new(Mutex::new(attempt(AttemptOutcome::Answered(200), b"")));
        let said = Arc::clone(&answer);
        let courier = KeepingCourier::new(move |_| said.lock().expect("an answer").clone());
        let courier = Arc::new(courier);
        let wording = Wording { herald: Arc::new(Plain), rule: SuccessRule::Any2xx };
        let places = HashMap::from([(desk.world.sandbox().place().clone(), wording)]);
        let outgoing = Outgoing::new(Arc::<KeepingCourier>::clone(&courier), places);
        Self { desk, webhook, courier, answer, outgoing }
    }

    fn answers(&self, with: Attempt) {
        *self.answer.lock().expect("an answer") = with;
    }

    /// Puts up what happened, and sends what is due.
    async fn sends(&self) {
        let (world, place) = (&self.desk.world, self.desk.world.sandbox());
        let reading = world.reading();
        while world.engine.dispatch_events(&self.outgoing, reading).await.expect("a store")
            == More::Perhaps
        {}
        let claimed = world.engine.claim_deliveries(place, reading, 100).await.expect("a store");
        for one in &claimed {
            let mut chance = world.chance();
            let engine = &world.engine;
            let sent = engine.send_claimed(place, &self.outgoing, one, reading, &mut chance);
            sent.await.expect("a store");
        }
    }

    /// The list, with this query.
    async fn listed(&self, query: &str) -> Vec<Value> {
        let list = self.desk.get(&format!("{}/deliveries{query}", self.webhook)).await.ok(200);
        list["items"].as_array().expect("a list").clone()
    }

    async fn only(&self) -> (String, Value) {
        let listed = self.listed("").await;
        assert_eq!(listed.len(), 1, "{listed:?}");
        let only = &listed[0];
        let event = only["event_id"].as_str().expect("an id");
        (format!("{}/deliveries/{event}", self.webhook), only.clone())
    }
}

/// The path of a new webhook of the account at this path.
async fn webhook_of(desk: &Desk, account: &str) -> String {
    let wish = json!({"name": "Shop", "url": "https://example.com/hook",
        "email": "ana@example.com", "events": ["KEY_CREATED"]});
    let made = desk.post(&format!("{account}/webhooks"), &wish.to_string()).await.ok(201);
    format!("{SANDBOX}/webhooks/{}", made["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn each_attempt_is_shown_with_its_status_its_duration_and_the_beginning_of_the_answer() {
    let stage = Stage::open().await;
    let answer = [b"caf\xc3\xa9 \xff<b>".to_vec(), vec![b'x'; 4_000]].concat();
    stage.answers(attempt(AttemptOutcome::Answered(500), &answer));
    stage.sends().await;
    stage.answers(attempt(AttemptOutcome::NotConnected, b""));
    stage.desk.world.clock.advance_ms(wait_ms(1) + 8);
    stage.sends().await;
    let (path, listed) = stage.only().await;
    let shown = stage.desk.get(&path).await.ok(200);
    assert_eq!(shown["delivery"], listed);
    let text = format!("caf\u{e9} \u{fffd}<b>{}", "x".repeat(4_000));
    let attempts = json!([
        {"number": 1, "at": "2026-01-14T12:00:00.000Z", "took_ms": 7, "status": 500,
            "failure": null, "answer": text},
        {"number": 2, "at": "2026-01-14T12:00:30.008Z", "took_ms": 7, "status": null,
            "failure": "no_connection", "answer": ""},
    ]);
    assert_eq!(shown["attempts"], attempts);
    let expected = json!({
        "event_id": listed["event_id"], "kind": "key.created", "state": "waiting",
        "attempts": 2, "failures": 2, "made_at": "2026-01-14T12:00:00.000Z",
        "next_at": "2026-01-14T12:01:30.015Z", "delivered_at": null, "body": listed["event_id"],
    });
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn an_event_is_sent_again_in_whatever_state_under_the_same_id() {
    let stage = Stage::open().await;
    stage.sends().await;
    let (path, delivered) = stage.only().await;
    assert_eq!(delivered["state"], "delivered");
    let again = format!("{path}/resend");
    let put_up = stage.desk.call(&Method::POST, &again).await.ok(200);
    assert_eq!((&put_up["state"], &put_up["attempts"]), (&json!("pending"), &json!(1)));
    // Once is enough, however often somebody asks before it is sent.
    stage.desk.call(&Method::POST, &again).await.ok(200);
    stage.answers(attempt(AttemptOutcome::TimedOut, b""));
    stage.sends().await;
    assert_eq!(stage.only().await.1["state"], "waiting");
    stage.desk.call(&Method::POST, &again).await.ok(200);
    stage.answers(attempt(AttemptOutcome::Answered(204), b""));
    stage.sends().await;
    let shown = stage.desk.get(&path).await.ok(200);
    assert_eq!(shown["delivery"]["state"], "delivered");
    let failures: Vec<_> = shown["attempts"].as_array().expect("a list").iter().collect();
    assert_eq!(failures.len(), 3);
    assert_eq!(failures[1]["failure"], "timed_out");
    let bodies: Vec<_> = stage.courier.parcels().into_iter().map(|parcel| parcel.body).collect();
    assert!(bodies.len() == 3 && bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

#[tokio::test]
async fn waits_are_lifted_for_all_events_of_a_webhook() {
    let stage = Stage::open().await;
    stage.answers(attempt(AttemptOutcome::Answered(500), b""));
    stage.sends().await;
    let lift = format!("{}/remove_backoff", stage.webhook);
    let lifted = async || stage.desk.call(&Method::POST, &lift).await.ok(200);
    assert_eq!(lifted().await, json!({"lifted": 1}));
    stage.answers(attempt(AttemptOutcome::Answered(200), b""));
    stage.sends().await;
    assert_eq!(stage.only().await.1["state"], "delivered");
    assert_eq!(lifted().await, json!({"lifted": 0}));
}

#[tokio::test]
async fn the_alerts_of_a_webhook_are_listed_page_by_page_and_an_interrupted_one_sends_nothing() {
    let stage = Stage::open().await;
    let accounts = format!("{SANDBOX}/accounts");
    let other = stage.desk.post(&accounts, r#"{"name":"b"}"#).await.ok(201);
    let other = format!("{accounts}/{}", other["id"].as_str().expect("an id"));
    let other = webhook_of(&stage.desk, &other).await;
    stage.answers(attempt(AttemptOutcome::BrokenOff, b""));
    for failures in 0..15 {
        stage.desk.world.clock.advance_ms(wait_ms(failures) + 8);
        stage.sends().await;
    }
    let (mut found, mut path) = (Vec::new(), format!("{}/alerts?limit=1", stage.webhook));
    loop {
        let page = stage.desk.get(&path).await.ok(200);
        found.extend(page["items"].as_array().expect("a list").clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{}/alerts?limit=1&after={next}", stage.webhook);
        stage.desk.get(&format!("{other}/alerts?after={next}")).await.wrong(&["after"]);
    }
    let told: Vec<_> = found.iter().map(|alert| (&alert["kind"], &alert["count"])).collect();
    let (failing, interrupted) = (json!("failing"), json!("interrupted"));
    let expected = [(&failing, &json!(5)), (&failing, &json!(10)), (&interrupted, &json!(15))];
    assert_eq!(told, expected);
    assert_eq!(stage.desk.get(&format!("{other}/alerts")).await.ok(200)["items"], json!([]));

    let (path, _) = stage.only().await;
    let before = stage.courier.parcels().len();
    stage.desk.call(&Method::POST, &format!("{path}/resend")).await.ok(200);
    stage.sends().await;
    assert_eq!(stage.courier.parcels().len(), before, "it is interrupted");
    stage.desk.patch(&stage.webhook, r#"{"interrupted":false}"#).await.ok(200);
    stage.sends().await;
    assert_eq!(stage.courier.parcels().len(), before + 1);
}

#[tokio::test]
async fn deliveries_are_found_by_their_state_page_by_page() {
    let stage = Stage::open().await;
    stage.sends().await;
    for _ in 0..3 {
        stage.desk.another_key(|_| {}).await;
    }
    stage.answers(attempt(AttemptOutcome::Answered(500), b""));
    stage.sends().await;
    let states = async |query: &str| {
        let listed = stage.listed(query).await;
        listed.iter().map(|one| one["state"].as_str().expect("a state").to_owned()).collect()
    };
    let all: Vec<String> = states("").await;
    assert_eq!(all, ["delivered", "waiting", "pending", "pending"]);
    for (query, expected) in [
        ("?state=pending", vec!["pending"; 2]),
        ("?state=waiting,delivered", vec!["delivered", "waiting"]),
        ("?state=waiting&state=pending", vec!["waiting", "pending", "pending"]),
        ("?state=pending&limit=1", vec!["pending"]),
    ] {
        let found: Vec<String> = states(query).await;
        assert_eq!(found, expected, "{query}");
    }
    let path = format!("{}/deliveries?state=pending&limit=1", stage.webhook);
    let first = stage.desk.get(&path).await.ok(200);
    let next = first["next"].as_str().expect("a cursor");
    let second = stage.desk.get(&format!("{path}&after={next}")).await.ok(200);
    assert_ne!(first["items"], second["items"]);
    assert_eq!(second["next"], Value::Null);
    let other = format!("{}/deliveries?state=waiting&after={next}", stage.webhook);
    stage.desk.get(&other).await.wrong(&["after"]);
    for query in ["state=gone", "state=", "state=pending,", "key=x", "limit=0", "after=x"] {
        let name = query.split('=').next().expect("a name");
        let path = format!("{}/deliveries?{query}", stage.webhook);
        stage.desk.get(&path).await.wrong(&[name]);
    }
}

#[tokio::test]
async fn events_are_found_by_account_kind_and_key_with_their_key_as_it_stood() {
    let desk = Desk::open().await;
    let other = desk.post(&format!("{SANDBOX}/accounts"), r#"{"name":"b"}"#).await.ok(201);
    let other = format!("{SANDBOX}/accounts/{}", other["id"].as_str().expect("an id"));
    desk.post(&format!("{other}/keys"), r#"{"name":"theirs"}"#).await.ok(201);
    desk.post(&format!("{}/disable", desk.key_path()), "").await.ok(200);
    desk.patch(&desk.key_path(), r#"{"name":"renamed"}"#).await.ok(200);
    let key = desk.key.key.id.to_string();
    let check = async |path: &str, kinds: &[&str]| {
        let page = desk.get(path).await.ok(200);
        let items = page["items"].as_array().expect("a list");
        let found: Vec<_> = items.iter().map(|event| event["kind"].as_str()).collect();
        let expected: Vec<_> = kinds.iter().copied().map(Some).collect();
        assert_eq!((found, &page["next"]), (expected, &Value::Null), "{path}");
    };
    let all = format!("{SANDBOX}/events");
    let of_account = format!("{}/events", desk.account_path());
    check(&all, &["key.created", "key.created", "key.disabled"]).await;
    check(&of_account, &["key.created", "key.disabled"]).await;
    check(&format!("{other}/events"), &["key.created"]).await;
    check(&format!("{all}?kind=key.disabled"), &["key.disabled"]).await;
    check(&format!("{all}?kind=key%2Edisabled&key={key}"), &["key.disabled"]).await;
    check(&format!("{all}?key={key}"), &["key.created", "key.disabled"]).await;
    check(&format!("{other}/events?key={key}"), &[]).await;
    check(&format!("{PRODUCTION}/events"), &[]).await;
    // What is no id names nothing, like one that nobody has.
    for id in [NOBODY, "x", "", "%00", "' OR 1=1 --"] {
        check(&format!("{all}?key={}", id.replace(' ', "%20")), &[]).await;
    }
    desk.get(&format!("{all}?kind=key.gone")).await.wrong(&["kind"]);
    for broken in ["%ff", "%zz", "%"] {
        desk.get(&format!("{all}?key={broken}")).await.wrong(&["key"]);
    }
    let first = desk.get(&format!("{all}?key={key}&limit=1")).await.ok(200);
    let event = &first["items"][0];
    let expected = json!({
        "id": event["id"], "kind": "key.created", "at": "2026-01-14T12:00:00.000Z",
        "account_id": desk.account, "key_id": key, "exposure": null,
        "key": {"name": desk.key.key.name.as_str(), "hint": desk.key.key.secret.hint.as_str(),
            "state": "enabled", "cause": null, "created_at": "2026-01-14T12:00:00.000Z",
            "expires_at": null, "last_used_at": null, "projected_expiration_at": null},
    });
    assert_eq!(event, &expected);
    let next = first["next"].as_str().expect("a cursor");
    check(&format!("{all}?key={key}&after={next}"), &["key.disabled"]).await;
    let both = format!("{all}?key={key}&kind=key.created&limit=1");
    let made = desk.get(&both).await.ok(200);
    let next_made = made["next"].as_str().expect("a cursor");
    check(&format!("{all}?kind=key.created&after={next_made}&key={key}"), &[]).await;
    for list in [&all, &of_account, &format!("{all}?kind=key.created"), &format!("{SANDBOX}/keys")]
    {
        let mark = if list.contains('?') { '&' } else { '?' };
        desk.get(&format!("{list}{mark}after={next}")).await.wrong(&["after"]);
    }
}

#[tokio::test]
async fn what_is_elsewhere_nowhere_or_no_id_is_answered_like_what_is_absent() {
    let stage = Stage::open().await;
    stage.sends().await;
    let (path, _) = stage.only().await;
    let event = path.rsplit('/').next().expect("an id");
    let id = stage.webhook.rsplit('/').next().expect("an id");
    let other = webhook_of(&stage.desk, &stage.desk.account_path()).await;
    let mut said = Vec::new();
    let mut check = async |method: &Method, path: &str, code: &str| {
        let mut problem = stage.desk.call(method, path).await.problem(404, code);
        problem.as_object_mut().expect("an object").remove("request_id");
        said.push((code.to_owned(), problem));
    };
    for (webhook, code) in [
        (format!("{PRODUCTION}/webhooks/{id}"), "no_such_webhook"),
        (format!("{MAIL}/webhooks/{id}"), "no_such_webhook"),
        (format!("{SANDBOX}/webhooks/{NOBODY}"), "no_such_webhook"),
        (format!("{SANDBOX}/webhooks/x"), "no_such_webhook"),
        (format!("{SANDBOX}/webhooks/{}", "0".repeat(300)), "no_such_webhook"),
        (other, "no_such_delivery"),
    ] {
        let paths = [("deliveries", Method::GET), ("alerts", Method::GET)];
        if code == "no_such_webhook" {
            for (tail, method) in paths {
                check(&method, &format!("{webhook}/{tail}"), code).await;
            }
            check(&Method::POST, &format!("{webhook}/remove_backoff"), code).await;
        }
        check(&Method::GET, &format!("{webhook}/deliveries/{event}"), code).await;
        check(&Method::POST, &format!("{webhook}/deliveries/{event}/resend"), code).await;
    }
    for event in [NOBODY, "x", "0", &"f".repeat(300)] {
        let path = format!("{}/deliveries/{event}", stage.webhook);
        check(&Method::GET, &path, "no_such_delivery").await;
        check(&Method::POST, &format!("{path}/resend"), "no_such_delivery").await;
    }
    for code in ["no_such_webhook", "no_such_delivery"] {
        let alike: Vec<_> = said.iter().filter(|(of, _)| of == code).collect();
        assert!(alike.len() > 5 && alike.iter().all(|one| one.1 == alike[0].1), "{alike:?}");
    }
}

//! Webhooks over the API: made once, shown without their token, changed, deleted, kept apart.

use std::sync::Arc;

use axum::body::Body;
use domain::webhook::WebhookUrl;
use engine::ports::courier::AddressRefusal;
use engine::ports::receivers::Receivers;
use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::desk::{Answer, Desk, MAIL, NOBODY, PRODUCTION, SANDBOX};

fn wish() -> Value {
    json!({"name": "Shop", "url": "https://example.com/hook?a=b", "email": "ana@example.com",
        "events": ["KEY_DELETED", "KEY_CREATED"]})
}

/// The wish with these members besides.
fn wish_with(members: Value) -> String {
    let mut wish = wish();
    if let (Value::Object(wish), Value::Object(members)) = (&mut wish, members) {
        wish.extend(members);
    }
    wish.to_string()
}

impl Desk {
    fn webhooks_path(&self) -> String {
        format!("{}/webhooks", self.account_path())
    }

    async fn webhook(&self, members: Value) -> Value {
        self.post(&self.webhooks_path(), &wish_with(members)).await.ok(201)
    }

    async fn listed(&self) -> Vec<Value> {
        let list = self.get(&self.webhooks_path()).await.ok(200);
        assert_eq!(list["next"], Value::Null);
        list["items"].as_array().expect("a list").clone()
    }
}

fn path_of(webhook: &Value) -> String {
    format!("{SANDBOX}/webhooks/{}", webhook["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_webhook_is_shown_as_it_was_made_but_for_its_token() {
    let desk = Desk::open().await;
    let token = "whsec_".repeat(6);
    let answer = desk.post(&desk.webhooks_path(), &wish_with(json!({"token": token}))).await;
    let made = answer.ok(201);
    let expected = json!({
        "id": made["id"],
        "account_id": desk.account,
        "name": "Shop",
        "url": "https://example.com/hook?a=b",
        "email": "ana@example.com",
        "events": ["KEY_DELETED", "KEY_CREATED"],
        "order": "sequential",
        "enabled": true,
        "interrupted": false,
        "has_token": true,
        "former_secret_ends_at": null,
        "state": "active",
        "created_at": "2026-01-14T12:00:00.000Z",
        "epoch": made["epoch"],
    });
    assert_eq!(made, expected);
    assert_eq!(answer.header("location"), path_of(&made));
    let shown = desk.get(answer.header("location")).await.ok(200);
    let queue = json!({
        "failures_in_a_row": 0, "events_waiting": 0, "events_deleted": 0, "last_deleted_at": null,
    });
    assert_eq!(shown["queue"], queue);
    assert_eq!(desk.webhook_at(&path_of(&made)).await, expected);
    let other = desk
        .webhook(json!({"order": "free", "enabled": false, "interrupted": true, "token": null}))
        .await;
    for (name, value) in
        [("order", json!("free")), ("enabled", json!(false)), ("interrupted", json!(true))]
    {
        assert_eq!(other[name], value, "{name}");
    }
    assert_eq!(other["has_token"], false);
    assert_eq!(desk.listed().await, [expected, other]);
}

#[tokio::test]
async fn a_change_of_a_webhook_touches_what_it_names() {
    let desk = Desk::open().await;
    let mut webhook = desk.webhook(json!({"token": "t".repeat(32)})).await;
    let path = path_of(&webhook);
    for (body, member, shown) in [
        (json!({"name": "b"}), "name", json!("b")),
        (json!({"url": "http://b.example/"}), "url", json!("http://b.example/")),
        (json!({"email": "b@b.example"}), "email", json!("b@b.example")),
        (json!({"events": ["KEY_CREATED"]}), "events", json!(["KEY_CREATED"])),
        (json!({"order": "free"}), "order", json!("free")),
        (json!({"enabled": false}), "enabled", json!(false)),
        (json!({"interrupted": true}), "interrupted", json!(true)),
        (json!({"token": null}), "has_token", json!(false)),
        (json!({"token": "u".repeat(255)}), "has_token", json!(true)),
    ] {
        let changed = desk.patch(&path, &body.to_string()).await.ok(200);
        webhook[member] = shown;
        webhook["epoch"] = json!(webhook["epoch"].as_u64().expect("a number") + 1);
        assert_eq!(changed, webhook, "{body}");
    }
    // Nothing named, and everything as it is: nothing changes.
    for body in [json!({}), json!({"name": "b", "token": "u".repeat(255)})] {
        assert_eq!(desk.patch(&path, &body.to_string()).await.ok(200), webhook);
    }
    assert_eq!(desk.webhook_at(&path).await, webhook);
}

#[tokio::test]
async fn a_deleted_webhook_is_shown_once_more_and_then_absent() {
    let desk = Desk::open().await;
    let webhook = desk.webhook(json!({"token": "t".repeat(32)})).await;
    let path = path_of(&webhook);
    let ended = desk.call(&Method::DELETE, &path).await.ok(200);
    assert_eq!((&ended["state"], &ended["has_token"]), (&json!("deleted"), &json!(false)));
    for answer in [
        desk.get(&path).await,
        desk.patch(&path, "{}").await,
        desk.call(&Method::DELETE, &path).await,
    ] {
        answer.problem(404, "no_such_webhook");
    }
    assert!(desk.listed().await.is_empty());
}

#[tokio::test]
async fn what_is_elsewhere_nowhere_or_no_id_is_no_webhook() {
    let desk = Desk::open().await;
    let webhook = desk.webhook(json!({})).await;
    let id = webhook["id"].as_str().expect("an id");
    let mut answers = Vec::new();
    for path in [
        format!("{PRODUCTION}/webhooks/{id}"),
        format!("{MAIL}/webhooks/{id}"),
        format!("{SANDBOX}/webhooks/{NOBODY}"),
        format!("{SANDBOX}/webhooks/x"),
        format!("{SANDBOX}/webhooks/{}", id.to_uppercase()),
    ] {
        answers.push(desk.get(&path).await.problem(404, "no_such_webhook"));
        desk.patch(&path, "{").await.problem(404, "no_such_webhook");
        desk.call(&Method::DELETE, &path).await.problem(404, "no_such_webhook");
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    for place in [PRODUCTION, MAIL] {
        let path = format!("{place}/accounts/{}/webhooks", desk.account);
        desk.get(&path).await.problem(404, "no_such_account");
        desk.post(&path, "{").await.problem(404, "no_such_account");
    }
    assert_eq!(desk.listed().await, [webhook]);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_is_refused_for_all_that_is_wrong() {
    let desk = Desk::open().await;
    let check = async |body: Value, fields: &[&str]| {
        desk.post(&desk.webhooks_path(), &body.to_string()).await.wrong(fields);
    };
    check(json!({}), &["name", "url", "email", "events"]).await;
    let with = |members: Value| serde_json::from_str(&wish_with(members)).expect("JSON");
    for (member, values) in [
        ("name", vec![json!(""), json!(null), json!("a\nb")]),
        ("url", vec![json!("ftp://a.example"), json!("https://a@b.example"), json!(7)]),
        ("email", vec![json!("ana"), json!("ana@localhost"), json!(null)]),
        ("events", vec![json!([]), json!("KEY_CREATED"), json!(["KEY_CREATED", "KEY_CREATED"])]),
        ("events[1]", vec![json!(["KEY_CREATED", "KEY_MADE"]), json!(["KEY_CREATED", 7])]),
        ("order", vec![json!("SEQUENTIALLY"), json!(null)]),
        ("enabled", vec![json!("true"), json!(null)]),
        ("interrupted", vec![json!(0)]),
        ("token", vec![json!("short"), json!("t".repeat(256)), json!("ü".repeat(40))]),
        ("webhook", vec![json!(1)]),
    ] {
        for value in values {
            let name = member.split('[').next().expect("a name");
            check(with(json!({ name: value })), &[member]).await;
        }
    }
    assert!(desk.listed().await.is_empty());
}

/// Whether a webhook with this token is made in a realm whose receivers are told in our own words.
async fn is_made(desk: &Desk, token: &str) -> bool {
    let accounts = format!("{MAIL}/accounts");
    let account = desk.post(&accounts, r#"{"name":"root"}"#).await.ok(201);
    let webhooks = format!("{accounts}/{}/webhooks", account["id"].as_str().expect("an id"));
    let wish = wish_with(json!({"events": ["key.created"], "token": token}));
    let answer = desk.post(&webhooks, &wish).await;
    if answer.status == 201 {
        let path = format!("{MAIL}/webhooks/{}", answer.ok(201)["id"].as_str().expect("an id"));
        let change = json!({"token": token}).to_string();
        desk.patch(&path, &change).await.ok(200);
        return true;
    }
    answer.wrong(&["token"]);
    assert!(!answer.text.contains(token), "a secret is not repeated: {}", answer.text);
    false
}

#[tokio::test]
async fn an_event_that_is_none_is_answered_with_the_nearest_or_with_where_they_are_listed() {
    let desk = Desk::open().await;
    for (event, advice) in [
        ("key_craeted", "key_craeted is no event of this realm: did you mean KEY_CREATED?"),
        ("PAYMENT", "PAYMENT is no event of this realm: show the realm, whose webhook_events"),
    ] {
        let wish = wish_with(json!({"events": [event]}));
        let problem = desk.post(&desk.webhooks_path(), &wish).await.problem(400, "invalid_request");
        let said = problem["errors"][0]["detail"].as_str().expect("a sentence");
        assert!(said.starts_with(advice), "{said}");
    }
}

#[tokio::test]
async fn a_token_that_looks_like_a_signing_secret_signs_or_is_refused() {
    let desk = Desk::open().await;
    let of = |bytes: usize| "A".repeat(bytes / 3 * 4);
    for (token, made) in [
        (format!("whsec_{}", of(24)), true),
        (format!("whsec_{}", of(63)), true),
        (format!("whsec_{}AA==", of(24)), true),
        ("whsec-is-another-word-of-32-chars".to_owned(), true),
        (format!("whsec_{}AA", of(24)), false),
        (format!("whsec_{}-_-_", of(24)), false),
        (format!("whsec_{}!", of(24)), false),
        (format!("whsec_{}", of(21)), false),
        (format!("whsec_{}", of(66)), false),
        ("whsec_".repeat(6), false),
    ] {
        assert_eq!(is_made(&desk, &token).await, made, "{token}");
    }
}

#[tokio::test]
async fn a_key_of_ours_is_kept_neither_as_a_token_nor_in_an_address() {
    let desk = Desk::open().await;
    let webhook = desk.webhook(json!({})).await;
    let key = &desk.key.text;
    for (member, value) in [
        ("token", key.clone()),
        ("token", format!("Bearer-{key}")),
        ("url", format!("https://example.com/{key}")),
        ("email", format!("{}@example.com", &key[..40])),
        ("events", key.clone()),
    ] {
        let value = if member == "events" { json!([value]) } else { json!(value) };
        let field = if member == "events" { "events[0]" } else { member };
        let body = json!({ member: value }).to_string();
        let answer = desk.patch(&path_of(&webhook), &body).await;
        answer.wrong(&[field]);
        assert!(!answer.text.contains(&key[12..24]), "{}", answer.text);
    }
}

#[tokio::test]
async fn an_account_has_as_many_webhooks_as_its_realm_says() {
    let desk = Desk::open().await;
    let most = desk.world.sandbox().realm().webhooks_per_account;
    let first = desk.webhook(json!({})).await;
    for _ in 1..most {
        desk.webhook(json!({})).await;
    }
    let refused = desk.post(&desk.webhooks_path(), &wish().to_string()).await;
    let refused = refused.problem(409, "limit_reached");
    assert!(refused["detail"].as_str().is_some_and(|text| text.contains(" 4 webhooks")));
    desk.call(&Method::DELETE, &path_of(&first)).await.ok(200);
    desk.webhook(json!({})).await;
}

async fn once(desk: &Desk, key: &str, body: &str) -> Answer {
    let request = desk.request(&Method::POST, &desk.webhooks_path());
    let request = request.header(CONTENT_TYPE, "application/json").header("Idempotency-Key", key);
    desk.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn a_webhook_that_is_asked_for_again_is_made_once() {
    let desk = Desk::open().await;
    let first = once(&desk, "one", &wish().to_string()).await;
    let made = first.ok(201);
    desk.patch(&path_of(&made), r#"{"name":"b"}"#).await.ok(200);
    desk.world.clock.advance_ms(60_000);
    let again = once(&desk, "one", &wish().to_string()).await;
    assert_eq!(again.ok(201), made);
    assert_eq!(again.header("location"), first.header("location"));
    let other = once(&desk, "one", &wish_with(json!({"name": "b"}))).await;
    other.problem(422, "idempotency_key_reused");
    once(&desk, "two", "{}").await.wrong(&["name", "url", "email", "events"]);
    once(&desk, "two", &wish().to_string()).await.ok(201);
    assert_eq!(desk.listed().await.len(), 2);
    desk.call(&Method::DELETE, &path_of(&made)).await.ok(200);
    for _ in 0..2 {
        let gone = once(&desk, "one", &wish().to_string()).await.problem(409, "already_made");
        let id = made["id"].as_str().expect("an id");
        assert!(gone["detail"].as_str().is_some_and(|text| text.contains(id)), "{gone}");
    }
    assert_eq!(desk.listed().await.len(), 1);
}

/// Sends to whatever is not called after a reason against it.
#[derive(Debug)]
struct ByName;

impl Receivers for ByName {
    fn vet(&self, url: &WebhookUrl) -> Result<(), AddressRefusal> {
        let refusals = [
            ("scheme", AddressRefusal::Scheme),
            ("port", AddressRefusal::Port),
            ("inner", AddressRefusal::NotPublic),
        ];
        let named = refusals.into_iter().find(|(name, _)| url.as_str().contains(name));
        named.map_or(Ok(()), |(_, refusal)| Err(refusal))
    }
}

#[tokio::test]
async fn an_address_that_nothing_could_be_sent_to_is_refused_and_one_that_stands_is_kept() {
    let desk = Desk::open().await;
    let kept = desk.webhook(json!({"url": "https://inner.example.com/"})).await;
    desk.world.engine.know_receivers(Arc::new(ByName));
    let (path, epoch) = (path_of(&kept), desk.world.engine.epoch());
    for (name, said) in [
        ("scheme", "use https"),
        ("port", "names a port of another service"),
        ("inner", "is no public address"),
    ] {
        let url = json!({ "url": format!("https://{name}.example.com/new") });
        for refused in [
            desk.post(&desk.webhooks_path(), &wish_with(url.clone())).await,
            desk.patch(&path, &url.to_string()).await,
        ] {
            refused.wrong(&["url"]);
            assert!(refused.text.contains(said), "{}", refused.text);
        }
    }
    assert_eq!(desk.world.engine.epoch(), epoch);
    assert_eq!(desk.listed().await, std::slice::from_ref(&kept));
    let same = json!({"url": "https://inner.example.com/", "enabled": false}).to_string();
    assert_eq!(desk.patch(&path, &same).await.ok(200)["enabled"], false);
    desk.webhook(json!({"url": "https://example.org/"})).await;
}

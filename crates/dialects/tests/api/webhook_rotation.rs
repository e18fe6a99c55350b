//! Webhooks that are given new signing secrets: what each answer shows, and who is refused.

use std::sync::Arc;

use axum::body::Body;
use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use store::port::Store;

use super::desk::{Answer, Desk, MAIL, SANDBOX};
use super::switchable_store::SwitchableStore;

const OLD: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OWN: &str = "whsec_YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=";
const HOUR_MS: i64 = 3_600_000;

/// A webhook in a realm that signs, with this token; its path, and what is shown of it.
async fn made(desk: &Desk, token: &Value) -> (String, Value) {
    let account = desk.post(&format!("{MAIL}/accounts"), r#"{"name":"shop"}"#).await.ok(201);
    let wish = json!({"name": "Shop", "url": "https://example.com/", "email": "ana@example.com",
        "events": ["key.created"], "token": token});
    let account = account["id"].as_str().expect("an id");
    let path = format!("{MAIL}/accounts/{account}/webhooks");
    let webhook = desk.post(&path, &wish.to_string()).await.ok(201);
    (format!("{MAIL}/webhooks/{}", webhook["id"].as_str().expect("an id")), webhook)
}

async fn rotated(desk: &Desk, path: &str, body: &str) -> (String, Value) {
    let mut shown = desk.post(&format!("{path}/rotate_secret"), body).await.ok(200);
    let secret = shown.as_object_mut().expect("an object").remove("secret").expect("the secret");
    (secret.as_str().expect("a text").to_owned(), shown)
}

async fn asked_under(desk: &Desk, path: &str, key: &str, body: &str) -> Answer {
    let request = desk.request(&Method::POST, &format!("{path}/rotate_secret"));
    let request = request.header("Idempotency-Key", key).header(CONTENT_TYPE, "application/json");
    desk.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn a_new_secret_is_shown_once_and_the_old_one_with_its_end() {
    let desk = Desk::open().await;
    let (path, before) = made(&desk, &json!(OLD)).await;
    assert_eq!(before["former_secret_ends_at"], Value::Null);
    let (secret, shown) = rotated(&desk, &path, "{}").await;
    assert!(secret.starts_with("whsec_") && secret.len() == OLD.len() && secret != OLD, "{secret}");
    let mut expected = before.clone();
    expected["epoch"] = shown["epoch"].clone();
    expected["former_secret_ends_at"] = "2026-01-15T12:00:00.000Z".into();
    assert_eq!(shown, expected);
    let again = desk.get(&path).await;
    assert!(!again.text.contains(&secret) && !again.text.contains(OLD), "{}", again.text);
    assert_eq!(desk.webhook_at(&path).await, expected);
    desk.world.clock.advance_ms(24 * HOUR_MS);
    let ended = desk.get(&path).await.ok(200);
    assert_eq!(ended["former_secret_ends_at"], Value::Null, "it signs no more, erased or not");
    let reading = desk.world.reading();
    assert_eq!(desk.world.engine.erase_ended_secrets(reading).await.expect("a store"), 1);
    expected["former_secret_ends_at"] = Value::Null;
    assert_eq!(desk.webhook_at(&path).await, expected);
}

#[tokio::test]
async fn a_secret_and_an_overlap_can_be_chosen() {
    let desk = Desk::open().await;
    let (path, _) = made(&desk, &json!(OLD)).await;
    let body = json!({"secret": OWN, "overlap_seconds": 604_800}).to_string();
    let (secret, shown) = rotated(&desk, &path, &body).await;
    assert_eq!(secret, OWN);
    assert_eq!(shown["former_secret_ends_at"], "2026-01-21T12:00:00.000Z");
    let (_, shown) = rotated(&desk, &path, r#"{"overlap_seconds":0}"#).await;
    assert_eq!(shown["former_secret_ends_at"], Value::Null);
}

#[tokio::test]
async fn another_token_ends_an_overlap() {
    let desk = Desk::open().await;
    for token in [json!(OWN), Value::Null] {
        let (path, _) = made(&desk, &json!(OLD)).await;
        rotated(&desk, &path, "{}").await;
        let renamed = desk.patch(&path, r#"{"name":"b"}"#).await.ok(200);
        assert_ne!(renamed["former_secret_ends_at"], Value::Null);
        let changed = desk.patch(&path, &json!({ "token": token }).to_string()).await.ok(200);
        assert_eq!(changed["former_secret_ends_at"], Value::Null);
    }
}

#[tokio::test]
async fn a_rotation_that_is_asked_for_again_is_answered_alike_and_made_once() {
    let desk = Desk::open().await;
    let (path, _) = made(&desk, &json!(OLD)).await;
    let first = asked_under(&desk, &path, "one", "{}").await;
    first.ok(200);
    desk.world.clock.advance_ms(60_000);
    let second = asked_under(&desk, &path, "one", "{}").await;
    assert_eq!(second.ok(200), first.ok(200));
    let other = asked_under(&desk, &path, "one", r#"{"overlap_seconds":1}"#).await;
    other.problem(422, "idempotency_key_reused");
    desk.patch(&path, r#"{"name":"b"}"#).await.ok(200);
    asked_under(&desk, &path, "one", "{}").await.problem(409, "already_made");
}

#[tokio::test]
async fn a_rotation_that_was_made_is_known_whatever_the_webhook_was_given_since() {
    let desk = Desk::open().await;
    for token in [json!("t".repeat(32)), Value::Null] {
        let (path, _) = made(&desk, &json!(OLD)).await;
        asked_under(&desk, &path, &path, "{}").await.ok(200);
        let changed = desk.patch(&path, &json!({ "token": token }).to_string()).await.ok(200);
        asked_under(&desk, &path, &path, "{}").await.problem(409, "already_made");
        assert_eq!(desk.webhook_at(&path).await, changed);
    }
}

#[tokio::test]
async fn a_token_that_was_given_meanwhile_is_not_replaced() {
    for token in [json!("t".repeat(32)), json!(OWN), Value::Null] {
        let store = SwitchableStore::working();
        let desk = Desk::over(Arc::clone(&store) as Arc<dyn Store>).await;
        let (path, _) = made(&desk, &json!(OLD)).await;
        store.arrived.forget_permits(1_000);
        store.hold();
        let begin = |method: Method, path: &str, body: String| {
            let request = desk.request(&method, path).header(CONTENT_TYPE, "application/json");
            tokio::spawn(desk.begin(request.body(Body::from(body)).expect("a request")))
        };
        let change = begin(Method::PATCH, &path, json!({ "token": token }).to_string());
        store.arrived.acquire().await.expect("never closed").forget();
        let rotation = begin(Method::POST, &format!("{path}/rotate_secret"), "{}".to_owned());
        store.arrived.acquire().await.expect("never closed").forget();
        store.passes.add_permits(1_000);
        let changed = change.await.expect("an answer").ok(200);
        rotation.await.expect("an answer").problem(409, "token_changed");
        assert_eq!(desk.webhook_at(&path).await, changed);
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_rotation_is_told_and_nothing_is_done() {
    let desk = Desk::open().await;
    let (path, before) = made(&desk, &json!(OLD)).await;
    let rotate = format!("{path}/rotate_secret");
    let epoch = desk.world.engine.epoch();
    for seconds in ["-1", "604801", "1.5", "\"60\"", "null", "1e99"] {
        let body = format!(r#"{{"overlap_seconds":{seconds}}}"#);
        desk.post(&rotate, &body).await.wrong(&["overlap_seconds"]);
    }
    let short = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY=";
    let plain = "t".repeat(32);
    let long = format!("whsec_{}", "A".repeat(88));
    for secret in [short, &plain, "", &long, &OLD.to_uppercase()] {
        desk.post(&rotate, &json!({ "secret": secret }).to_string()).await.wrong(&["secret"]);
    }
    desk.post(&rotate, r#"{"secret":null}"#).await.wrong(&["secret"]);
    let same = desk.post(&rotate, &json!({ "secret": OLD }).to_string()).await;
    same.wrong(&["secret"]);
    assert!(!same.text.contains(OLD), "{}", same.text);
    desk.post(&rotate, r#"{"token":1,"overlap_seconds":-1}"#)
        .await
        .wrong(&["overlap_seconds", "token"]);
    desk.call(&Method::POST, &rotate).await.problem(415, "unsupported_media_type");
    let nowhere = format!("{MAIL}/webhooks/x/rotate_secret");
    desk.post(&nowhere, "{}").await.problem(404, "no_such_webhook");
    assert_eq!(desk.world.engine.epoch(), epoch);
    assert_eq!(desk.webhook_at(&path).await, before);
    desk.call(&Method::DELETE, &path).await.ok(200);
    desk.post(&rotate, "{}").await.problem(404, "no_such_webhook");
}

#[tokio::test]
async fn what_signs_nothing_has_no_secret_to_replace() {
    let desk = Desk::open().await;
    for token in [json!("t".repeat(32)), Value::Null] {
        let (path, before) = made(&desk, &token).await;
        let answer = desk.post(&format!("{path}/rotate_secret"), "{}").await;
        answer.problem(409, "no_signing_secret");
        assert_eq!(desk.webhook_at(&path).await, before);
    }
    // In the words of a contract nothing is signed, whatever the token looks like.
    let wish = json!({"name": "Shop", "url": "https://example.com/", "email": "ana@example.com",
        "events": ["KEY_CREATED"], "token": OLD});
    let path = format!("{}/webhooks", desk.account_path());
    let webhook = desk.post(&path, &wish.to_string()).await.ok(201);
    let path = format!("{SANDBOX}/webhooks/{}", webhook["id"].as_str().expect("an id"));
    let answer = desk.post(&format!("{path}/rotate_secret"), "{}").await;
    let body = answer.problem(409, "no_signing_secret");
    let detail = body["detail"].as_str().expect("a text");
    assert!(detail.contains("Change the token"), "{detail}");
}

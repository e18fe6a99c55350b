//! Requests that are sent again because their answer was lost: done once, and answered alike.

use std::sync::Arc;

use axum::body::Body;
use domain::idempotence::KEPT_MS;
use http::Method;
use http::header::CONTENT_TYPE;
use store::port::Store;

use super::desk::{Answer, Desk, SANDBOX};
use super::switchable_store::SwitchableStore;

const OPERATORS: &str = "/api/v1/operator-keys";

fn request(desk: &Desk, path: &str, keys: &[&str], body: &str) -> http::Request<Body> {
    let mut request = desk.request(&Method::POST, path);
    for key in keys {
        request = request.header("Idempotency-Key", *key);
    }
    let request = request.header(CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_owned())).expect("a request")
}

async fn post(desk: &Desk, path: &str, key: &str, body: &str) -> Answer {
    desk.send(request(desk, path, &[key], body)).await
}

#[tokio::test]
async fn an_account_that_is_asked_for_again_is_answered_alike_and_made_once() {
    let desk = Desk::open().await;
    let path = format!("{SANDBOX}/accounts");
    let body = r#"{"name":"shop","ip_list":["10.0.0.1"]}"#;
    let first = post(&desk, &path, "one", body).await;
    let made = first.ok(201);
    let renamed = format!("{path}/{}", made["id"].as_str().expect("an id"));
    desk.patch(&renamed, r#"{"name":"renamed"}"#).await.ok(200);
    desk.world.clock.advance_ms(60_000);
    for _ in 0..2 {
        let again = post(&desk, &path, "one", body).await;
        again.ok(201);
        assert_eq!(
            (&again.text, again.header("location")),
            (&first.text, first.header("location"))
        );
    }
    let list = desk.get(&path).await.ok(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "the desk's own, and this one");
}

#[tokio::test]
async fn a_key_that_is_asked_for_again_is_the_same_with_another_text_until_it_is_used() {
    let desk = Desk::open().await;
    let ask = async || post(&desk, &desk.keys_path(), "one", r#"{"name":"till"}"#).await;
    let (first, second) = (ask().await, ask().await);
    assert_eq!(first.header("location"), second.header("location"));
    let (first, second) = (first.ok(201), second.ok(201));
    assert_eq!(first["id"], second["id"]);
    let text = |made: &serde_json::Value| made["key"].as_str().expect("a text").to_owned();
    assert_eq!(desk.verify(&text(&first)).await, "unknown");
    assert_eq!(desk.verify(&text(&second)).await, "granted");
    let used = ask().await.problem(409, "already_made");
    let id = first["id"].as_str().expect("an id");
    assert!(used["detail"].as_str().is_some_and(|text| text.contains(id)), "{used}");
    assert_eq!(desk.verify(&text(&second)).await, "granted");
}

#[tokio::test]
async fn an_operators_key_that_is_asked_for_again_is_named_and_not_made() {
    let desk = Desk::open().await;
    let body = r#"{"name":"a","role":"admin"}"#;
    let made = post(&desk, OPERATORS, "one", body).await.ok(201);
    let again = post(&desk, OPERATORS, "one", body).await.problem(409, "already_made");
    let id = made["id"].as_str().expect("an id");
    assert!(again["detail"].as_str().is_some_and(|text| text.contains(id)), "{again}");
    let list = desk.get(OPERATORS).await.ok(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused_for_a_day() {
    let desk = Desk::open().await;
    let path = format!("{SANDBOX}/accounts");
    post(&desk, &path, "one", r#"{"name":"a"}"#).await.ok(201);
    post(&desk, &desk.keys_path(), "two", r#"{"name":"a"}"#).await.ok(201);
    let check = async |key: &str, path: &str, body: &str| {
        post(&desk, path, key, body).await.problem(422, "idempotency_key_reused");
    };
    desk.world.clock.advance_ms(KEPT_MS - 1);
    check("one", &path, r#"{"name":"b"}"#).await;
    check("one", &desk.keys_path(), r#"{"name":"a"}"#).await;
    check("two", &desk.keys_path(), r#"{"name": "a"}"#).await;
    check("two", OPERATORS, r#"{"name":"a","role":"admin"}"#).await;
    desk.world.clock.advance_ms(1);
    post(&desk, &path, "one", r#"{"name":"b"}"#).await.ok(201);
}

#[tokio::test]
async fn operators_do_not_meet_under_the_same_key() {
    let desk = Desk::open().await;
    let path = format!("{SANDBOX}/accounts");
    let other = desk.post(OPERATORS, r#"{"name":"b","role":"admin"}"#).await.ok(201);
    let first = post(&desk, &path, "one", r#"{"name":"a"}"#).await.ok(201);
    let bearer = format!("Bearer {}", other["key"].as_str().expect("a text"));
    let mut theirs = request(&desk, &path, &["one"], r#"{"name":"a"}"#);
    theirs.headers_mut().insert("authorization", bearer.parse().expect("a value"));
    assert_ne!(desk.send(theirs).await.ok(201)["id"], first["id"]);
}

#[tokio::test]
async fn what_was_not_done_leaves_the_key_free() {
    let desk = Desk::open().await;
    let path = format!("{SANDBOX}/accounts");
    post(&desk, &path, "one", r#"{"name":""}"#).await.wrong(&["name"]);
    post(&desk, &path, "one", "{").await.problem(400, "invalid_json");
    post(&desk, &path, "one", r#"{"name":"a"}"#).await.ok(201);
}

#[tokio::test]
async fn a_key_is_up_to_255_printable_characters_and_comes_once() {
    let desk = Desk::open().await;
    for path in [&desk.keys_path(), &format!("{}/enable", desk.key_path())] {
        let before = desk.world.engine.epoch();
        for keys in [&[""][..], &["a", "a"], &["\u{e9}"], &[&"k".repeat(256)]] {
            let answer = desk.send(request(&desk, path, keys, r#"{"name":"a"}"#)).await;
            answer.wrong(&["Idempotency-Key"]);
        }
        assert_eq!(desk.world.engine.epoch(), before);
        let fits = "k".repeat(255);
        let answer = desk.send(request(&desk, path, &[&fits], r#"{"name":"a"}"#)).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }
}

#[tokio::test]
async fn of_two_at_once_under_one_key_one_runs_and_the_other_is_told() {
    let store = SwitchableStore::working();
    let desk = Desk::over(Arc::clone(&store) as Arc<dyn Store>).await;
    store.hold();
    let first =
        tokio::spawn(desk.begin(request(&desk, &desk.keys_path(), &["one"], r#"{"name":"a"}"#)));
    store.arrived.acquire_many(5).await.expect("never closed").forget();
    let second = post(&desk, &desk.keys_path(), "one", r#"{"name":"a"}"#).await;
    second.problem(409, "still_running");
    store.passes.add_permits(1);
    first.await.expect("an answer").ok(201);
    assert_eq!(
        desk.get(&desk.keys_path()).await.ok(200)["items"].as_array().map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn a_rotation_that_is_asked_for_again_is_the_same_with_another_text_until_it_is_used() {
    let desk = Desk::open().await;
    let path = format!("{}/rotate", desk.key_path());
    let ask = async || post(&desk, &path, "one", r#"{"overlap_seconds":60}"#).await;
    let text = |made: serde_json::Value| made["key"].as_str().expect("a text").to_owned();
    let (first, second) = (text(ask().await.ok(200)), text(ask().await.ok(200)));
    assert_eq!(desk.verify(&first).await, "unknown");
    let shown = desk.get(&desk.key_path()).await.ok(200);
    assert_eq!(shown["secrets"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown["secrets"][1]["overlap_seconds"], 60);
    assert_eq!(desk.verify(&second).await, "granted");
    ask().await.problem(409, "already_made");
    assert_eq!(desk.verify(&second).await, "granted");
    post(&desk, &path, "one", "{}").await.problem(422, "idempotency_key_reused");
}

#[tokio::test]
async fn many_keys_that_are_to_be_changed_again_are_answered_alike_and_changed_once() {
    let desk = Desk::open().await;
    for _ in 0..3 {
        desk.post(&desk.keys_path(), r#"{"name":"till"}"#).await.ok(201);
    }
    let path = format!("{SANDBOX}/keys/bulk");
    let body = r#"{"action":"delete","filter":{"name":"till"},"limit":2}"#;
    let first = post(&desk, &path, "one", body).await;
    first.ok(200);
    for _ in 0..2 {
        assert_eq!(post(&desk, &path, "one", body).await.text, first.text);
    }
    let left = desk.get(&format!("{}?name=till", desk.keys_path())).await.ok(200);
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1));
    let dry = r#"{"action":"delete","filter":{"name":"till"},"dry_run":true}"#;
    for changed in [1, 1] {
        assert_eq!(post(&desk, &path, "two", dry).await.ok(200)["changed"], changed);
    }
    let other = r#"{"action":"disable","filter":{"name":"till"},"limit":2}"#;
    post(&desk, &path, "one", other).await.problem(422, "idempotency_key_reused");
}

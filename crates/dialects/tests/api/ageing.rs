//! When keys will expire for lack of use: every answer that shows a key says it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::Method;
use serde_json::{Value, json};
use store::model::ModelStore;
use store::port::Store;

use super::desk::{Desk, SANDBOX};
use super::switchable_store::SwitchableStore;

/// Two months after the beginning of the tests, by the calendar of São Paulo.
const END: &str = "2026-03-14T12:00:00.000Z";
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn every_answer_that_shows_a_key_says_when_lack_of_use_will_end_it() {
    let desk = Desk::aging(Arc::new(ModelStore::default())).await;
    let made = desk.post(&desk.keys_path(), r#"{"name":"till"}"#).await.ok(201);
    assert_eq!(made["projected_expiration_at"], END);
    let path = format!("{SANDBOX}/keys/{}", made["id"].as_str().expect("an id"));
    for list in [desk.keys_path(), format!("{SANDBOX}/keys")] {
        let listed = desk.get(&list).await.ok(200);
        let items = listed["items"].as_array().expect("items");
        assert!(items.iter().all(|key| key["projected_expiration_at"] == END), "{listed}");
    }
    let check = async |method: &Method, path: &str, body: &str, pointer: &str, end: Value| {
        let shown = desk.write(method, path, body).await.ok(200);
        let found = shown.pointer(pointer).and_then(|key| key.get("projected_expiration_at"));
        assert_eq!(found, Some(&end), "{method} {path} {shown}");
    };
    check(&Method::GET, &path, "", "", json!(END)).await;
    check(&Method::PATCH, &path, r#"{"name":"shop"}"#, "", json!(END)).await;
    check(&Method::POST, &format!("{path}/rotate"), "{}", "", json!(END)).await;
    let text = json!({"key": made["key"]}).to_string();
    check(&Method::POST, "/api/v1/keys/owner", &text, "/key", json!(END)).await;
    desk.world.clock.advance_ms(DAY_MS);
    check(&Method::POST, &format!("{path}/disable"), "", "", json!(END)).await;
    let later = json!("2026-03-15T12:00:00.000Z");
    check(&Method::POST, &format!("{path}/enable"), "", "", later).await;
    // Its own date ends it then.
    let dated = r#"{"expires_at":"2027-01-01T00:00:00Z"}"#;
    check(&Method::PATCH, &path, dated, "", Value::Null).await;
    check(&Method::DELETE, &path, "", "", Value::Null).await;
}

#[tokio::test]
async fn an_end_that_waits_for_its_warning_is_shown_as_it_will_be() {
    let desk = Desk::aging(Arc::new(ModelStore::default())).await;
    let (world, place) = (&desk.world, desk.world.sandbox());
    let sweep = async || {
        let mut chance = world.chance();
        world.engine.sweep_keys(place, None, world.context(&mut chance)).await.expect("a sweep");
    };
    // The warning is given four days late, on 11 March.
    world.clock.advance_ms(56 * DAY_MS);
    sweep().await;
    world.clock.advance_ms(DAY_MS);
    let shown = desk.get(&desk.key_path()).await.ok(200);
    assert_eq!(shown["projected_expiration_at"], "2026-03-18T12:00:00.000Z");
    let listed = desk.get(&desk.keys_path()).await.ok(200);
    assert_eq!(listed["items"][0], shown);
    world.clock.advance_ms(6 * DAY_MS);
    sweep().await;
    let over = desk.get(&desk.key_path()).await.ok(200);
    assert_eq!(over["cause"], "lack_of_use");
    assert_eq!(over["projected_expiration_at"], Value::Null);
}

#[tokio::test]
async fn a_page_of_keys_asks_once_for_all_their_steps() {
    let store = SwitchableStore::working();
    let desk = Desk::aging(Arc::clone(&store) as Arc<dyn Store>).await;
    for _ in 0..5 {
        desk.another_key(|_| {}).await;
    }
    desk.world.clock.advance_ms(HOUR_MS);
    let before = store.steps_asked.load(Ordering::Relaxed);
    let listed = desk.get(&desk.keys_path()).await.ok(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(6));
    assert_eq!(store.steps_asked.load(Ordering::Relaxed), before + 1);
}

#[tokio::test]
async fn of_keys_that_were_made_this_hour_no_steps_are_asked() {
    let store = SwitchableStore::working();
    let desk = Desk::aging(Arc::clone(&store) as Arc<dyn Store>).await;
    desk.world.clock.advance_ms(HOUR_MS);
    let before = store.steps_asked.load(Ordering::Relaxed);
    let made = desk.post(&desk.keys_path(), r#"{"name":"till"}"#).await.ok(201);
    desk.world.clock.advance_ms(HOUR_MS - 1);
    let path = format!("{SANDBOX}/keys/{}", made["id"].as_str().expect("an id"));
    desk.get(&path).await.ok(200);
    assert_eq!(store.steps_asked.load(Ordering::Relaxed), before);
}

#[tokio::test]
async fn a_secret_is_shown_although_nothing_can_be_learned_of_the_end() {
    let store = SwitchableStore::working();
    let desk = Desk::aging(Arc::clone(&store) as Arc<dyn Store>).await;
    store.steps_fail.store(true, Ordering::Relaxed);
    // Of a key that is made now nothing needs to be learned.
    let made = desk.post(&desk.keys_path(), r#"{"name":"till"}"#).await.ok(201);
    assert_eq!(made["projected_expiration_at"], END);
    assert_eq!(desk.verify(made["key"].as_str().expect("a secret")).await, "granted");
    desk.world.clock.advance_ms(HOUR_MS);
    let renewed = desk.post(&format!("{}/rotate", desk.key_path()), "{}").await.ok(200);
    assert_eq!(renewed["projected_expiration_at"], END);
    assert_eq!(desk.verify(renewed["key"].as_str().expect("a secret")).await, "granted");
    desk.world.clock.advance_ms(HOUR_MS);
    desk.get(&desk.key_path()).await.problem(500, "store_damaged");
    desk.get(&desk.keys_path()).await.problem(500, "store_damaged");
}

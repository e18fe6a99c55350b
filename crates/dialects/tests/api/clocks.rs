//! The clock of an environment is shown, and moved where it is simulated.

use serde_json::{Value, json};
use testkit::world::START;

use super::desk::{Desk, MAIL, PRODUCTION, SANDBOX};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn path(place: &str) -> String {
    format!("{place}/clock")
}

fn to(days: i64) -> String {
    json!({ "to": START.plus_millis(days * DAY_MS).to_rfc3339() }).to_string()
}

#[tokio::test]
async fn a_simulated_clock_shows_what_it_was_moved_to() {
    let desk = Desk::simulated().await;
    let shown = |days: i64| {
        json!({"kind": "simulated", "now": START.plus_millis(days * DAY_MS).to_rfc3339(),
            "ahead_ms": days * DAY_MS, "time_zone": "UTC"})
    };
    assert_eq!(desk.get(&path(SANDBOX)).await.ok(200), shown(0));
    let moved = desk.post(&path(SANDBOX), &to(30)).await.ok(200);
    let nothing = json!({"from": START.to_rfc3339(), "clock": shown(30), "arrival": "there",
        "waiting_for": null, "letters_wait": false, "stops": 1, "happened": [], "more": false,
        "done": {"key_steps": 0, "delivered": 0, "failed_attempts": 0, "deleted_undelivered": 0,
            "letters_sent": 0, "letters_given_up": 0}});
    assert_eq!(moved, nothing);
    assert_eq!(desk.get(&path(SANDBOX)).await.ok(200), shown(30));
    for place in [PRODUCTION, MAIL] {
        let real = desk.get(&path(place)).await.ok(200);
        assert_eq!((&real["kind"], &real["ahead_ms"]), (&json!("real"), &json!(0)));
        assert_eq!(real["now"], START.to_rfc3339());
    }
}

#[tokio::test]
async fn a_clock_moves_neither_back_nor_too_far_nor_where_it_is_real() {
    let desk = Desk::simulated().await;
    desk.post(&path(SANDBOX), &to(30)).await.ok(200);
    let back = desk.post(&path(SANDBOX), &to(29)).await;
    back.wrong(&["to"]);
    assert!(back.text.contains("never goes back"), "{}", back.text);
    let far = desk.post(&path(SANDBOX), r#"{"to":"2200-01-01T00:00:00Z"}"#).await;
    far.wrong(&["to"]);
    assert!(far.text.contains("2199-12-31"), "{}", far.text);
    desk.post(&path(PRODUCTION), &to(30)).await.problem(409, "clock_is_real");
    assert_eq!(desk.get(&path(SANDBOX)).await.ok(200)["ahead_ms"], 30 * DAY_MS);
}

#[tokio::test]
async fn what_is_no_instant_moves_nothing() {
    let desk = Desk::simulated().await;
    for body in [
        r"{}",
        r#"{"to":null}"#,
        r#"{"to":1798761600}"#,
        r#"{"to":"2027-01-01"}"#,
        r#"{"to":"2027-13-01T00:00:00Z"}"#,
        r#"{"to":"999999-01-01T00:00:00Z"}"#,
    ] {
        desk.post(&path(SANDBOX), body).await.wrong(&["to"]);
    }
    desk.post(&path(SANDBOX), r#"{"to":"2027-01-01T00:00:00Z","by":"P1M"}"#).await.wrong(&["by"]);
    assert_eq!(desk.get(&path(SANDBOX)).await.ok(200)["ahead_ms"], 0);
}

/// Every answer of the API that speaks of an instant speaks of the place's.
#[tokio::test]
async fn whatever_the_api_makes_and_judges_in_the_place_is_in_its_time() {
    let desk = Desk::simulated().await;
    let end = START.plus_millis(20 * DAY_MS).to_rfc3339();
    let body = json!({"name": "ends", "expires_at": end}).to_string();
    let made = desk.post(&desk.keys_path(), &body).await.ok(201);
    let (id, text) = (&made["id"], made["key"].as_str().expect("a secret"));
    let key = format!("{SANDBOX}/keys/{}", id.as_str().expect("an id"));
    assert_eq!(desk.verify(text).await, "granted");
    desk.post(&path(SANDBOX), &to(30)).await.ok(200);
    let there = START.plus_millis(30 * DAY_MS).to_rfc3339();

    assert_eq!(desk.verify(text).await, "expired");
    let owner = json!({ "key": text }).to_string();
    let owner = desk.post("/api/v1/keys/owner", &owner).await.ok(200);
    assert_eq!(owner["key"]["state"], "expired");
    assert_eq!(desk.get(&key).await.ok(200)["state"], "expired");
    desk.post(&format!("{key}/disable"), "").await.problem(409, "key_is_final");
    let list = desk.get(&format!("{SANDBOX}/keys?state=expired")).await.ok(200);
    assert_eq!(list["items"][0]["id"], *id);
    desk.patch(&desk.key_path(), &body).await.wrong(&["expires_at"]);

    let name = r#"{"name":"made later"}"#;
    let at = |value: &Value| value["created_at"].clone();
    assert_eq!(at(&desk.post(&desk.keys_path(), name).await.ok(201)), there);
    let account = r#"{"name":"made later","kind":"root"}"#;
    let account = desk.post(&format!("{SANDBOX}/accounts"), account).await.ok(201);
    assert_eq!(at(&account), there);
    let rotated = desk.post(&format!("{}/rotate", desk.key_path()), "{}").await.ok(200);
    assert_eq!(rotated["secrets"][0]["created_at"], there, "{rotated}");
    let release = format!("{}/release", desk.account_path());
    let opened = desk.post(&release, "").await.ok(200);
    let until = START.plus_millis(30 * DAY_MS + 2 * 60 * 60 * 1_000).to_rfc3339();
    assert_eq!(opened["release_until"], until, "{opened}");
    let operator = r#"{"name":"made later","role":"support"}"#;
    let operator = desk.post("/api/v1/operator-keys", operator).await.ok(201);
    assert_eq!(at(&operator), START.to_rfc3339(), "an operator is in no place");
}

//! A key that is given a new secret: what each answer shows, and what verifying says then.

use http::Method;
use serde_json::{Value, json};

use super::desk::{Desk, SANDBOX};

const HOUR_MS: i64 = 60 * 60 * 1_000;

impl Desk {
    fn rotate_path(&self) -> String {
        format!("{}/rotate", self.key_path())
    }

    /// Gives the key a new secret; the text of it, and the rest of the answer.
    async fn rotated(&self, body: &str) -> (String, Value) {
        let mut shown = self.post(&self.rotate_path(), body).await.ok(200);
        let text = shown.as_object_mut().expect("an object").remove("key").expect("the secret");
        (text.as_str().expect("a text").to_owned(), shown)
    }
}

#[tokio::test]
async fn a_new_secret_is_shown_once_and_the_old_one_with_its_end() {
    let desk = Desk::open().await;
    let before = desk.get(&desk.key_path()).await.ok(200);
    let old = before["secrets"][0].clone();
    assert_eq!(before["secrets"], json!([old]));
    desk.world.clock.advance_ms(1_000);
    let (text, rotated) = desk.rotated("{}").await;
    let replaced = |ends: &str, ends_at: Value, seconds: Value| {
        let mut old = old.clone();
        old["ends"] = ends.into();
        (old["ends_at"], old["overlap_seconds"]) = (ends_at, seconds);
        old
    };
    let new = json!({
        "hint": rotated["hint"],
        "created_at": "2026-01-14T12:00:01.000Z",
        "last_used_at": null,
        "ends": "with_the_key",
        "ends_at": null,
        "overlap_seconds": null,
    });
    let mut expected = before.clone();
    expected["hint"] = rotated["hint"].clone();
    expected["epoch"] = rotated["epoch"].clone();
    expected["secrets"] = json!([new, replaced("after_first_use", Value::Null, json!(86_400))]);
    assert_eq!(rotated, expected);
    for path in [desk.key_path(), format!("{SANDBOX}/keys")] {
        assert!(!desk.get(&path).await.text.contains(&text), "{path}");
    }
    assert_eq!(desk.verify(&text).await, "granted");
    let shown = desk.get(&desk.key_path()).await.ok(200);
    let end = json!("2026-01-15T12:00:01.000Z");
    assert_eq!(shown["secrets"][1], replaced("at", end, Value::Null));
    desk.world.clock.advance_ms(24 * HOUR_MS - 1);
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
    desk.world.clock.advance_ms(1);
    assert_eq!(desk.verify(&desk.key.text).await, "expired");
    let shown = desk.get(&desk.key_path()).await.ok(200);
    assert_eq!(shown["secrets"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_overlap_can_begin_at_once_and_be_none() {
    let desk = Desk::open().await;
    let (_, shown) = desk.rotated(r#"{"overlap_seconds":60,"overlap_starts":"at_once"}"#).await;
    assert_eq!(shown["secrets"][1]["ends_at"], "2026-01-14T12:01:00.000Z");
    let (text, shown) = desk.rotated(r#"{"overlap_seconds":0,"overlap_starts":"at_once"}"#).await;
    assert_eq!(shown["secrets"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.verify(&desk.key.text).await, "expired");
    assert_eq!(desk.verify(&text).await, "granted");
}

#[tokio::test]
async fn all_that_is_wrong_with_a_rotation_is_told_and_nothing_is_done() {
    let desk = Desk::open().await;
    let epoch = desk.world.engine.epoch();
    let path = desk.rotate_path();
    for seconds in ["-1", "604801", "1.5", "\"60\"", "null", "1e99", "[]"] {
        let body = format!(r#"{{"overlap_seconds":{seconds}}}"#);
        desk.post(&path, &body).await.wrong(&["overlap_seconds"]);
    }
    for start in ["\"At_Once\"", "\"\"", "null", "true", "\"at_once \""] {
        let body = format!(r#"{{"overlap_starts":{start}}}"#);
        desk.post(&path, &body).await.wrong(&["overlap_starts"]);
    }
    desk.post(&path, r#"{"overlap":1,"overlap_seconds":-1}"#)
        .await
        .wrong(&["overlap_seconds", "overlap"]);
    desk.call(&Method::POST, &path).await.problem(415, "unsupported_media_type");
    desk.post(&path, "").await.problem(400, "invalid_json");
    desk.post(&format!("{SANDBOX}/keys/x/rotate"), "{}").await.problem(404, "no_such_key");
    assert_eq!(desk.world.engine.epoch(), epoch);
}

#[tokio::test]
async fn a_disabled_key_is_rotated_and_stays_disabled_and_one_that_is_over_is_not() {
    let desk = Desk::open().await;
    desk.call(&Method::POST, &format!("{}/disable", desk.key_path())).await.ok(200);
    let (text, shown) = desk.rotated("{}").await;
    assert_eq!(shown["state"], "disabled");
    assert_eq!(desk.verify(&text).await, "disabled");
    desk.call(&Method::DELETE, &desk.key_path()).await.ok(200);
    desk.post(&desk.rotate_path(), "{}").await.problem(409, "key_is_final");
}

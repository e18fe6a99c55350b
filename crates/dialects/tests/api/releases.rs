//! The release of a root account: opened for two hours, closed at once.

use http::Method;
use serde_json::{Value, json};

use super::desk::{Desk, MAIL, SANDBOX};

/// Opens (`POST`) or closes (`DELETE`) the release of the account of the desk.
async fn set(desk: &Desk, method: Method) -> Value {
    desk.call(&method, &format!("{}/release", desk.account_path())).await.ok(200)
}

#[tokio::test]
async fn a_release_is_open_for_two_hours_from_when_it_was_last_opened() {
    let desk = Desk::open().await;
    let before = desk.get(&desk.account_path()).await.ok(200);
    assert_eq!(before["release_until"], Value::Null);
    let mut opened = set(&desk, Method::POST).await;
    assert_eq!(opened["release_until"], "2026-01-14T14:00:00.000Z");
    assert_eq!(desk.get(&desk.account_path()).await.ok(200), opened);
    opened["release_until"] = Value::Null;
    opened["epoch"] = before["epoch"].clone();
    assert_eq!(opened, before);

    desk.world.clock.advance_ms(30 * 60 * 1_000);
    let again = set(&desk, Method::POST).await;
    assert_eq!(again["release_until"], "2026-01-14T14:30:00.000Z");
}

#[tokio::test]
async fn a_release_is_closed_at_once_and_may_be_closed_twice() {
    let desk = Desk::open().await;
    set(&desk, Method::POST).await;
    let closed = set(&desk, Method::DELETE).await;
    assert_eq!(closed["release_until"], Value::Null);
    assert_eq!(desk.get(&desk.account_path()).await.ok(200), closed);
    assert_eq!(set(&desk, Method::DELETE).await, closed);
    assert_eq!(set(&desk, Method::POST).await["release_until"], "2026-01-14T14:00:00.000Z");
}

#[tokio::test]
async fn a_release_that_has_ended_shows_when_it_did() {
    let desk = Desk::open().await;
    let opened = set(&desk, Method::POST).await;
    desk.world.clock.advance_ms(3 * 60 * 60 * 1_000);
    assert_eq!(desk.get(&desk.account_path()).await.ok(200), opened);
}

#[tokio::test]
async fn a_release_stays_open_when_something_else_changes() {
    let desk = Desk::open().await;
    let opened = set(&desk, Method::POST).await;
    let changed = desk.patch(&desk.account_path(), r#"{"name":"other"}"#).await.ok(200);
    assert_eq!(changed["release_until"], opened["release_until"]);
}

#[tokio::test]
async fn only_root_accounts_have_a_release() {
    let desk = Desk::open().await;
    let root = desk.post(&format!("{MAIL}/accounts"), r#"{"name":"root"}"#).await.ok(201);
    let root = root["id"].as_str().expect("an id");
    for (place, kind, parent) in
        [(SANDBOX, "subaccount", desk.account.as_str()), (MAIL, "project", root)]
    {
        let body = json!({"name": "below", "kind": kind, "parent": parent}).to_string();
        let below = desk.post(&format!("{place}/accounts"), &body).await.ok(201);
        let path = format!("{place}/accounts/{}", below["id"].as_str().expect("an id"));
        for method in [Method::POST, Method::DELETE] {
            let answer = desk.call(&method, &format!("{path}/release")).await;
            answer.problem(409, "not_root");
        }
        assert_eq!(desk.get(&path).await.ok(200), below);
    }
}

//! A key from its making to its deletion: what each answer shows, and what verifying says then.

use std::sync::Arc;

use domain::permission::PermissionSet;
use domain::time::Timestamp;
use http::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::desk::{Desk, SANDBOX, key_path};

#[tokio::test]
async fn a_secret_is_shown_once_and_works_from_then_on() {
    let desk = Desk::open().await;
    let body = r#"{"name":"till","permissions":[{"name":"PAYMENT","scope":"READ_WRITE"},
        {"name":"CUSTOMER","scope":"READ"}],"ip_list":["10.0.0.0/8"],
        "expires_at":"2026-12-31T12:30:50-03:00"}"#;
    let answer = desk.post(&desk.keys_path(), body).await;
    let mut made = answer.ok(201);
    let text = made.as_object_mut().expect("an object").remove("key").expect("the secret");
    let text = text.as_str().expect("a text");
    let id = made["id"].as_str().expect("an id").to_owned();
    let expected = json!({
        "id": id,
        "account_id": desk.account,
        "name": "till",
        "hint": made["hint"],
        "reach": "own",
        "state": "enabled",
        "cause": null,
        "permissions": [
            {"name": "CUSTOMER", "scope": "READ"},
            {"name": "PAYMENT", "scope": "READ_WRITE"},
        ],
        "ip_list": ["10.0.0.0/8"],
        "expires_at": "2026-12-31T15:30:50.000Z",
        "projected_expiration_at": null,
        "created_at": "2026-01-14T12:00:00.000Z",
        "enabled_at": "2026-01-14T12:00:00.000Z",
        "last_used_at": null,
        "secrets": [{
            "hint": made["hint"],
            "created_at": "2026-01-14T12:00:00.000Z",
            "last_used_at": null,
            "ends": "with_the_key",
            "ends_at": null,
            "overlap_seconds": null,
        }],
        "epoch": made["epoch"],
    });
    assert_eq!(made, expected);
    assert_eq!(answer.header("location"), format!("{SANDBOX}/keys/{id}"));

    for path in [answer.header("location"), &desk.keys_path(), &format!("{SANDBOX}/keys")] {
        let shown = desk.get(path).await;
        shown.ok(200);
        assert!(!shown.text.contains(text), "{path}");
    }
    assert_eq!(desk.get(answer.header("location")).await.ok(200), expected);
    assert_eq!(desk.verify(text).await, "ip_not_allowed");
}

#[tokio::test]
async fn a_key_without_named_permissions_may_do_everything_where_the_realm_says_so() {
    let desk = Desk::open().await;
    for body in
        [r#"{"name":"a"}"#, r#"{"name":"b","permissions":"unrestricted","expires_at":null}"#]
    {
        let made = desk.post(&desk.keys_path(), body).await.ok(201);
        assert_eq!(made["permissions"], "unrestricted");
        assert_eq!(desk.verify(made["key"].as_str().expect("a secret")).await, "granted");
    }
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let desk = Desk::open().await;
    let before = desk.get(&desk.key_path()).await.ok(200);
    assert_eq!(desk.patch(&desk.key_path(), "{}").await.ok(200), before);

    let check = async |body: &str, member: &str, expected: Value| {
        let old = desk.get(&desk.key_path()).await.ok(200);
        let mut new = desk.patch(&desk.key_path(), body).await.ok(200);
        assert_eq!(new[member], expected);
        assert_ne!(new["epoch"], old["epoch"]);
        new[member] = old[member].clone();
        new["epoch"] = old["epoch"].clone();
        assert_eq!(new, old, "{body}");
    };
    check(r#"{"name":"other"}"#, "name", json!("other")).await;
    check(r#"{"ip_list":["::ffff:10.0.0.1"]}"#, "ip_list", json!(["10.0.0.1"])).await;
    check(r#"{"ip_list":[]}"#, "ip_list", json!([])).await;
    let end = "2026-02-01T00:00:00.000Z";
    check(&format!(r#"{{"expires_at":"{end}"}}"#), "expires_at", json!(end)).await;
    check(r#"{"expires_at":null}"#, "expires_at", Value::Null).await;
    let narrow = json!([{"name": "CUSTOMER", "scope": "READ"}]);
    check(&json!({ "permissions": narrow }).to_string(), "permissions", narrow).await;
    assert_eq!(desk.verify(&desk.key.text).await, "permission_missing");
    check(r#"{"permissions":"unrestricted"}"#, "permissions", json!("unrestricted")).await;
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
}

#[tokio::test]
async fn a_key_is_switched_and_deleted_and_each_may_be_said_twice() {
    let desk = Desk::open().await;
    let check = async |method: Method, tail: &str, state: &str, cause: Value, verdict: &str| {
        let path = format!("{}{tail}", desk.key_path());
        let mut first = desk.call(&method, &path).await.ok(200);
        assert_eq!((&first["state"], &first["cause"]), (&json!(state), &cause));
        assert_eq!(desk.verify(&desk.key.text).await, verdict);
        let again = desk.call(&method, &path).await.ok(200);
        // Being verified in between is a use, and nothing else may differ.
        first["last_used_at"] = again["last_used_at"].clone();
        first["secrets"] = again["secrets"].clone();
        assert_eq!(again, first);
    };
    check(Method::POST, "/disable", "disabled", json!("manual"), "disabled").await;
    check(Method::POST, "/enable", "enabled", Value::Null, "granted").await;
    check(Method::DELETE, "", "deleted", Value::Null, "deleted").await;
    assert_eq!(desk.get(&desk.key_path()).await.ok(200)["state"], "deleted");
    let list = desk.get(&desk.keys_path()).await.ok(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn what_is_over_for_good_cannot_be_changed() {
    let desk = Desk::open().await;
    let end = Timestamp::from_millis(desk.world.clock.now().as_millis() + 1_000);
    let expiring = desk.another_key(|wish| wish.expires_at = Some(end)).await;
    desk.world.clock.advance_ms(1_000);
    desk.call(&Method::DELETE, &desk.key_path()).await.ok(200);
    for path in [key_path(&expiring), desk.key_path()] {
        for tail in ["/enable", "/disable"] {
            let answer = desk.call(&Method::POST, &format!("{path}{tail}")).await;
            answer.problem(409, "key_is_final");
        }
        desk.patch(&path, r#"{"name":"x"}"#).await.problem(409, "key_is_final");
    }
    let shown = desk.get(&key_path(&expiring)).await.ok(200);
    assert_eq!((&shown["state"], &shown["cause"]), (&json!("expired"), &json!("date")));
    desk.call(&Method::DELETE, &key_path(&expiring)).await.ok(200);
}

#[tokio::test]
async fn an_expiry_date_lies_in_the_future() {
    let desk = Desk::open().await;
    let now = desk.world.clock.now();
    for (at, path) in [(now, desk.keys_path()), (Timestamp::EPOCH, desk.keys_path())] {
        desk.post(&path, &json!({"name": "x", "expires_at": at.to_rfc3339()}).to_string())
            .await
            .wrong(&["expires_at"]);
        desk.patch(&desk.key_path(), &json!({"expires_at": at.to_rfc3339()}).to_string())
            .await
            .wrong(&["expires_at"]);
    }
    let soon = Timestamp::from_millis(now.as_millis() + 1_000).to_rfc3339();
    let body = json!({"name": "x", "expires_at": soon}).to_string();
    let made = desk.post(&desk.keys_path(), &body).await.ok(201);
    let text = made["key"].as_str().expect("a secret").to_owned();
    assert_eq!(desk.verify(&text).await, "granted");
    desk.world.clock.advance_ms(1_000);
    assert_eq!(desk.verify(&text).await, "expired");
}

#[tokio::test]
async fn an_account_holds_so_many_keys_and_no_more() {
    let desk = Desk::open().await;
    for _ in 1..10 {
        desk.another_key(|_| ()).await;
    }
    let full = desk.post(&desk.keys_path(), r#"{"name":"one more"}"#).await;
    let problem = full.problem(409, "limit_reached");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("10 keys")));
    desk.call(&Method::DELETE, &desk.key_path()).await.ok(200);
    desk.post(&desk.keys_path(), r#"{"name":"one more"}"#).await.ok(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_who_ask_for_the_last_place_get_one_key() {
    let desk = Arc::new(Desk::open().await);
    for _ in 2..10 {
        desk.another_key(|_| ()).await;
    }
    let mut asking = JoinSet::new();
    for _ in 0..50 {
        let desk = Arc::clone(&desk);
        asking.spawn(async move {
            desk.post(&desk.keys_path(), r#"{"name":"the last"}"#).await.status.as_u16()
        });
    }
    let mut answers = asking.join_all().await;
    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (201, &[409; 49][..]));
}

#[tokio::test]
async fn a_use_is_shown_at_once() {
    let desk = Desk::open().await;
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
    let shown = desk.get(&desk.key_path()).await.ok(200);
    assert_eq!(shown["last_used_at"], "2026-01-14T12:00:00.000Z");
}

#[tokio::test]
async fn looking_changes_nothing() {
    let desk = Desk::open().await;
    let before = desk.world.engine.epoch();
    let head = desk.call(&Method::HEAD, &desk.key_path()).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    for tail in ["/enable", "/disable"] {
        let path = format!("{}{tail}", desk.key_path());
        let head = desk.call(&Method::HEAD, &path).await;
        assert_eq!((head.status.as_u16(), head.header("allow")), (405, "POST"));
        desk.get(&path).await.problem(405, "method_not_allowed");
    }
    assert_eq!(desk.world.engine.epoch(), before);
}

#[tokio::test]
async fn keys_of_an_account_are_its_own_alone() {
    let desk = Desk::open().await;
    let other = desk.post(&format!("{SANDBOX}/accounts"), r#"{"name":"other"}"#).await.ok(201);
    let other_keys = format!("{SANDBOX}/accounts/{}/keys", other["id"].as_str().expect("an id"));
    desk.post(&other_keys, r#"{"name":"theirs"}"#).await.ok(201);
    let names = async |path: &str| {
        let page = desk.get(path).await.ok(200);
        let items = page["items"].as_array().expect("a list").clone();
        items.iter().map(|key| key["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&other_keys).await, ["theirs"]);
    assert_eq!(names(&desk.keys_path()).await, ["key"]);
    assert_eq!(names(&format!("{SANDBOX}/keys")).await, ["key", "theirs"]);
    assert_eq!(desk.key.key.permissions, PermissionSet::Unrestricted);
}

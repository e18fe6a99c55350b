//! Accounts that an operator suspends, resumes and limits.

use serde_json::{Value, json};

use super::desk::{Desk, NOBODY, PRODUCTION, SANDBOX};

#[tokio::test]
async fn a_suspended_account_shows_it_and_its_keys_stop_until_it_is_resumed() {
    let desk = Desk::open().await;
    let path = desk.account_path();
    for (tail, state, verdict) in
        [("suspend", "suspended", "disabled"), ("resume", "active", "granted")]
    {
        // Said again, it is still so.
        let first = desk.post(&format!("{path}/{tail}"), "").await.ok(200);
        assert_eq!(desk.post(&format!("{path}/{tail}"), "").await.ok(200), first);
        assert_eq!(first["state"], state);
        assert_eq!(desk.get(&path).await.ok(200), first);
        assert_eq!(desk.verify(&desk.key.text).await, verdict);
        assert_eq!(desk.get(&desk.key_path()).await.ok(200)["state"], "enabled");
    }
}

#[tokio::test]
async fn a_suspended_account_is_listed_and_given_keys() {
    let desk = Desk::open().await;
    desk.post(&format!("{}/suspend", desk.account_path()), "").await.ok(200);
    let list = desk.get(&format!("{SANDBOX}/accounts")).await.ok(200);
    assert_eq!(list["items"][0]["state"], "suspended");
    let made = desk.post(&desk.keys_path(), r#"{"name":"early"}"#).await.ok(201);
    let text = made["key"].as_str().expect("a secret");
    assert_eq!(desk.verify(text).await, "disabled");
}

#[tokio::test]
async fn an_account_that_is_not_here_is_neither_suspended_nor_resumed() {
    let desk = Desk::open().await;
    for account in [&desk.account, NOBODY, "x"] {
        for tail in ["suspend", "resume"] {
            let path = format!("{PRODUCTION}/accounts/{account}/{tail}");
            desk.post(&path, "").await.problem(404, "no_such_account");
        }
    }
}

#[tokio::test]
async fn a_limit_of_the_account_stands_in_place_of_the_realms() {
    let desk = Desk::open().await;
    let path = desk.account_path();
    let shown = desk.get(&path).await.ok(200);
    assert_eq!((&shown["keys_max"], &shown["projects_max"]), (&Value::Null, &Value::Null));
    let name = r#"{"name":"another"}"#;
    let limited = desk.patch(&path, r#"{"keys_max":1,"projects_max":100000}"#).await.ok(200);
    assert_eq!((&limited["keys_max"], &limited["projects_max"]), (&json!(1), &json!(100_000)));
    let full = desk.post(&desk.keys_path(), name).await.problem(409, "limit_reached");
    assert!(full["detail"].as_str().is_some_and(|text| text.contains("holds 1 keys")), "{full}");
    desk.patch(&path, r#"{"keys_max":2}"#).await.ok(200);
    desk.post(&desk.keys_path(), name).await.ok(201);
    desk.patch(&path, r#"{"keys_max":null}"#).await.ok(200);
    desk.post(&desk.keys_path(), name).await.ok(201);
}

#[tokio::test]
async fn a_limit_is_a_whole_number_up_to_a_hundred_thousand() {
    let desk = Desk::open().await;
    for value in [json!(-1), json!(100_001), json!(1.5), json!("3"), json!(true), json!([])] {
        for member in ["keys_max", "projects_max"] {
            desk.patch(&desk.account_path(), &json!({ member: value }).to_string())
                .await
                .wrong(&[member]);
        }
    }
}

#[tokio::test]
async fn of_fifty_callers_at_nine_keys_of_ten_one_makes_the_tenth() {
    let desk = Desk::open().await;
    desk.patch(&desk.account_path(), r#"{"keys_max":10}"#).await.ok(200);
    for _ in 0..8 {
        desk.post(&desk.keys_path(), r#"{"name":"one"}"#).await.ok(201);
    }
    let callers = (0..50).map(|_| {
        let request = desk.request(&http::Method::POST, &desk.keys_path());
        let request = request.header("content-type", "application/json");
        let body = axum::body::Body::from(r#"{"name":"one"}"#);
        tokio::spawn(desk.begin(request.body(body).expect("a request")))
    });
    let mut made = 0;
    for caller in callers.collect::<Vec<_>>() {
        let answer = caller.await.expect("no caller fails");
        if answer.status == 201 {
            made += 1;
        } else {
            answer.problem(409, "limit_reached");
        }
    }
    assert_eq!(made, 1);
}

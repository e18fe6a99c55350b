//! Keys that are real, or could be, and are refused alike: nobody learns which of them exist.

use serde_json::{Value, json};

use super::key_text::forged;
use super::request::{Exchange, Request};
use super::stage::{Door, GOOD, OFFICE, Stage};
use crate::support::wait;
use std::time::Duration;

fn ask(stage: &Stage, door: Door, key: &str) -> Exchange {
    let request = Request::last(GOOD).line(format!("access_token: {key}")).end();
    Exchange::with(&stage.address(door), &request)
}

/// The shape without the words that only somebody with the right secret may read.
fn without_hint(exchange: &Exchange) -> String {
    let shape = exchange.shape();
    let hint = exchange.header("chaveiro-hint").expect("a hint");
    shape.replace(&hint, "")
}

/// A little later than an instant that the server told.
fn soon_after(told: &Value) -> String {
    let told: jiff::Timestamp = told.as_str().expect("a text").parse().expect("an instant");
    (told + Duration::from_secs(3)).to_string()
}

#[test]
fn a_key_that_never_was_is_refused_as_one_that_was_deleted_disabled_or_expired() {
    let stage = Stage::open();
    let (id, deleted) = stage.new_key(&json!({}));
    let done = stage.office(&format!("DELETE {OFFICE}/keys/{id}"), &Value::Null);
    assert!((200..300).contains(&done.status()), "{}", done.text);
    let (id, disabled) = stage.new_key(&json!({}));
    let done = stage.office(&format!("POST {OFFICE}/keys/{id}/disable"), &json!({}));
    assert_eq!(done.status(), 200, "{}", done.text);
    let (id, expired) = stage.new_key(&json!({}));
    let until = soon_after(&stage.shown(&id)["created_at"]);
    let done = stage.office(&format!("PATCH {OFFICE}/keys/{id}"), &json!({"expires_at": until}));
    assert_eq!(done.status(), 200, "{}", done.text);
    let before = ask(&stage, Door::Sandbox, &expired);
    stage.note("before its end", [200, 401].contains(&before.status()), &before);
    wait::within(Duration::from_secs(20), "the key expires", || {
        (ask(&stage, Door::Sandbox, &expired).status() == 401).then_some(())
    });

    let key = stage.key();
    let unknown = ask(&stage, Door::Sandbox, &forged(&key, 11, "Z9Z9Z9Z9Z9Z9Z9Z9Z"));
    let said = unknown.json();
    stage.note("unknown", said["errors"][0]["code"] == "invalid_access_token", &unknown);
    stage.note("unknown", unknown.header("www-authenticate").is_some(), &unknown);
    // The id of a real key with another secret tells nothing, not even in the hint.
    for (case, key) in [("enabled", &key), ("deleted", &deleted), ("disabled", &disabled)] {
        let other = ask(&stage, Door::Sandbox, &forged(key, 30, "Z9Z9Z9Z9"));
        let case = ("another secret", case);
        stage.note(case, other.shape() == unknown.shape(), (&other, &unknown));
    }
    for (case, key) in [("deleted", &deleted), ("disabled", &disabled), ("expired", &expired)] {
        let other = ask(&stage, Door::Sandbox, key);
        stage.note(case, without_hint(&other) == without_hint(&unknown), (&other, &unknown));
        stage.serves(case);
    }
}

#[test]
fn a_key_of_the_other_environment_is_told_by_its_prefix_alone() {
    let stage = Stage::open();
    let sandbox = stage.key();
    let production = stage.text("/realms/payments/production/key");
    for (door, key) in [(Door::Production, &sandbox), (Door::Sandbox, &production)] {
        let real = ask(&stage, door, key);
        stage.note(door, real.status() == 401, &real);
        let code = &real.json()["errors"][0]["code"];
        stage.note(door, code == "invalid_environment", &real);
        let invented = ask(&stage, door, &forged(key, 11, "Z9Z9Z9Z9Z9Z9Z9Z9Z"));
        stage.note(door, real.shape() == invented.shape(), (&real, &invented));
        stage.serves("another environment");
    }
    stage.check(
        "mail",
        Door::Sandbox,
        &{
            let key = stage.text("/realms/mail/production/project_key");
            Request::last(GOOD).line(format!("access_token: {key}")).end()
        },
        401,
    );
    for pointer in ["/control/admin_key", "/verifier/key", "/realms/payments/sandbox/key"] {
        let bearer = format!("authorization: Bearer {}", stage.text(pointer));
        let request = Request::last("GET /v1/contacts").line(&bearer).end();
        stage.check(pointer, Door::Mail, &request, 401);
        let request = Request::last("GET /api/v1/realms").line(&bearer).end();
        let control = Exchange::with(&stage.address(Door::Control), &request);
        let request = Request::last("POST /api/v1/verify").line(&bearer).json("{}");
        let verify = Exchange::with(&stage.address(Door::Verify), &request);
        // A verifier is known to the native API, and an admin may ask what a verifier may.
        let expected = match pointer {
            "/control/admin_key" => (200, 400),
            "/verifier/key" => (403, 400),
            _ => (401, 401),
        };
        let so = (control.status(), verify.status()) == expected;
        stage.note(pointer, so, (&control, &verify));
        stage.serves(pointer);
    }
}

//! Asaas: the webhooks of an account, configured with its own keys.
//!
//! Must not expect that anything is sent.

use std::thread;

use serde_json::{Value, json};

use crate::asaas_accounts::{ask, opened, root_key, wish};
use crate::support::Quickstart;

const WEBHOOKS: &str = "/v3/webhooks";
const TOKEN: &str = "whsec_0123456789abcdefghijklmnopqrstuv";

fn hook() -> Value {
    json!({
        "name": "Cobranças", "url": "https://example.com/hook?a=b", "email": "ana@example.com",
        "sendType": "SEQUENTIALLY", "events": ["PAYMENT_RECEIVED", "ACCESS_TOKEN_EXPIRED"],
        "authToken": TOKEN,
    })
}

/// What every view of that webhook shows, but for its id.
fn view() -> Value {
    json!({
        "name": "Cobranças", "url": "https://example.com/hook?a=b", "email": "ana@example.com",
        "enabled": true, "interrupted": false, "apiVersion": 3, "hasAuthToken": true,
        "sendType": "SEQUENTIALLY", "events": ["PAYMENT_RECEIVED", "ACCESS_TOKEN_EXPIRED"],
        "penalizedRequestsCount": 0,
    })
}

fn created(server: &Quickstart, key: &str, body: &Value) -> Value {
    let answer = ask(server, key, "POST", WEBHOOKS, body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn path_of(webhook: &Value) -> String {
    format!("{WEBHOOKS}/{}", webhook["id"].as_str().expect("an id"))
}

#[test]
fn a_webhook_is_made_shown_listed_and_deleted_and_its_token_never_shown() {
    let server = Quickstart::fresh();
    let key = root_key(&server);
    let made = created(&server, &key, &hook());
    let mut expected = view();
    expected["id"] = made["id"].clone();
    assert_eq!(made, expected);
    let path = path_of(&made);
    for path in [path.clone(), format!("/api{path}")] {
        assert_eq!(ask(&server, &key, "GET", &path, &Value::Null).json(), made);
    }
    let list = ask(&server, &key, "GET", WEBHOOKS, &Value::Null);
    let envelope = json!({
        "object": "list", "hasMore": false, "totalCount": 1, "limit": 10, "offset": 0, "data": [made],
    });
    assert_eq!(list.json(), envelope);
    let backoff = ask(&server, &key, "POST", &format!("{path}/removeBackoff"), &json!({}));
    assert_eq!((backoff.status, backoff.body.len()), (204, 0));
    let gone = ask(&server, &key, "DELETE", &path, &Value::Null);
    assert_eq!((gone.status, gone.json()), (200, json!({"deleted": true, "id": made["id"]})));
    for (method, path) in [
        ("GET", path.clone()),
        ("PUT", path.clone()),
        ("POST", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/removeBackoff")),
    ] {
        assert_eq!(ask(&server, &key, method, &path, &Value::Null).status, 404, "{method} {path}");
    }
}

#[test]
fn a_webhook_needs_no_more_than_an_address_a_mail_address_and_events() {
    let server = Quickstart::fresh();
    let body = json!({"url": "http://b.co", "email": "a@b.co", "events": ["BILL_PAID"], "x": 1});
    let made = created(&server, &root_key(&server), &body);
    for (member, value) in [
        ("name", json!("Webhook")),
        ("sendType", json!("SEQUENTIALLY")),
        ("enabled", json!(true)),
        ("interrupted", json!(false)),
        ("apiVersion", json!(3)),
        ("hasAuthToken", json!(false)),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
}

#[test]
fn a_change_touches_what_it_names_with_put_and_with_post() {
    let server = Quickstart::fresh();
    let key = root_key(&server);
    let mut webhook = created(&server, &key, &hook());
    let path = path_of(&webhook);
    for (change, member, value) in [
        (json!({}), "name", json!("Cobranças")),
        (Value::Null, "name", json!("Cobranças")),
        (json!({"name": "b", "unknown": 1}), "name", json!("b")),
        (json!({"url": "http://b.co/x"}), "url", json!("http://b.co/x")),
        (json!({"email": "b@b.co"}), "email", json!("b@b.co")),
        (json!({"enabled": false}), "enabled", json!(false)),
        (json!({"interrupted": true}), "interrupted", json!(true)),
        (json!({"sendType": "NON_SEQUENTIALLY"}), "sendType", json!("NON_SEQUENTIALLY")),
        (json!({"events": ["BILL_PAID"], "apiVersion": 3}), "events", json!(["BILL_PAID"])),
        (json!({"authToken": null}), "hasAuthToken", json!(false)),
        (json!({"authToken": TOKEN}), "hasAuthToken", json!(true)),
    ] {
        webhook[member] = value;
        for method in ["PUT", "POST"] {
            let answer = ask(&server, &key, method, &path, &change);
            assert_eq!((answer.status, answer.json()), (200, webhook.clone()), "{change}");
        }
    }
}

#[test]
fn the_eleventh_webhook_is_refused_however_many_ask_at_once() {
    let server = Quickstart::fresh();
    let key = root_key(&server);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let make = || ask(&server, &key, "POST", WEBHOOKS, &hook()).status;
        let makers: Vec<_> = (0..16).map(|_| scope.spawn(make)).collect();
        makers.into_iter().map(|maker| maker.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10, "{statuses:?}");
    let answer = ask(&server, &key, "POST", WEBHOOKS, &hook());
    let code = &answer.json()["errors"][0]["code"];
    assert_eq!((answer.status, code), (400, &json!("invalid_action")), "{}", answer.text());
    let list = ask(&server, &key, "GET", "/v3/webhooks?limit=3&offset=8", &Value::Null).json();
    let shown = list["data"].as_array().map(Vec::len);
    assert_eq!(
        (shown, &list["totalCount"], &list["hasMore"]),
        (Some(2), &json!(10), &json!(false))
    );
}

#[test]
fn webhooks_of_other_accounts_are_absent() {
    let server = Quickstart::fresh();
    let (_, sub) = opened(&server, &wish(1));
    let path = path_of(&created(&server, &sub, &hook()));
    let root = root_key(&server);
    for (method, body) in
        [("GET", Value::Null), ("PUT", json!({"enabled": false})), ("DELETE", Value::Null)]
    {
        let answer = ask(&server, &root, method, &path, &body);
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{method}");
    }
    assert_eq!(ask(&server, &root, "GET", WEBHOOKS, &Value::Null).json()["totalCount"], 0);
    assert_eq!(ask(&server, &sub, "GET", &path, &Value::Null).json()["enabled"], true);
}

#[test]
fn strange_webhooks_are_refused_and_change_nothing() {
    let server = Quickstart::fresh();
    let key = root_key(&server);
    // A token that only looks a little like a key of a neighbour is one.
    let like = json!({"authToken": format!("HAS_{}", "a".repeat(40))});
    let mail_key = server.text("/realms/mail/production/project_key");
    let made = created(&server, &key, &hook());
    let path = path_of(&made);
    assert_eq!(ask(&server, &key, "PUT", &path, &like).status, 200);
    for (member, values) in [
        ("name", json!(["", 1, "a\nb"])),
        ("url", json!(["", "example.com", "ftp://a.b", "https://u@a.b", "https://a.b#c", key])),
        (
            "url",
            json!([
                format!("https://a.b/?k={key}"),
                1,
                format!("https://a.b/{}", "x".repeat(2_048))
            ]),
        ),
        ("email", json!(["", "ana", 1])),
        ("sendType", json!(["sequentially", "", 1])),
        ("events", json!([[], ["PAYMENT"], ["BILL_PAID", "BILL_PAID"], "BILL_PAID", [1]])),
        ("enabled", json!(["true", 1])),
        ("interrupted", json!(["true", 1])),
        ("apiVersion", json!([2, "3", 3.5])),
        ("authToken", json!(["", "a".repeat(31), "a".repeat(256), format!("a b{TOKEN}"), 1])),
        ("authToken", json!([key, key[1..], key.to_uppercase(), format!("x{key}"), mail_key])),
    ] {
        for value in values.as_array().expect("values") {
            let mut body = hook();
            body[member] = value.clone();
            let change = json!({ member: value });
            for (method, path, body) in
                [("POST", WEBHOOKS, &body), ("PUT", &*path, &change), ("POST", &*path, &change)]
            {
                let answer = ask(&server, &key, method, path, body);
                assert_eq!(answer.status, 400, "{method} {body}: {}", answer.text());
                let code = format!("invalid_{member}");
                assert_eq!(answer.json()["errors"][0]["code"], code, "{}", answer.text());
                assert!(!answer.text().contains(&key[20..40]), "{}", answer.text());
            }
        }
    }
    assert_eq!(ask(&server, &key, "GET", WEBHOOKS, &Value::Null).json()["data"], json!([made]));
}

#[test]
fn a_null_in_a_change_is_as_if_it_were_absent_and_takes_only_the_token() {
    let server = Quickstart::fresh();
    let key = root_key(&server);
    let mut made = created(&server, &key, &hook());
    let path = path_of(&made);
    for member in
        ["name", "url", "email", "sendType", "events", "enabled", "interrupted", "apiVersion"]
    {
        let answer = ask(&server, &key, "PUT", &path, &json!({ member: null }));
        assert_eq!((answer.status, answer.json()), (200, made.clone()), "{member}");
    }
    let answer = ask(&server, &key, "PUT", &path, &json!({"authToken": null}));
    made["hasAuthToken"] = false.into();
    assert_eq!((answer.status, answer.json()), (200, made));
}

#[test]
fn webhooks_outlive_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let base = crate::support::ports::free_base();
    let data = dir.path().join("data");
    let mut server = Quickstart::start(&data, base);
    let key = root_key(&server);
    let made = created(&server, &key, &hook());
    server.kill();
    let server = Quickstart::start(&data, base);
    assert_eq!(ask(&server, &key, "GET", &path_of(&made), &Value::Null).json(), made);
}

#[test]
fn an_address_that_nothing_could_be_sent_to_is_refused_by_the_contract() {
    let server = Quickstart::fresh();
    let key = root_key(&server);
    let made = created(&server, &key, &hook());
    for (url, told) in [
        ("https://10.1.2.3/hook", "deve ser um endereço público"),
        ("https://0x0a010203/hook", "deve ser um endereço público"),
        ("https://[::ffff:10.1.2.3]/hook", "deve ser um endereço público"),
        ("https://169.254.169.254/latest/meta-data/", "deve ser um endereço público"),
        ("https://example.com:6379/", "porta de outro serviço"),
        ("http://8.8.8.8/", "deve ser um endereço https"),
    ] {
        let mut wish = hook();
        wish["url"] = url.into();
        let change = json!({ "url": url });
        let opening = json!({ "webhooks": [wish] });
        for (method, path, body) in [
            ("POST", WEBHOOKS.to_owned(), wish),
            ("PUT", path_of(&made), change),
            ("POST", "/v3/accounts".to_owned(), opening),
        ] {
            let answer = ask(&server, &key, method, &path, &body);
            assert_eq!(answer.status, 400, "{url}: {}", answer.text());
            let shown = answer.json();
            let errors = shown["errors"].as_array().expect("a list");
            let said =
                |one: &Value| one["description"].as_str().is_some_and(|text| text.contains(told));
            assert!(errors.iter().any(said), "{url}: {shown}");
        }
    }
    assert_eq!(ask(&server, &key, "GET", &path_of(&made), &Value::Null).json(), made);
    // What the operator lists is taken, as the file of the quickstart lists this machine.
    let change = json!({"url": "http://127.0.0.1:3000/hook"});
    assert_eq!(ask(&server, &key, "PUT", &path_of(&made), &change).status, 200);
}

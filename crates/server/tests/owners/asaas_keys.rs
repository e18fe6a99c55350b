//! Asaas: the keys of a sub-account, managed by the account above it.
//!
//! Must not reach a key of the sub-account but through its parent.

use std::thread;

use serde_json::{Value, json};

use crate::shape::shape;
use crate::support::http::Answer;
use crate::support::{Quickstart, http};

const OFFICE: &str = "/api/v1/realms/payments/environments/sandbox/accounts";

/// A parent that may manage keys, and a sub-account of it.
struct Family {
    server: Quickstart,
    parent: String,
    key: String,
    child: String,
}

impl Family {
    fn new() -> Self {
        let server = Quickstart::fresh();
        let mut family =
            Self { server, parent: String::new(), key: String::new(), child: String::new() };
        (family.parent, family.key) = family.another_parent();
        let parent = family.parent.clone();
        family.child =
            family.made("", &json!({"name": "shop", "kind": "subaccount", "parent": parent}), "id");
        family
    }

    /// Another account with all that managing keys takes, and a key of it.
    fn another_parent(&self) -> (String, String) {
        let parent = self.made("", &json!({"name": "parent", "ip_list": ["127.0.0.1"]}), "id");
        let wish = json!({"name": "all", "permissions": "unrestricted"});
        let key = self.made(&format!("/{parent}/keys"), &wish, "key");
        let opened = self.office("POST", &format!("/{parent}/release"), &json!({}));
        assert_eq!(opened.status, 200, "{}", opened.text());
        (parent, key)
    }

    fn office(&self, method: &str, path: &str, body: &Value) -> Answer {
        let admin = self.server.text("/control/admin_key");
        http::json(&self.server.address(0), method, &format!("{OFFICE}{path}"), &admin, body)
    }

    fn made(&self, path: &str, body: &Value, member: &str) -> String {
        let answer = self.office("POST", path, body);
        let json = answer.json();
        json[member].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
    }

    /// A request with this key below the child's access tokens.
    fn ask(&self, key: &str, method: &str, rest: &str, body: &str) -> Answer {
        let path = format!("/v3/accounts/{}/accessTokens{rest}", self.child);
        let head = [("access_token", key), ("content-type", "application/json")];
        http::send(&self.server.address(1), method, &path, &head, body.as_bytes())
    }

    fn parent_asks(&self, method: &str, rest: &str, body: &Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.ask(&self.key, method, rest, &text)
    }

    /// The id and the text of a key that was just made.
    fn create(&self, body: &Value) -> (String, String) {
        let answer = self.parent_asks("POST", "", body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let json = answer.json();
        let text = |name: &str| json[name].as_str().expect(name).to_owned();
        (text("id"), text("apiKey"))
    }

    /// What the API behind answers to this key.
    fn status_of(&self, key: &str) -> u16 {
        let head = [("access_token", key)];
        http::send(&self.server.address(1), "GET", "/v3/customers", &head, b"").status
    }
}

#[test]
fn a_key_is_shown_once_and_works_at_once() {
    let family = Family::new();
    let (id, key) = family.create(&json!({"name": "checkout"}));
    assert!(key.starts_with("$aact_hmlg_"), "{key}");
    assert_eq!(family.status_of(&key), 200);
    let list = family.parent_asks("GET", "", &Value::Null);
    assert_eq!(list.status, 200);
    let shown = &list.json()["accessTokens"][0];
    assert_eq!(shown["id"], id);
    assert_eq!(shown["name"], "checkout");
    assert_eq!(shown["enabled"], true);
    assert_eq!(shown["disabledReason"], Value::Null);
    assert_eq!(shown["permissions"].as_array().map(Vec::len), Some(33));
    assert!(!list.text().contains(&key[30..60]), "{}", list.text());
}

/// A key as every view of it shows it, by the types of its members.
fn shape_of_a_key(disabled_reason: &Value, expiration_date: &Value, projected: &Value) -> Value {
    json!({
        "id": "a UUID",
        "name": "a text",
        "enabled": "a boolean",
        "disabledReason": disabled_reason,
        "expirationDate": expiration_date,
        "dateCreated": "a local date",
        "projectedExpirationDateByLackOfUse": projected,
        "permissions": [{"name": "a text", "scope": "a text"}],
    })
}

#[test]
fn every_view_of_a_key_has_the_members_of_the_contract_and_no_others() {
    let family = Family::new();
    let date = json!("a local date");
    let dated = json!({"name": "till", "expirationDate": "2199-12-31"});
    let mut ids = Vec::new();
    for (wish, date) in [(dated, date.clone()), (json!({}), Value::Null)] {
        let made = family.parent_asks("POST", "", &wish).json();
        ids.push(made["id"].as_str().expect("an id").to_owned());
        let mut made = shape(&made);
        let key = made.as_object_mut().expect("an object").remove("apiKey");
        assert_eq!(key, Some(json!("a key")), "it is shown on creation");
        // As in every published example of a key that was just made.
        assert_eq!(made, shape_of_a_key(&Value::Null, &date, &Value::Null));
    }
    let mut list = shape(&family.parent_asks("GET", "", &Value::Null).json());
    // Which of the two comes first is open.
    list["accessTokens"].as_array_mut().expect("a list").sort_by_key(Value::to_string);
    let day = json!("a local day");
    let keys = [(date, Value::Null), (Value::Null, day.clone())];
    let keys = keys.map(|(date, day)| shape_of_a_key(&Value::Null, &date, &day));
    assert_eq!(list, json!({ "accessTokens": keys }));
    for (enabled, reason) in [(false, json!("a text")), (true, Value::Null)] {
        let change = json!({ "enabled": enabled });
        let changed = family.parent_asks("PUT", &format!("/{}", ids[1]), &change).json();
        assert_eq!(shape(&changed), shape_of_a_key(&reason, &Value::Null, &day));
    }
}

#[test]
fn a_change_that_narrows_holds_when_it_is_answered() {
    let family = Family::new();
    let (id, key) = family.create(&Value::Null);
    let rest = format!("/{id}");
    let change = json!({"permissions": [{"name": "PAYMENT", "scope": "READ"}]});
    let answer = family.parent_asks("PUT", &rest, &change);
    assert_eq!((answer.status, &answer.json()["permissions"]), (200, &change["permissions"]));
    assert_eq!(family.status_of(&key), 403);
    let answer = family.parent_asks("PUT", &rest, &json!({"enabled": false, "name": "off"}));
    assert_eq!(answer.json()["disabledReason"], "MANUAL", "{}", answer.text());
    assert_eq!(family.status_of(&key), 401);
    family.parent_asks("PUT", &rest, &json!({"enabled": true}));
    assert_eq!(family.status_of(&key), 403, "its permissions are as they were");
    let answer = family.parent_asks("DELETE", &rest, &Value::Null);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(family.status_of(&key), 401);
    for (method, body) in [("DELETE", Value::Null), ("PUT", json!({"enabled": true}))] {
        assert_eq!(family.parent_asks(method, &rest, &body).status, 404);
    }
}

#[test]
fn an_update_of_nothing_changes_nothing() {
    let family = Family::new();
    let made = family.parent_asks("POST", "", &json!({"expirationDate": "2199-12-31 12:30:50"}));
    let mut made = made.json();
    let rest = format!("/{}", made["id"].as_str().expect("an id"));
    made.as_object_mut().expect("an object").remove("apiKey");
    assert_eq!(made["expirationDate"], "2199-12-31 12:30:50");
    for body in [Value::Null, json!({}), json!({"unknown": 1})] {
        let answer = family.parent_asks("PUT", &rest, &body);
        assert_eq!((answer.status, answer.json()), (200, made.clone()));
    }
    let answer = family.parent_asks("PUT", &rest, &json!({"expirationDate": null}));
    assert_eq!(answer.json()["expirationDate"], Value::Null);
}

#[test]
fn the_eleventh_key_is_refused_however_many_ask_at_once() {
    let family = Family::new();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let ask = || family.parent_asks("POST", "", &json!({})).status;
        let askers: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        askers.into_iter().map(|asker| asker.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10, "{statuses:?}");
    let answer = family.parent_asks("POST", "", &json!({}));
    assert_eq!(answer.json()["errors"][0]["code"], "invalid_action", "{}", answer.text());
    let list = family.parent_asks("GET", "", &Value::Null).json();
    assert_eq!(list["accessTokens"].as_array().map(Vec::len), Some(10));
}

#[test]
fn nobody_but_the_parent_reaches_the_keys() {
    let family = Family::new();
    let (id, own) = family.create(&json!({}));
    let (_, stranger) = family.another_parent();
    let rest = format!("/{id}");
    for (key, name) in [(&own, "the sub-account itself"), (&stranger, "another parent")] {
        for (method, rest) in [("GET", ""), ("POST", ""), ("PUT", &*rest), ("DELETE", &*rest)] {
            let body = if method == "GET" || method == "DELETE" { "" } else { "{}" };
            let status = family.ask(key, method, rest, body).status;
            assert!([403, 404].contains(&status), "{name} {method}: {status}");
        }
    }
    assert_eq!(family.ask(&stranger, "GET", "", "").status, 404);
    assert_eq!(family.status_of(&own), 200, "nothing was changed");
}

#[test]
fn a_key_of_another_account_is_absent_under_this_one() {
    let family = Family::new();
    let own = family.office("GET", &format!("/{}/keys", family.parent), &Value::Null).json();
    let rest = format!("/{}", own["items"][0]["id"].as_str().expect("an id"));
    for (method, body) in [("PUT", json!({"enabled": false})), ("DELETE", Value::Null)] {
        assert_eq!(family.parent_asks(method, &rest, &body).status, 404);
    }
    for rest in ["/x", "/00000000-0000-4000-8000-000000000000"] {
        assert_eq!(family.parent_asks("DELETE", rest, &Value::Null).status, 404);
    }
    assert_eq!(family.parent_asks("GET", "", &Value::Null).status, 200, "its own key still works");
}

#[test]
fn a_closed_release_closes_the_routes_at_once() {
    let family = Family::new();
    assert_eq!(family.parent_asks("GET", "", &Value::Null).status, 200);
    let closed = family.office("DELETE", &format!("/{}/release", family.parent), &Value::Null);
    assert_eq!(closed.status, 200, "{}", closed.text());
    let answer = family.parent_asks("GET", "", &Value::Null);
    let code = &answer.json()["errors"][0]["code"];
    assert_eq!((answer.status, code), (403, &json!("access_token_management_not_enabled")));
}

#[test]
fn strange_bodies_are_refused_and_make_nothing() {
    let family = Family::new();
    let many: Vec<Value> = (0..201).map(|_| json!({"name": "PAYMENT", "scope": "READ"})).collect();
    for body in [
        "[]".to_owned(),
        "null".to_owned(),
        "{\"name\":".to_owned(),
        r#"{"name":"a","name":"b"}"#.to_owned(),
        r#"["a"]"#.to_owned(),
        r#"{"name":""}"#.to_owned(),
        r#"{"name":null}"#.to_owned(),
        r#"{"expirationDate":"2020-01-01"}"#.to_owned(),
        r#"{"expirationDate":1}"#.to_owned(),
        r#"{"enabled":null}"#.to_owned(),
        // Whoever asks for a key that is off must not get one that works.
        r#"{"enabled":false}"#.to_owned(),
        r#"{"permissions":[{"name":"PAYMENT","scope":"READ","scope":"READ_WRITE"}]}"#.to_owned(),
        r#"{"permissions":[["PAYMENT","READ"]]}"#.to_owned(),
        r#"{"permissions":[]}"#.to_owned(),
        r#"{"permissions":null}"#.to_owned(),
        r#"{"permissions":[{"name":"payment","scope":"READ"}]}"#.to_owned(),
        r#"{"permissions":[{"name":"PAYMENT","scope":"WRITE"}]}"#.to_owned(),
        r#"{"permissions":[{"name":"PAYMENT","scope":"READ"},{"name":"PAYMENT","scope":"READ_WRITE"}]}"#.to_owned(),
        // A key that may do everything is not what they ask for.
        r#"{"permision":[{"name":"PAYMENT","scope":"READ"}]}"#.to_owned(),
        r#"{"expirationdate":"2199-12-01"}"#.to_owned(),
        json!({"permissions": many}).to_string(),
        "[".repeat(50_000),
    ] {
        let answer = family.ask(&family.key, "POST", "", &body);
        let start: String = body.chars().take(60).collect();
        assert_eq!(answer.status, 400, "{start}: {}", answer.text());
        assert!(answer.text().contains(r#""code":"invalid_"#), "{start}: {}", answer.text());
    }
    let answer = family.ask(&family.key, "POST", "", &" ".repeat(65_537));
    assert_eq!(answer.status, 413);
    let list = family.parent_asks("GET", "", &Value::Null).json();
    assert_eq!(list["accessTokens"].as_array().map(Vec::len), Some(0));
}

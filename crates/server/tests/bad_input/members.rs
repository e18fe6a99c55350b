//! Members of a key that are not what they should be: permissions, names, instants.

use std::time::Duration;

use serde_json::{Value, json};

use super::request::{Exchange, Request};
use super::stage::{Door, GOOD, OFFICE, Stage};
use crate::support::wait;

/// Refused at the creation of a key and at its change, and nothing is made or changed.
fn refused(stage: &Stage, id: &str, members: &Value) {
    let account = stage.text("/realms/payments/sandbox/account_id");
    let list = format!("GET {OFFICE}/accounts/{account}/keys");
    let made = || stage.office(&list, &Value::Null).json()["items"].as_array().map(Vec::len);
    let before = (stage.shown(id), made());
    let mut whole = json!({"name": "case"});
    for (name, value) in members.as_object().expect("members") {
        whole[name] = value.clone();
    }
    let create = stage.office(&format!("POST {OFFICE}/accounts/{account}/keys"), &whole);
    let change = stage.office(&format!("PATCH {OFFICE}/keys/{id}"), members);
    for (case, exchange) in [("create", create), ("change", change)] {
        let case = format!("{case} {members}");
        stage.note(&case, exchange.status() == 400, &exchange);
    }
    let after = (stage.shown(id), made());
    let case = format!("{members:.100}");
    stage.note(&case, after == before, (before, after));
    stage.serves(&case);
}

/// Taken at a change; the key as it is shown afterwards.
fn taken(stage: &Stage, id: &str, members: &Value) -> Value {
    let exchange = stage.office(&format!("PATCH {OFFICE}/keys/{id}"), members);
    stage.note(members, exchange.status() == 200, &exchange);
    stage.serves(&format!("{members:.100}"));
    stage.shown(id)
}

#[test]
fn a_permission_that_nobody_published_is_refused_and_never_read_as_another() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({"permissions": [{"name": "PAYMENT", "scope": "READ"}]}));
    let one = |name: Value, scope: Value| json!([{"name": name, "scope": scope}]);
    for name in [
        json!("payment"),
        json!("Payment"),
        json!("PAYMENT "),
        json!(" PAYMENT"),
        json!("PAYMENT\0"),
        json!("P\u{410}YMENT"),
        json!("\u{ff30}AYMENT"),
        json!("PAYMENT/"),
        json!("*"),
        json!(""),
        json!("ALL"),
        json!(null),
        json!(5),
        json!(["PAYMENT"]),
        json!({"a": 1}),
    ] {
        refused(&stage, &id, &json!({"permissions": one(name, json!("READ"))}));
    }
    for scope in [
        json!("read_write"),
        json!("read"),
        json!("WRITE"),
        json!("READ "),
        json!("READ,WRITE"),
        json!("ADMIN"),
        json!(""),
        json!(null),
        json!(true),
        json!(["READ"]),
    ] {
        refused(&stage, &id, &json!({"permissions": one(json!("PAYMENT"), scope)}));
    }
    for permissions in [
        json!([{"name": "PAYMENT"}]),
        json!([{"scope": "READ"}]),
        json!([{"name": "PAYMENT", "scope": "READ", "id": 1}]),
        json!(["PAYMENT:READ"]),
        json!([null]),
        json!({"PAYMENT": "READ"}),
        json!("PAYMENT:READ"),
        json!("Unrestricted"),
        json!("*"),
        json!(true),
    ] {
        refused(&stage, &id, &json!({"permissions": permissions}));
    }
}

#[test]
fn a_permission_named_twice_is_refused_and_the_wider_scope_is_not_taken() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({}));
    let entry = |scope: &str| json!({"name": "PAYMENT", "scope": scope});
    for (one, other) in [("READ", "READ_WRITE"), ("READ_WRITE", "READ")] {
        let between = json!({"name": "CUSTOMER", "scope": "READ"});
        refused(&stage, &id, &json!({"permissions": [entry(one), entry(other)]}));
        refused(&stage, &id, &json!({"permissions": [entry(one), between, entry(other)]}));
    }
}

#[test]
fn a_list_of_permissions_without_an_end_is_refused() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({}));
    let entries = |count: usize| {
        let entry = |n: usize| json!({"name": format!("P{n}"), "scope": "READ"});
        json!({"permissions": (0..count).map(entry).collect::<Vec<_>>()})
    };
    refused(&stage, &id, &entries(201));
    refused(&stage, &id, &entries(1_000));
    for count in [5_000, 100_000] {
        let exchange = stage.office(&format!("PATCH {OFFICE}/keys/{id}"), &entries(count));
        stage.note(count, exchange.status() == 413, exchange);
        stage.serves("many permissions");
    }
    stage.note("changed", stage.shown(&id)["permissions"] == "unrestricted", stage.shown(&id));
}

#[test]
fn no_permissions_an_empty_list_and_null_are_three_things() {
    let stage = Stage::open();
    let account = stage.text("/realms/payments/sandbox/account_id");
    let create =
        |body: Value| stage.office(&format!("POST {OFFICE}/accounts/{account}/keys"), &body);
    let absent = stage.make(&format!("/accounts/{account}/keys"), &json!({"name": "absent"}));
    stage.note("absent", absent["permissions"] == "unrestricted", &absent["permissions"]);
    for permissions in [json!([]), json!(null)] {
        let exchange = create(json!({"name": "case", "permissions": permissions}));
        stage.note(&permissions, exchange.status() == 400, &exchange);
        stage.serves("afterwards");
    }
    let id = absent["id"].as_str().expect("an id");
    let narrow = json!([{"name": "PAYMENT", "scope": "READ"}]);
    taken(&stage, id, &json!({"permissions": narrow}));
    for permissions in [json!([]), json!(null)] {
        let change = json!({"permissions": permissions});
        let exchange = stage.office(&format!("PATCH {OFFICE}/keys/{id}"), &change);
        stage.note(&change, exchange.status() == 400, &exchange);
    }
    // A change that does not speak of them widens nothing.
    let shown = taken(&stage, id, &json!({"name": "renamed"}));
    stage.note("renamed", shown["permissions"] == narrow, shown);
}

#[test]
fn a_name_is_kept_as_it_is_or_refused() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({}));
    let long = |letter: &str| format!("{letter}-").repeat(128);
    let kept = [
        long("a"),
        long("\u{1f511}"),
        format!("\u{202e}{}\u{200d}\u{1f468}\u{200d}\u{1f469}", "b ".repeat(50)),
        "<script>alert(1)</script>".to_owned(),
        "=HYPERLINK(\"http://a\")".to_owned(),
        "'; DROP TABLE key; --".to_owned(),
        "{{7*7}} ${7*7} %s %n".to_owned(),
        "\\u0000 \\n".to_owned(),
    ];
    for name in kept {
        let shown = taken(&stage, &id, &json!({"name": name}));
        stage.note(&name, shown["name"] == name.as_str(), shown);
    }
    for name in [
        json!(""),
        json!("   "),
        json!("a\nb"),
        json!("a\rb"),
        json!("a\0b"),
        json!("a\u{1b}[31mb"),
        json!("a\u{7f}"),
        json!("a\u{85}b"),
        json!("a\u{2028}b"),
        json!(null),
        json!(5),
        json!(["a"]),
        json!(long("a") + "a"),
        json!(long("\u{1f511}") + "a"),
    ] {
        let change = stage.office(&format!("PATCH {OFFICE}/keys/{id}"), &json!({"name": name}));
        stage.note(&name, change.status() == 400, &change);
        stage.serves("a name");
    }
}

#[test]
fn an_instant_that_is_none_or_is_past_is_refused() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({}));
    for instant in [
        json!("2026-02-30T00:00:00Z"),
        json!("2027-02-29T00:00:00Z"),
        json!("2026-13-01T00:00:00Z"),
        json!("0000-01-01T00:00:00Z"),
        json!("-000001-01-01T00:00:00Z"),
        json!("2027-01-01T24:00:00Z"),
        json!("2030-12-31T23:59:60Z"),
        json!("2016-12-31T23:59:60Z"),
        json!("99999-01-01T00:00:00Z"),
        json!("2030-01-01"),
        json!("2030-01-01T00:00:00"),
        json!("2030-01-01 00:00:00"),
        json!("01/01/2030"),
        json!("tomorrow"),
        json!(""),
        json!(" 2030-01-01T00:00:00Z"),
        json!("2030-01-01T00:00:00Z\0"),
        json!("2030-01-01T00:00:00+25:00"),
        json!("\u{662}030-01-01T00:00:00Z"),
        json!(1_900_000_000),
        json!(true),
        json!([]),
        json!({}),
        json!("2000-01-01T00:00:00Z"),
        json!("1970-01-01T00:00:00Z"),
    ] {
        refused(&stage, &id, &json!({"expires_at": instant}));
    }
}

#[test]
fn a_key_that_ends_in_a_moment_works_until_then_and_no_longer() {
    let stage = Stage::open();
    let (id, key) = stage.new_key(&json!({}));
    let ask = || {
        let request = Request::last(GOOD).line(format!("access_token: {key}")).end();
        Exchange::with(&stage.address(Door::Sandbox), &request).status()
    };
    assert_eq!(ask(), 200);
    let created = stage.shown(&id)["created_at"].as_str().expect("a text").to_owned();
    let created: jiff::Timestamp = created.parse().expect("an instant");
    let end = (created + Duration::from_secs(3)).to_string();
    let shown = taken(&stage, &id, &json!({"expires_at": end}));
    let kept = shown["expires_at"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    stage.note("kept", kept == Some(created + Duration::from_secs(3)), shown);
    wait::within(Duration::from_secs(20), "the key ends", || (ask() == 401).then_some(()));
    // What is over stays over: a later end is refused or does nothing.
    let later = json!({"expires_at": "2999-01-01T00:00:00Z"});
    stage.office(&format!("PATCH {OFFICE}/keys/{id}"), &later);
    stage.note("afterwards", ask() == 401, stage.shown(&id));
    stage.serves("afterwards");
}

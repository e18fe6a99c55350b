//! Lists of addresses, and callers who say that they have another one.

use serde_json::{Value, json};

use super::request::{Exchange, Request};
use super::stage::{Door, GOOD, OFFICE, Stage};

fn change(stage: &Stage, id: &str, list: &Value) -> Exchange {
    let exchange = stage.office(&format!("PATCH {OFFICE}/keys/{id}"), &json!({"ip_list": list}));
    stage.serves(&format!("{list:.100}"));
    exchange
}

fn ask(stage: &Stage, key: &str, lines: &[&str]) -> Exchange {
    let mut request = Request::last(GOOD).line(format!("access_token: {key}"));
    for line in lines {
        request = request.line(line);
    }
    Exchange::with(&stage.address(Door::Sandbox), &request.end())
}

#[test]
fn an_address_that_is_none_is_refused_and_changes_nothing() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({"ip_list": ["10.1.2.3"]}));
    for entry in [
        json!("192.168.x.1"),
        json!("x.168.1.1"),
        json!("192.168.1.xx"),
        json!("192.168.1.*"),
        json!("1.2.3.4/33"),
        json!("1.2.3.4/-1"),
        json!("1.2.3.4/"),
        json!("1.2.3.4/024"),
        json!("1.2.3.4/8.0"),
        json!("1.2.3.4/255.0.0.0"),
        json!("010.0.0.1"),
        json!("0x7f.1"),
        json!("0x7f000001"),
        json!("127.1"),
        json!("2130706433"),
        json!("256.0.0.1"),
        json!("1.2.3"),
        json!("1.2.3.4.5"),
        json!("1.2.3.4:80"),
        json!("[::1]"),
        json!("fe80::1%eth0"),
        json!(":::"),
        json!("2001:db8::/129"),
        json!("12345::"),
        json!("localhost"),
        json!("example.com"),
        json!(""),
        json!("1.2.3.4\0"),
        json!("1.2.3.4\n5.6.7.8"),
        json!("\u{661}.2.3.4"),
        json!("1.2.3.4,5.6.7.8"),
        json!("10.0.0.9-10.0.0.1"),
        json!("10.0.0.1-::1"),
        json!("10.0.0.1-"),
        json!("10.0.0.1-10"),
        json!(5),
        json!(null),
        json!(true),
        json!(["10.0.0.1"]),
        json!({"ip": "10.0.0.1"}),
    ] {
        let exchange = change(&stage, &id, &json!([entry]));
        stage.note(&entry, exchange.status() == 400, &exchange);
        // One of them spoils the list.
        let exchange = change(&stage, &id, &json!(["10.0.0.1", entry]));
        stage.note(&entry, exchange.status() == 400, &exchange);
    }
    for list in [json!(null), json!("10.0.0.1"), json!({"0": "10.0.0.1"}), json!(5)] {
        let exchange = change(&stage, &id, &list);
        stage.note(&list, exchange.status() == 400, &exchange);
    }
    stage.note("changed", stage.shown(&id)["ip_list"] == json!(["10.1.2.3"]), stage.shown(&id));
}

#[test]
fn a_list_that_would_let_everybody_in_is_refused() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({"ip_list": ["10.1.2.3"]}));
    for entry in ["0.0.0.0/0", "::/0", "1.2.3.4/0", "0.0.0.0-255.255.255.255", "::ffff:0.0.0.0/96"]
    {
        let exchange = change(&stage, &id, &json!([entry]));
        stage.note(entry, exchange.status() == 400, &exchange);
    }
    stage.note("changed", stage.shown(&id)["ip_list"] == json!(["10.1.2.3"]), stage.shown(&id));
}

#[test]
fn an_address_is_kept_in_one_spelling() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({}));
    for (entry, kept) in [
        ("192.168.1.x", "192.168.1.0/24"),
        ("192.168.1.77/24", "192.168.1.0/24"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::FFFF:0a00:0001", "10.0.0.1"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("2001:0DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::1/32", "2001:db8::/32"),
        ("10.0.0.1/32", "10.0.0.1"),
    ] {
        let exchange = change(&stage, &id, &json!([entry]));
        stage.note(entry, exchange.status() == 200, &exchange);
        let shown = stage.shown(&id)["ip_list"].clone();
        let host = json!([format!("{kept}/32")]);
        stage.note(entry, shown == json!([kept]) || shown == host, shown);
    }
}

#[test]
fn a_list_has_an_end_and_an_empty_one_lets_everybody_in() {
    let stage = Stage::open();
    let (id, key) = stage.new_key(&json!({"ip_list": ["10.1.2.3"]}));
    let entries = |count: usize| {
        json!((0..count).map(|n| format!("10.0.{}.{}", n / 200, n % 200)).collect::<Vec<_>>())
    };
    let full = change(&stage, &id, &entries(200));
    stage.note("200", full.status() == 200, full);
    let over = change(&stage, &id, &entries(201));
    stage.note("201", over.status() == 400, over);
    let flood = change(&stage, &id, &entries(20_000));
    stage.note("20,000", flood.status() == 413, flood);
    stage.note("not listed", ask(&stage, &key, &[]).status() == 403, "");
    // A change that does not speak of the list leaves it.
    stage.office(&format!("PATCH {OFFICE}/keys/{id}"), &json!({"name": "renamed"}));
    stage.note("renamed", ask(&stage, &key, &[]).status() == 403, "");
    let none = change(&stage, &id, &json!([]));
    stage.note("[]", none.status() == 200, none);
    stage.note("any", ask(&stage, &key, &[]).status() == 200, "");
}

#[test]
fn a_caller_is_not_believed_to_have_another_address() {
    let stage = Stage::open();
    let (_, foreign) = stage.new_key(&json!({"ip_list": ["203.0.113.9"]}));
    let (_, own) = stage.new_key(&json!({"ip_list": ["127.0.0.1"]}));
    for line in [
        "x-forwarded-for: 203.0.113.9",
        "X-FORWARDED-FOR: 203.0.113.9, 203.0.113.9",
        "x-real-ip: 203.0.113.9",
        "forwarded: for=203.0.113.9",
        "client-ip: 203.0.113.9",
        "true-client-ip: 203.0.113.9",
        "cf-connecting-ip: 203.0.113.9",
        "x-client-ip: 203.0.113.9",
        "x-original-forwarded-for: 203.0.113.9",
        "x-envoy-external-address: 203.0.113.9",
        "host: 203.0.113.9",
    ] {
        // A second host is another fault; the list decides nothing there.
        let status = if line.starts_with("host") { 400 } else { 403 };
        let refused = ask(&stage, &foreign, &[line]);
        stage.note(line, refused.status() == status, &refused);
        if status == 403 {
            let code = &refused.json()["errors"][0]["code"];
            stage.note(line, code == "not_allowed_ip", &refused);
            let granted = ask(&stage, &own, &[line]);
            stage.note(line, granted.status() == 200, &granted);
        }
        stage.serves(line);
    }
    let proxied = format!("PROXY TCP4 203.0.113.9 127.0.0.1 1 1\r\n{}", {
        let request = Request::last(GOOD).line(format!("access_token: {foreign}")).end();
        String::from_utf8_lossy(&request).into_owned()
    });
    stage.check("PROXY", Door::Sandbox, proxied.as_bytes(), 400);
    let long = format!("x-forwarded-for: {}", "1.1.1.1, ".repeat(1_500));
    let refused = ask(&stage, &foreign, &[&long]);
    stage.note("a long list", refused.status() == 403, refused);
}

#[test]
fn an_account_that_demands_a_user_agent_gets_one_and_others_need_none() {
    let stage = Stage::open();
    let account = json!({"name": "strict", "require_user_agent": true});
    let account = stage.make("/accounts", &account);
    let id = account["id"].as_str().expect("an id");
    let made = stage.make(&format!("/accounts/{id}/keys"), &json!({"name": "case"}));
    let key = made["key"].as_str().expect("a key");
    for lines in [&[][..], &["user-agent:"], &["user-agent:  \t"], &["x-user-agent: shop/1.0"]] {
        let exchange = ask(&stage, key, lines);
        stage.note(lines, exchange.status() == 400, &exchange);
        let code = &exchange.json()["errors"][0]["code"];
        stage.note(lines, code == "user_agent_required", &exchange);
        let other = ask(&stage, &stage.key(), lines);
        stage.note(lines, other.status() == 200, other);
    }
    let granted = ask(&stage, key, &["User-Agent: MinhaLoja/1.0.3 (Node.js)"]);
    stage.note("sent", granted.status() == 200, granted);
    stage.serves("afterwards");
}

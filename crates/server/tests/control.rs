//! What only an operator may do, on the whole server: a tree of accounts that is suspended, a limit
//! that fifty callers meet, and requests that are sent again.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use support::http::Answer;
use support::{Quickstart, http};

const SANDBOX: &str = "/api/v1/realms/payments/environments/sandbox";
const CALLERS: usize = 8;

fn manage(server: &Quickstart, method: &str, path: &str, body: &Value) -> Answer {
    http::json(&server.address(0), method, path, &server.text("/control/admin_key"), body)
}

fn made(server: &Quickstart, path: &str, body: &Value) -> Value {
    let answer = manage(server, "POST", path, body);
    assert_eq!(answer.status, 201, "{path}: {}", answer.text());
    answer.json()
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}

/// An account below this one, or at the top, that may hold this many keys.
fn account(server: &Quickstart, parent: Option<&str>, keys_max: usize) -> String {
    let kind = if parent.is_some() { "subaccount" } else { "root" };
    let wish = json!({ "name": "one", "kind": kind, "parent": parent });
    let id = text(&made(server, &format!("{SANDBOX}/accounts"), &wish), "id");
    let path = format!("{SANDBOX}/accounts/{id}");
    let limited = manage(server, "PATCH", &path, &json!({ "keys_max": keys_max }));
    assert_eq!(limited.status, 200, "{}", limited.text());
    id
}

/// Keys of these accounts, so many of each, made by several callers at once.
fn keys(server: &Quickstart, accounts: &[String], of_each: usize) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let caller = || {
        let mut keys = Vec::new();
        while let Some(account) = accounts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let path = format!("{SANDBOX}/accounts/{account}/keys");
            for _ in 0..of_each {
                keys.push(text(&made(server, &path, &json!({ "name": "one" })), "key"));
            }
        }
        keys
    };
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(caller)).collect();
        callers.into_iter().flat_map(|caller| caller.join().expect("a caller")).collect()
    })
}

/// How many of these keys are answered so: `granted`, or the reason of a refusal.
fn answered(server: &Quickstart, keys: &[String], word: &str) -> usize {
    let verifier = server.text("/verifier/key");
    let ask = |keys: &[String]| {
        let question = |key: &String| {
            json!({ "realm": "payments", "environment": "sandbox", "key": key, "method": "GET",
                    "path": "/v3/payments", "ip": "203.0.113.9", "user_agent": "shop/1.0" })
        };
        let batch: Value = keys.iter().map(question).collect();
        let path = "/api/v1/verify/batch";
        let answer = http::json(&server.address(4), "POST", path, &verifier, &batch);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let said = |one: &Value| one["verdict"] == word || one["reason"] == word;
        answer.json().as_array().expect("a list").iter().filter(|one| said(one)).count()
    };
    keys.chunks(1_000).map(ask).sum()
}

#[test]
fn a_suspended_root_account_stops_five_thousand_keys_with_one_answer() {
    let server = Quickstart::fresh();
    let root = account(&server, None, 100);
    let accounts: Vec<String> = (0..50).map(|_| account(&server, Some(&root), 98)).collect();
    let of_others = text(&server.line["realms"]["payments"]["sandbox"], "key");
    let mut all = keys(&server, &accounts, 98);
    all.extend(keys(&server, std::slice::from_ref(&root), 100));
    assert_eq!((all.len(), answered(&server, &all, "granted")), (5_000, 5_000));

    let path = format!("{SANDBOX}/accounts/{root}");
    let suspended = manage(&server, "POST", &format!("{path}/suspend"), &Value::Null);
    assert_eq!((suspended.status, text(&suspended.json(), "state")), (200, "suspended".to_owned()));
    assert_eq!(answered(&server, &all, "disabled"), 5_000);
    assert_eq!(answered(&server, &[of_others], "granted"), 1);
    // Through the gateway the caller is told what a disabled key is told, and whom to ask.
    let refused = http::get(&server.address(1), "/v3/payments", &[("access_token", &all[0])]);
    assert_eq!(refused.status, 401, "{}", refused.text());
    assert_eq!(refused.json()["errors"][0]["code"], "invalid_access_token");
    let hint = refused.header("chaveiro-hint").unwrap_or_default();
    assert!(hint.contains("suspended") && hint.contains("operator"), "{hint}");

    // One that was switched off meanwhile is not switched on by the end of it.
    let page = manage(&server, "GET", &format!("{SANDBOX}/accounts/{root}/keys"), &Value::Null);
    let key = text(&page.json()["items"][0], "id");
    let off = manage(&server, "POST", &format!("{SANDBOX}/keys/{key}/disable"), &Value::Null);
    assert_eq!(off.status, 200, "{}", off.text());
    let resumed = manage(&server, "POST", &format!("{path}/resume"), &Value::Null);
    assert_eq!((resumed.status, text(&resumed.json(), "state")), (200, "active".to_owned()));
    assert_eq!(answered(&server, &all, "granted"), 4_999);
}

#[test]
fn of_fifty_callers_at_nine_keys_of_ten_one_makes_the_tenth() {
    let server = Quickstart::fresh();
    let root = account(&server, None, 10);
    let path = format!("{SANDBOX}/accounts/{root}/keys");
    for _ in 0..9 {
        made(&server, &path, &json!({ "name": "one" }));
    }
    let statuses: Vec<u16> = thread::scope(|scope| {
        let create = || manage(&server, "POST", &path, &json!({ "name": "one" })).status;
        let callers: Vec<_> = (0..50).map(|_| scope.spawn(create)).collect();
        callers.into_iter().map(|caller| caller.join().expect("a caller")).collect()
    });
    let count = |status: u16| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(201), count(409)), (1, 49), "{statuses:?}");
}

/// Asks for a key of this account under an idempotency key.
fn asked(server: &Quickstart, account: &str, name: &str) -> Answer {
    let bearer = format!("Bearer {}", server.text("/control/admin_key"));
    let head = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "the-only-one"),
    ];
    let body = json!({ "name": name }).to_string();
    let path = format!("{SANDBOX}/accounts/{account}/keys");
    http::send(&server.address(0), "POST", &path, &head, body.as_bytes())
}

#[test]
fn a_lost_answer_is_asked_for_again_also_after_a_power_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, base) = (folder.path().join("data"), support::ports::free_base());
    let mut server = Quickstart::start(&data, base);
    let first_start = server.line.clone();
    let account = server.text("/realms/payments/sandbox/account_id");
    let lost = asked(&server, &account, "till").json();
    server.kill();
    let mut server = Quickstart::start(&data, base);
    // Secrets are shown at the first start alone.
    server.line = first_start;
    let again = asked(&server, &account, "till");
    assert_eq!(again.status, 201, "{}", again.text());
    let again = again.json();
    assert_eq!(again["id"], lost["id"]);
    assert_eq!(answered(&server, &[text(&lost, "key")], "unknown"), 1);
    assert_eq!(answered(&server, &[text(&again, "key")], "granted"), 1);
    let used = asked(&server, &account, "till");
    assert_eq!(used.status, 409, "{}", used.text());
    assert!(used.text().contains(&text(&lost, "id")), "{}", used.text());
    assert_eq!(asked(&server, &account, "another").status, 422);
}

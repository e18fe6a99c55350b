//! No secret leaves but in the answer that shows it: not in logs, files, metrics or other answers.
//!
//! A key of each kind is sent in every form, right and wrong, while the server logs all it can. A
//! kind goes through one door or two, and every door is gone through by one at least: all kinds
//! through all doors would take minutes. Then everything that came out of the server, and everything
//! it wrote, is searched for every key. Must not leave out anything but a key in the answer that
//! makes it.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "canary/control.rs"]
mod control;
#[path = "canary/finder.rs"]
mod finder;
#[path = "canary/gateway.rs"]
mod gateway;
#[path = "canary/owners.rs"]
mod owners;
#[path = "canary/proxies.rs"]
mod proxies;
#[path = "canary/shell.rs"]
mod shell;
#[path = "canary/stage.rs"]
mod stage;
#[path = "canary/texts.rs"]
mod texts;
#[path = "canary/verifier.rs"]
mod verifier;

use serde_json::json;
use stage::Stage;
use support::Quickstart;

const DEBUG: (&str, &str) = ("CHAVEIRO__LOG__LEVEL", "debug");
const PEPPER: &str = "7c1f0a9b3d5e82647c1f0a9b3d5e8264f0e1d2c3b4a5968778695a4b3c2d1e0f";

/// Makes a key of each kind and state over the native API.
fn make_keys(stage: &mut Stage) {
    for (place, account) in [
        ("payments/environments/sandbox", "/realms/payments/sandbox/account_id"),
        ("payments/environments/production", "/realms/payments/production/account_id"),
        ("mail/environments/production", "/realms/mail/production/account_id"),
        ("mail/environments/production", "/realms/mail/production/project_id"),
    ] {
        let (base, account) = (format!("/api/v1/realms/{place}"), stage.key(account));
        for name in ["kept", "disabled", "deleted"] {
            let path = format!("{base}/accounts/{account}/keys");
            let id = stage.make(&path, &json!({ "name": name }))["id"].clone();
            let key = format!("{base}/keys/{}", id.as_str().expect("an id"));
            let status = match name {
                "disabled" => stage.manage("POST", &format!("{key}/disable"), &json!({})).status,
                "deleted" => stage.manage("DELETE", &key, &json!({})).status,
                _ => stage.manage("PATCH", &key, &json!({ "name": "kept on" })).status,
            };
            assert_eq!(status, 200, "{name}");
            if name != "deleted" {
                stage.rotate(&format!("{key}/rotate"), &json!({ "overlap_seconds": 60 }));
            }
        }
    }
    for role in ["admin", "support", "verifier"] {
        stage.make("/api/v1/operator-keys", &json!({ "name": "another", "role": role }));
    }
}

/// A key of each kind through some doors, and through each door a key.
fn walk_everywhere(stage: &mut Stage) {
    make_keys(stage);
    owners::make(stage);
    let of_an_owner = stage.keys.last().expect("a key").clone();
    shell::make(stage);
    let gateways = gateway::all(stage);
    let keys = stage.keys.clone();
    let [admin, verifier, sandbox, production, of_account, of_project] = &keys[..6] else {
        panic!("the keys of the first start");
    };
    let deleted = &keys[8];
    let walks = [(0, sandbox), (1, deleted), (2, of_account)];
    for (at, key) in walks {
        gateway::walk(stage, &gateways[at], key);
        stage.has_answered(gateways[at].listener, &[200, 400, 401, 405, 413]);
    }
    for key in [production, of_project, verifier] {
        verifier::walk(stage, key);
    }
    for key in [sandbox, verifier] {
        proxies::walk(stage, "/auth/payments/sandbox", key);
    }
    proxies::walk(stage, "/auth/mail/production", of_project);
    stage.has_answered(4, &[200, 400, 401, 404, 405, 413, 415, 422]);
    owners::walk(stage, &of_an_owner);
    stage.has_answered(1, &[200, 204, 400, 401, 403, 404, 405, 413]);
    stage.has_answered(3, &[200, 201, 400, 401, 403, 404, 405, 413]);
    control::walk(stage, admin);
    stage.has_answered(0, &[200, 400, 401, 404, 413, 415]);
    shell::walk(stage, verifier);
}

fn stopped(server: &mut Quickstart) -> String {
    assert_eq!(server.stop(), Some(0), "{}", server.log());
    server.log()
}

#[test]
fn no_key_is_in_anything_but_the_answer_that_shows_it() {
    let mut stage = Stage::new(&[DEBUG]);
    walk_everywhere(&mut stage);
    let mut sinks = stage.into_sinks(stopped);
    sinks.assert_clean(None);
    let made = "answer of listener 1 to an owner";
    for name in
        ["the log", "chaveiro.db", "chaveiro.toml", "identity.pem", "chaveiro.db.lock", made]
    {
        sinks.assert_would_be_found(name);
    }
}

#[test]
fn no_key_is_in_what_a_killed_server_leaves() {
    let mut stage = Stage::new(&[DEBUG, ("CHAVEIRO__LOG__FORMAT", "json")]);
    make_keys(&mut stage);
    owners::make(&mut stage);
    shell::make(&mut stage);
    let (gateway, keys) = (gateway::all(&stage).remove(2), stage.keys.clone());
    gateway::walk(&mut stage, &gateway, &keys[0]);
    control::walk(&mut stage, &keys[2]);
    let mut sinks = stage.into_sinks(Quickstart::kill);
    sinks.assert_clean(None);
    for name in ["the log", "chaveiro.db-wal", "chaveiro.db-shm"] {
        sinks.assert_would_be_found(name);
    }
}

#[test]
fn neither_the_pepper_nor_a_key_under_it_is_in_anything() {
    let mut stage = Stage::new(&[DEBUG, ("CHAVEIRO__SECRETS__PEPPER", PEPPER)]);
    make_keys(&mut stage);
    owners::make(&mut stage);
    shell::make(&mut stage);
    shell::configuration(&mut stage, PEPPER);
    let key = stage.keys[2].clone();
    verifier::walk(&mut stage, &key);
    verifier::walk(&mut stage, PEPPER);
    stage.into_sinks(stopped).assert_clean(Some(PEPPER));
}

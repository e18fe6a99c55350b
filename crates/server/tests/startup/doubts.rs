//! What the log says of data that may not be as somebody meant it, and of what else a person must mend.

use std::time::Duration;

use serde_json::{Value, json};

use crate::init::config;
use crate::place::{Place, ask};
use crate::support::finished::run;
use crate::support::serve::Serve;
use crate::support::{Quickstart, binary, http, wait};

const SOON: Duration = Duration::from_secs(30);

/// What a server logs that serves the configuration of a quickstart.
fn log_of_serving(place: &Place) -> String {
    let mut server = Serve::start(&place.file("chaveiro.toml"), &[]);
    assert_eq!(server.stop(), Some(0));
    server.log()
}

#[test]
fn a_database_that_is_gone_from_beside_its_signing_key_is_missed() {
    let place = Place::fresh();
    assert_eq!(Quickstart::start(&place.data(), place.base).stop(), Some(0));
    let said = "the database beside it is empty";
    assert!(!log_of_serving(&place).contains(said));
    std::fs::remove_file(place.file("chaveiro.db")).expect("removed");
    let log = log_of_serving(&place);
    assert!(log.contains(said), "{log}");
}

#[test]
fn keys_that_another_prefix_cuts_off_are_missed() {
    let place = Place::fresh();
    let path = place.beside("serve.toml");
    let dialect = "dialect = \"native\"\nabsent_permissions = \"unrestricted\"";
    let native = config(place.base).replace(r#"dialect = "asaas""#, dialect);
    std::fs::write(&path, format!("{native}key_prefix = \"shop_one_\"\n")).expect("written");
    let made = run(binary().args(["init", "--json", "--config"]).arg(&path));
    assert_eq!(made.code, Some(0), "{}", made.err);
    let made: Value = serde_json::from_str(&made.out).expect("a line of JSON");
    let admin = made["admin_key"].as_str().expect("a key");
    let mut server = Serve::start(&path, &[]);
    let post = |rest: &str, body: &Value| {
        let path = format!("/api/v1/realms/payments/environments/sandbox/accounts{rest}");
        let made = http::json(&format!("127.0.0.1:{}", place.base), "POST", &path, admin, body);
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()
    };
    let account = post("", &json!({"name": "shop"}));
    let id = account["id"].as_str().expect("an id");
    post(&format!("/{id}/keys"), &json!({"name": "till", "permissions": "unrestricted"}));
    assert_eq!(server.stop(), Some(0));

    let prefix = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__KEY_PREFIX";
    for (prefix_now, missed) in [("shop_one_", false), ("shop_two_", true)] {
        let mut server = Serve::start(&path, &[(prefix, prefix_now)]);
        assert_eq!(server.stop(), Some(0));
        let log = server.log();
        assert_eq!(log.contains("does not begin as keys of its environment do"), missed, "{log}");
        assert_eq!(log.contains("shop_one_"), missed, "{log}");
    }
}

#[test]
fn an_upstream_that_cannot_be_reached_is_named_with_the_reason() {
    let place = Place::fresh();
    let nobody = "http://127.0.0.1:1";
    let variable = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM";
    let server = Quickstart::start_with(&place.data(), place.base, &[(variable, nobody)]);
    let key = server.text("/realms/payments/sandbox/key");
    assert_eq!(ask(&server.address(1), &key).status, 502);
    let line = wait::within(SOON, "the log says so", || {
        let log = server.log();
        log.lines().find(|line| line.contains("the upstream cannot be reached")).map(str::to_owned)
    });
    assert!(line.contains("127.0.0.1:1: Connection refused"), "{line}");
}

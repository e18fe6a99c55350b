//! `init` makes the first operator keys, once; `serve` says when they are missing.

use serde_json::Value;

use crate::place::Place;
use crate::support::finished::run;
use crate::support::serve::Serve;
use crate::support::{binary, http};

/// A configuration of one realm, with its data beside it.
pub(crate) fn config(base: u16) -> String {
    let (verifiers, gateway, upstream) = (base + 4, base + 1, base + 7);
    format!(
        r#"
data = "sqlite://./chaveiro.db"
[control]
listen = "127.0.0.1:{base}"
require_tls = false
[verifiers]
listen = "127.0.0.1:{verifiers}"
require_tls = false
[[realm]]
name = "payments"
dialect = "asaas"
[[realm.environment]]
name = "sandbox"
listen = "127.0.0.1:{gateway}"
require_tls = false
upstream = "http://127.0.0.1:{upstream}"
"#
    )
}

#[test]
fn a_server_without_operators_says_so_and_init_makes_them_once() {
    let place = Place::fresh();
    let path = place.beside("serve.toml");
    std::fs::write(&path, config(place.base)).expect("written");
    let missing = "nobody can manage this server yet: stop it and run `chaveiro init`";
    let mut server = Serve::start(&path, &[]);
    assert_eq!(server.log().matches(missing).count(), 1, "{}", server.log());
    assert_eq!(server.stop(), Some(0), "{}", server.log());

    let init = || run(binary().args(["init", "--json", "--config"]).arg(&path));
    let made = init();
    assert_eq!(made.code, Some(0), "{}", made.err);
    assert_eq!(made.out.lines().count(), 1, "{}", made.out);
    let made: Value = serde_json::from_str(&made.out).expect("a line of JSON");
    init().assert_one_sentence(
        1,
        &[
            "has operator keys already",
            "`chaveiro operator-key create`",
            "POST /api/v1/operator-keys",
        ],
    );
    // Nobody reads a log of `init`, so what it says of the signing key stands beside its sentence.
    std::fs::remove_file(place.beside("identity.pem")).expect("removed");
    let said = init();
    assert!(said.err.contains("another signing key was made"), "{}", said.err);

    let mut server = Serve::start(&path, &[]);
    assert!(!server.log().contains(missing), "{}", server.log());
    let address = format!("127.0.0.1:{}", place.base);
    let admin = made["admin_key"].as_str().expect("a key");
    let shown = http::json(&address, "GET", "/api/v1/realms", admin, &Value::Null);
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert_eq!(server.stop(), Some(0), "{}", server.log());
}

#[test]
fn an_admin_key_can_be_added_where_all_were_lost() {
    let place = Place::fresh();
    let path = place.beside("serve.toml");
    std::fs::write(&path, config(place.base)).expect("written");
    let init = |rest: &[&str]| run(binary().args(["init", "--config"]).arg(&path).args(rest));
    init(&["--add-admin"]).assert_one_sentence(1, &["run `chaveiro init` without --add-admin"]);
    assert_eq!(init(&[]).code, Some(0));
    let added = init(&["--add-admin", "--json"]);
    assert_eq!(added.code, Some(0), "{}", added.err);
    let added: Value = serde_json::from_str(&added.out).expect("a line of JSON");
    assert_eq!(added["verifier_key"], Value::Null);

    let mut server = Serve::start(&path, &[]);
    let address = format!("127.0.0.1:{}", place.base);
    let admin = added["admin_key"].as_str().expect("a key");
    let shown = http::json(&address, "GET", "/api/v1/operator-keys", admin, &Value::Null);
    let names = shown.json()["items"].as_array().map(|keys| {
        let mut names: Vec<String> = keys.iter().map(|key| key["name"].to_string()).collect();
        names.sort();
        names.join(" ")
    });
    assert_eq!(names.as_deref(), Some(r#""admin added by init" "first admin" "first verifier""#));
    assert_eq!(server.stop(), Some(0), "{}", server.log());
    let log = server.log();
    assert_eq!(
        log.matches("operator").count(),
        0,
        "nobody is told that operators are missing: {log}"
    );
}

#[test]
fn operator_keys_that_could_not_be_shown_are_told_of() {
    let place = Place::fresh();
    let path = place.beside("serve.toml");
    std::fs::write(&path, config(place.base)).expect("written");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let mut init = binary();
    init.args(["init", "--config"]).arg(&path).stdout(full);
    let output = init.output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("could not be shown") && said.contains("run it again"), "{said}");
}

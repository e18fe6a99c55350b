//! The quickstart's ports, its file, and what it shows once.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::Value;

use crate::place::{Place, ask, quickstart};
use crate::support::{Quickstart, files, ports};

/// Control plane, gateways, verifiers, Envoy, example upstreams.
const LISTENERS: [u16; 9] = [0, 1, 2, 3, 4, 5, 7, 8, 9];

#[test]
fn a_taken_port_is_named_and_the_data_stays_as_it_is() {
    let (place, _) = Place::used(&[]);
    for offset in LISTENERS {
        let address = format!("127.0.0.1:{}", place.base + offset);
        let _taken = TcpListener::bind(&address).expect("the port");
        place.assert_unchanged_by_failure(&[&address]);
    }
    let mut server = Quickstart::start(&place.data(), place.base);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_first_start_that_fails_makes_no_keys_that_nobody_sees() {
    for offset in LISTENERS {
        let place = Place::fresh();
        let address = format!("127.0.0.1:{}", place.base + offset);
        let taken = TcpListener::bind(&address).expect("the port");
        place.fails(place.base).assert_one_sentence(1, &[&address]);
        drop(taken);
        let server = Quickstart::start(&place.data(), ports::free_base());
        let key = server.text("/realms/payments/production/key");
        assert_eq!(ask(&server.address(2), &key).status, 200);
        server.text("/control/admin_key");
        server.text("/realms/mail/production/project_key");
    }
}

#[test]
fn keys_that_could_not_be_shown_are_told_of() {
    let place = Place::fresh();
    let base = place.base.to_string();
    let mut command = quickstart(&place.data(), &["--port-base", &base]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let output = command.stdout(full).output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("could not be shown") && said.contains("--data"), "{said}");
}

/// The files besides the database, and the rows of the database that people made. Its other rows say
/// how far loops came, which depends on when the server was stopped.
fn kept(place: &Place) -> (BTreeMap<PathBuf, Vec<u8>>, Vec<String>) {
    let mut files = place.snapshot();
    files.retain(|path, _| !path.to_string_lossy().contains("chaveiro.db"));
    let database = Connection::open(place.file("chaveiro.db")).expect("a database");
    let mut rows = Vec::new();
    for columns in [
        "SELECT hex(id), name, kind, state FROM account",
        "SELECT hex(id), name, hex(kid) || hex(digest), state FROM key",
        "SELECT hex(id), name, hex(kid) || hex(digest), state FROM operator_key",
        "SELECT hex(id), action, target, at FROM audit",
        "SELECT hex(id), kind, hex(key), at FROM event",
    ] {
        let mut statement = database.prepare(columns).expect("a question");
        let shown = statement.query_map([], |row| {
            let last: rusqlite::types::Value = row.get(3)?;
            let other: rusqlite::types::Value = row.get(2)?;
            let (id, name): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(format!("{id} {name} {other:?} {last:?}"))
        });
        rows.extend(shown.expect("rows").map(|row| row.expect("a row")));
    }
    assert!(rows.len() > 20, "{rows:?}");
    (files, rows)
}

#[test]
fn a_second_start_keeps_everything_and_shows_no_secret_again() {
    let (place, first) = Place::used(&[]);
    let before = kept(&place);
    let mut server = Quickstart::start(&place.data(), place.base);
    let mut expected = first.clone();
    for pointer in [
        "/control/admin_key",
        "/verifier/key",
        "/realms/payments/sandbox/key",
        "/realms/payments/production/key",
        "/realms/mail/production/account_key",
        "/realms/mail/production/project_key",
    ] {
        let secret = expected.pointer_mut(pointer).expect("a member");
        assert!(secret.is_string(), "{pointer}");
        *secret = Value::Null;
    }
    assert_eq!(server.line, expected);
    let key = first["realms"]["payments"]["sandbox"]["key"].as_str().expect("a key");
    assert_eq!(server.stop(), Some(0));
    let after = kept(&place);
    files::assert_same(&before.0, &after.0, "a second start");
    assert_eq!(before.1, after.1, "a second start");
    let server = Quickstart::start(&place.data(), place.base);
    assert_eq!(ask(&server.address(1), key).status, 200);
}

#[test]
fn an_untouched_file_moves_to_other_ports_and_a_changed_one_does_not() {
    let (place, first) = Place::used(&[]);
    let moved = ports::free_base();
    let mut server = Quickstart::start(&place.data(), moved);
    let key = first["realms"]["payments"]["sandbox"]["key"].as_str().expect("a key");
    assert_eq!(ask(&server.address(1), key).status, 200);
    assert_eq!(server.text("/control/url"), format!("http://127.0.0.1:{moved}"));
    assert_eq!(server.stop(), Some(0));
    let file = place.file("chaveiro.toml");
    let text = fs::read_to_string(&file).expect("a file");
    assert!(text.contains(&format!("127.0.0.1:{moved}")));

    fs::write(&file, format!("{text}\n# a note of my own\n")).expect("written");
    place.assert_unchanged_by_failure(&["chaveiro.toml", "changed by hand", "--port-base"]);
    let mut server = Quickstart::start(&place.data(), moved);
    assert_eq!(server.stop(), Some(0), "the ports it names are no change");
    assert!(fs::read_to_string(&file).expect("a file").ends_with("# a note of my own\n"));
}

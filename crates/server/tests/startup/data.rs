//! Data that cannot be used: not writable, in use, of a newer version, something else.

use std::fs;

use rusqlite::Connection;

use crate::place::{Place, ask, quickstart};
use crate::support::finished::run;
use crate::support::{Quickstart, binary, files, http, ports};

#[test]
fn a_folder_that_cannot_be_made_or_written_is_told() {
    let place = Place::fresh();
    let file = place.beside("file");
    fs::write(&file, "a plain file").expect("written");
    let below = file.join("data");
    let said = run(&mut quickstart(&below, &[]));
    said.assert_one_sentence(1, &[below.to_str().expect("a text"), "--data"]);
    assert_eq!(fs::read_to_string(&file).expect("a file"), "a plain file");
    // Nobody can make anything there, whoever runs the test.
    let said = run(&mut quickstart("/sys/chaveiro".as_ref(), &[]));
    said.assert_one_sentence(1, &["/sys/chaveiro", "--data"]);
    let elsewhere = "sqlite:///sys/chaveiro.db";
    let base = place.base.to_string();
    let mut command = quickstart(&place.data(), &["--port-base", &base]);
    let said = run(command.env("CHAVEIRO__DATA", elsewhere));
    said.assert_one_sentence(1, &["/sys/chaveiro.db", "cannot be written", "let this user"]);
    let mut command = quickstart(&place.data(), &["--port-base", &base]);
    let nowhere = place.beside("nowhere");
    let said = run(command.env("CHAVEIRO__DATA", format!("sqlite://{}/a.db", nowhere.display())));
    said.assert_one_sentence(1, &["nowhere/a.db", "does not exist"]);
    assert!(!nowhere.exists());
}

#[test]
fn a_database_that_another_process_uses_is_left_to_it() {
    let place = Place::fresh();
    let mut running = Quickstart::start(&place.data(), place.base);
    let key = running.text("/realms/payments/sandbox/key");
    let config = fs::read(place.file("chaveiro.toml")).expect("a file");
    let other = ports::free_base();
    place.fails(other).assert_one_sentence(1, &["chaveiro.db", "in use by another process"]);
    place.fails(place.base).assert_one_sentence(1, &["127.0.0.1:", "taken", "--port-base"]);
    let mut init = binary();
    let said = run(init.args(["init", "--config"]).arg(place.file("chaveiro.toml")));
    said.assert_one_sentence(1, &["chaveiro.db", "in use by another process"]);

    assert_eq!(fs::read(place.file("chaveiro.toml")).expect("a file"), config, "its file is kept");
    assert_eq!(ask(&running.address(1), &key).status, 200);
    let path = format!(
        "/api/v1/realms/payments/environments/sandbox/accounts/{}/keys",
        running.text("/realms/payments/sandbox/account_id")
    );
    let admin = running.text("/control/admin_key");
    let body = serde_json::json!({ "name": "made meanwhile" });
    let made = http::json(&running.address(0), "POST", &path, &admin, &body);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(running.stop(), Some(0), "{}", running.log());
}

#[test]
fn a_database_of_a_newer_version_is_not_touched() {
    let (place, _) = Place::used(&[]);
    let connection = Connection::open(place.file("chaveiro.db")).expect("a database");
    connection.pragma_update(None, "user_version", 99).expect("a version");
    // While the connection is open, the new version stands in the log alone.
    let early = Place::fresh();
    fs::create_dir(early.data()).expect("a folder");
    for name in ["chaveiro.db", "chaveiro.db-wal"] {
        fs::copy(place.file(name), early.file(name)).expect("copied");
    }
    connection.close().expect("closed");
    let parts = ["chaveiro.db", "has format 99", "start the newer version that made it"];
    place.assert_unchanged_by_failure(&parts);
    let before = early.snapshot();
    early.fails(early.base).assert_one_sentence(1, &parts);
    let after = early.snapshot();
    for (path, bytes) in &before {
        assert!(after.get(path) == Some(bytes), "changed is {}", path.display());
    }
}

#[test]
fn what_is_no_database_of_ours_is_not_touched() {
    let (place, _) = Place::used(&[]);
    let database = place.file("chaveiro.db");
    fs::write(&database, "minutes of the last meeting\n".repeat(99)).expect("written");
    let parts = ["chaveiro.db", "is not a Chaveiro database", "name another file"];
    place.assert_unchanged_by_failure(&parts);

    fs::remove_file(&database).expect("removed");
    let foreign = Connection::open(&database).expect("a database");
    foreign.execute_batch("CREATE TABLE meeting (minutes TEXT)").expect("a table");
    foreign.close().expect("closed");
    place.assert_unchanged_by_failure(&parts);

    fs::remove_file(&database).expect("removed");
    fs::create_dir(&database).expect("a folder");
    place.assert_unchanged_by_failure(&["chaveiro.db"]);
}

#[test]
fn a_damaged_database_is_told_and_not_made_worse() {
    let (place, _) = Place::used(&[]);
    let database = place.file("chaveiro.db");
    let mut bytes = fs::read(&database).expect("a file");
    // Everything behind the first page, which says what the file is.
    bytes[4_096..].fill(0xa5);
    fs::write(&database, &bytes).expect("written");
    let said = place.fails(place.base);
    said.assert_one_sentence(1, &["chaveiro.db", "damaged", "restore it from a backup"]);
    assert_eq!(fs::read(&database).expect("a file"), bytes);
    let cut = bytes[..bytes.len() / 2 + 77].to_vec();
    fs::write(&database, &cut).expect("written");
    let said = place.fails(place.base);
    said.assert_one_sentence(1, &["chaveiro.db", "damaged", "restore it from a backup"]);
    assert_eq!(fs::read(&database).expect("a file"), cut);
}

#[test]
fn a_lost_signing_key_is_made_anew_and_a_broken_one_is_not_replaced() {
    let place = Place::fresh();
    let made_anew = "another signing key was made";
    let mut server = Quickstart::start(&place.data(), place.base);
    assert_eq!(server.stop(), Some(0));
    assert!(!server.log().contains(made_anew), "the first is no other: {}", server.log());
    let file = place.file("identity.pem");
    fs::write(&file, "-----BEGIN PRIVATE KEY-----\nbroken\n").expect("written");
    place.assert_unchanged_by_failure(&["identity.pem", "move it away to have a new key made"]);
    fs::remove_file(&file).expect("removed");
    let mut server = Quickstart::start(&place.data(), place.base);
    assert_eq!(server.stop(), Some(0));
    assert!(file.exists());
    let log = server.log();
    let said = log.lines().find(|line| line.contains(made_anew)).unwrap_or_default();
    for part in ["WARN", "identity.pem", "/.well-known/jwks.json", "cursor", "backup"] {
        assert!(said.contains(part), "{part}: {log}");
    }
    let mut server = Quickstart::start(&place.data(), place.base);
    assert_eq!(server.stop(), Some(0));
    assert!(!server.log().contains(made_anew), "{}", server.log());
}

#[test]
fn an_interrupted_first_start_leaves_nothing_in_the_way() {
    let place = Place::fresh();
    fs::create_dir(place.data()).expect("a folder");
    for name in ["chaveiro.db", "chaveiro.db.lock"] {
        fs::write(place.file(name), "").expect("written");
    }
    for name in ["chaveiro.db.new", "chaveiro.toml.new", "identity.pem.new"] {
        fs::write(place.file(name), "half a draft").expect("written");
    }
    let mut server = Quickstart::start(&place.data(), place.base);
    assert_eq!(ask(&server.address(1), &server.text("/realms/payments/sandbox/key")).status, 200);
    assert_eq!(server.stop(), Some(0));
    let left = files::snapshot(&place.data());
    assert!(left.keys().all(|path| path.extension().is_none_or(|end| end != "new")), "{left:?}");
}

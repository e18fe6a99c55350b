//! A copy of the database that SQLite makes while the server runs holds everything that was answered.

use std::process::Command;

use rusqlite::Connection;

use crate::place::ask;
use crate::support::{Quickstart, http, ports};

#[test]
fn a_copy_made_by_vacuum_into_of_a_running_server_holds_every_answered_key() {
    let server = Quickstart::fresh();
    let admin = server.text("/control/admin_key");
    let account = server.text("/realms/payments/sandbox/account_id");
    let path = format!("/api/v1/realms/payments/environments/sandbox/accounts/{account}/keys");
    let wish = serde_json::json!({ "name": "latest", "permissions": "unrestricted" });
    let made = http::json(&server.address(0), "POST", &path, &admin, &wish).json();
    let key = made["key"].as_str().expect("its text").to_owned();

    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let copied = Command::new("cp").arg("-r").arg(server.data()).arg(&data).status();
    assert!(copied.expect("cp").success());
    for name in ["chaveiro.db", "chaveiro.db-wal", "chaveiro.db-shm"] {
        std::fs::remove_file(data.join(name)).expect("a file to be replaced");
    }
    let database = Connection::open(server.data().join("chaveiro.db")).expect("the database");
    let to = data.join("chaveiro.db");
    database.execute("VACUUM INTO ?1", [to.to_str().expect("a path")]).expect("a copy");
    drop(database);

    let again = Quickstart::start(&data, ports::free_base());
    assert_eq!(ask(&again.address(1), &key).status, 200);
}

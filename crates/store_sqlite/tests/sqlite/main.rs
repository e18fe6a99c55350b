//! What SQLite adds to the laws: files, older formats, damage, room and threads.
//!
//! Must not wait for a fixed time: tests wait for the event.

#[cfg(test)]
mod damage;
mod erasing;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod once;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod room;
#[cfg(test)]
mod threads;
#[cfg(test)]
mod upgrading;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::account::Account;
use domain::key::Key;
use rusqlite::Connection;
use store_conformance::scene::{Scene, here};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

/// A folder of its own and the path of a database in it.
fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("chaveiro.db");
    (folder, path)
}

/// A scene on the database at this path.
fn scene(path: &Path) -> Scene {
    Scene::on(Arc::new(SqliteStore::open(path).expect("the database opens")))
}

/// An account and some keys of it.
async fn family(scene: &mut Scene, keys: usize) -> (Account, Vec<Key>) {
    let owner = scene.made_root(&here()).await.expect("an account");
    let mut made = Vec::new();
    for _ in 0..keys {
        made.push(scene.made_key(&owner).await.expect("a key"));
    }
    (owner, made)
}

/// A connection of somebody who goes around the store.
fn raw(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("a raw connection");
    connection.pragma_update(None, "ignore_check_constraints", "ON").expect("no checks");
    connection.pragma_update(None, "foreign_keys", "OFF").expect("no foreign keys");
    connection
}

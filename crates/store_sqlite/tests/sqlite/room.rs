//! A disk without room: faults that say so, nothing half-done, and no repair afterwards.

use std::sync::Arc;

use domain::account::Account;
use domain::key::Key;
use store::command::CreateKey;
use store::fault::{Failure, FaultKind};
use store::port::{Loaded, TrailCount};
use store_conformance::scene::{Scene, here, name};
use store_sqlite::SqliteStore;
use tokio::task::JoinSet;

use crate::{place, raw};

/// Enough for some dozens of large keys.
const PAGES: u32 = 90;

/// A key that takes much room.
fn large(scene: &mut Scene, owner: &Account) -> CreateKey {
    let mut command = scene.key(owner);
    command.key.name = name(&"🔑".repeat(256));
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_refuses_commands_whole_and_keeps_all_that_was_answered() {
    let (_folder, path) = place();
    let mut scene = Scene::on(Arc::new(SqliteStore::open_with_room(&path, PAGES).unwrap()));
    let owner = scene.made_root(&here()).await.unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..300 {
        let (store, command) = (Arc::clone(&scene.store), large(&mut scene, &owner));
        callers.spawn(async move {
            let given = command.key.clone();
            (given, store.create_key(command).await)
        });
    }
    let (mut made, mut refused) = (Vec::new(), Vec::new());
    for (given, outcome) in callers.join_all().await {
        match outcome {
            Ok(key) => made.push(key),
            Err(Failure::Fault(fault)) if fault.kind == FaultKind::Full => refused.push(given),
            Err(failure) => panic!("{failure:?}"),
        }
    }
    assert!(made.len() > 10 && refused.len() > 10, "{} and {}", made.len(), refused.len());
    check(&scene, &made, &refused).await;

    // With room again, everything goes on where it was.
    let integrity = || raw(&path).query_row("PRAGMA integrity_check", [], |row| row.get(0));
    let mut scene = scene.reopened_by(|| {
        assert_eq!(integrity(), Ok("ok".to_owned()));
        Arc::new(SqliteStore::open(&path).unwrap())
    });
    check(&scene, &made, &refused).await;
    let next = scene.made_key(&owner).await.unwrap();
    assert_eq!(next.epoch, made.len() as u64 + 2);
}

/// What was answered is there, each with its trail; of what was refused there is nothing.
async fn check(scene: &Scene, made: &[Key], refused: &[Key]) {
    for key in made {
        assert!(scene.found(key).await.unwrap().is_some());
    }
    for key in refused {
        assert!(scene.found(key).await.unwrap().is_none());
    }
    let keys = made.len() as u64;
    let trail = scene.trail_count().await.unwrap();
    assert_eq!(trail, TrailCount { audit: keys + 1, events: keys });
    let mut epochs = Vec::new();
    let mut visit = |row: Loaded<'_>| match row {
        Loaded::Key(row) => epochs.push(row.epoch),
        Loaded::Account(account) => epochs.push(account.epoch),
        Loaded::OperatorKey(_) | Loaded::Damaged { .. } => {}
    };
    let epoch = scene.store.load(&mut visit).await.unwrap();
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=epoch).collect::<Vec<_>>());
}

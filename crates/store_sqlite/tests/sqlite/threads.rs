//! The two threads: groups, full queues, callers that go away, and an orderly end.

use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use domain::ids::KeyId;
use store::fault::{Failure, FaultKind};
use store::port::{Change, Loaded, Observer};
use store_conformance::scene::{Scene, addresses, here};
use store_sqlite::SqliteStore;
use tokio::task::JoinSet;

use crate::{family, place, scene};

/// Holds the writer at the next change until it is told to go on.
struct Gate {
    reached: Mutex<Option<Sender<()>>>,
    go_on: Mutex<Receiver<()>>,
}

impl Observer for Gate {
    fn committed(&self, _change: &Change) {
        if let Some(reached) = self.reached.lock().unwrap().take() {
            reached.send(()).unwrap();
            self.go_on.lock().unwrap().recv().ok();
        }
    }
}

/// Makes the writer stop inside a change, and returns when it does.
async fn held(scene: &mut Scene) -> Sender<()> {
    let (reached, is_reached) = channel();
    let (release, go_on) = channel();
    let gate = Gate { reached: Mutex::new(Some(reached)), go_on: Mutex::new(go_on) };
    scene.store.watch(Arc::new(gate));
    let command = scene.account(&here(), domain::account::AccountKind::Root);
    let store = Arc::clone(&scene.store);
    tokio::spawn(async move { store.create_account(command).await });
    tokio::task::spawn_blocking(move || is_reached.recv().unwrap()).await.unwrap();
    release
}

/// Asks once and walks away.
fn abandoned<T>(call: impl Future<Output = T>) {
    let poll = pin!(call).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending(), "it is too early for an answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_that_fails_is_undone_alone_in_its_group() {
    let (_folder, path) = place();
    let mut scene = scene(&path);
    let (owner, keys) = family(&mut scene, 1).await;
    let release = held(&mut scene).await;
    let (mut good, mut bad) = (JoinSet::new(), JoinSet::new());
    for number in 0..40 {
        let mut command = scene.key(&owner);
        let store = Arc::clone(&scene.store);
        match number % 4 {
            0 => command.key.secret.kid = keys[0].secret.kid,
            1 => command.keys_max = 0,
            _ => {
                good.spawn(async move { store.create_key(command).await });
                continue;
            }
        }
        bad.spawn(async move { store.create_key(command).await });
    }
    release.send(()).unwrap();
    for outcome in good.join_all().await {
        let key = outcome.unwrap();
        assert!(scene.found(&key).await.unwrap().is_some());
    }
    assert!(bad.join_all().await.iter().all(Result::is_err));
    // Two accounts, the first key, and the twenty good ones.
    assert_eq!(scene.epoch().await.unwrap(), 23);
    assert_eq!(scene.trail_count().await.unwrap().audit, 23);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_queue_refuses_and_what_it_took_is_finished() {
    let (_folder, path) = place();
    let mut scene = scene(&path);
    let (owner, _) = family(&mut scene, 0).await;
    let release = held(&mut scene).await;
    let mut taken = Vec::new();
    let fault = loop {
        let command = scene.key(&owner);
        let key = command.key.clone();
        let store = Arc::clone(&scene.store);
        let mut call = pin!(store.create_key(command));
        match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Pending => taken.push(key),
            std::task::Poll::Ready(outcome) => break outcome.expect_err("the writer is held"),
        }
        assert!(taken.len() < 100_000, "the queue has no end");
    };
    assert!(matches!(fault, Failure::Fault(fault) if fault.kind == FaultKind::Unavailable));
    release.send(()).unwrap();
    // Its own turn comes after all that were taken; until there is room, it is refused.
    while scene.made_key(&owner).await.is_err() {
        tokio::task::yield_now().await;
    }
    for key in &taken {
        assert!(scene.found(key).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dropping_the_store_finishes_what_was_taken() {
    let (_folder, path) = place();
    let mut scene = scene(&path);
    let (owner, _) = family(&mut scene, 0).await;
    let release = held(&mut scene).await;
    let mut taken = Vec::new();
    for _ in 0..600 {
        let command = scene.key(&owner);
        taken.push(command.key.clone());
        abandoned(scene.store.create_key(command));
    }
    release.send(()).unwrap();
    let scene = scene.reopened_by(|| {
        // The task that held the writer may still have the store for a moment.
        loop {
            match SqliteStore::open(&path) {
                Ok(store) => break Arc::new(store),
                Err(_) => std::thread::yield_now(),
            }
        }
    });
    for key in &taken {
        assert!(scene.found(key).await.unwrap().is_some());
    }
    assert_eq!(scene.epoch().await.unwrap(), 602);
}

struct Panics;

impl Observer for Panics {
    fn committed(&self, _change: &Change) {
        panic!("an observer that cannot take in a change");
    }
}

#[tokio::test]
async fn after_an_observer_panicked_nothing_is_changed_any_more() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let end = store.changes_end();
    let mut scene = Scene::on(Arc::new(store));
    let (owner, keys) = family(&mut scene, 1).await;
    abandoned(end.clone().come());
    scene.store.watch(Arc::new(Panics));
    let command = scene.key(&owner);
    let outcome = scene.store.create_key(command).await;
    end.come().await;
    let unknown = |fault: &store::fault::Fault| fault.kind == FaultKind::OutcomeUnknown;
    assert!(matches!(&outcome, Err(Failure::Fault(fault)) if unknown(fault)), "{outcome:?}");
    let command = scene.key(&owner);
    let next = command.key.clone();
    let outcome = scene.store.create_key(command).await;
    assert!(matches!(&outcome, Err(Failure::Fault(_))), "{outcome:?}");
    assert!(scene.found(&next).await.unwrap().is_none());
    assert!(scene.found(&keys[0]).await.unwrap().is_some(), "reading goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_long_load_neither_holds_the_writer_nor_sees_what_it_writes() {
    let (_folder, path) = place();
    let mut scene = scene(&path);
    let (owner, _) = family(&mut scene, 3).await;
    let (began, has_begun) = channel();
    let (wrote, has_written) = channel::<()>();
    let has_written = Mutex::new(has_written);
    let command = scene.key(&owner);
    let store = Arc::clone(&scene.store);
    let writing = std::thread::spawn(move || {
        has_begun.recv().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let outcome = runtime.block_on(store.create_key(command));
        wrote.send(()).unwrap();
        outcome.unwrap().epoch
    });
    let mut keys = 0;
    let mut visit = |row: Loaded<'_>| {
        if matches!(row, Loaded::Account(_)) {
            began.send(()).unwrap();
            has_written.lock().unwrap().recv().unwrap();
        }
        keys += i32::from(matches!(row, Loaded::Key(_)));
    };
    let epoch = scene.store.load(&mut visit).await.unwrap();
    assert_eq!((epoch, keys), (4, 3));
    assert_eq!(writing.join().unwrap(), 5);
}

#[tokio::test]
async fn a_load_that_nobody_waits_for_gives_the_reader_back() {
    let (_folder, path) = place();
    let mut scene = scene(&path);
    let (owner, _) = family(&mut scene, 0).await;
    // Long lists, so that few rows make more batches than may wait.
    let entries: Vec<String> =
        (0..200).map(|n| format!("2001:db8:1:2:3:4:5:{n:x}-2001:db8:1:2:3:4:f:{n:x}")).collect();
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    let mut keys = Vec::new();
    for _ in 0..200 {
        let mut command = scene.key(&owner);
        command.key.ip_list = addresses(&entries);
        keys.push(scene.store.create_key(command).await.unwrap());
    }
    for _ in 0..3 {
        let mut visit = |_: Loaded<'_>| {};
        let poll = pin!(scene.store.load(&mut visit)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
    }
    assert!(scene.found(&keys[199]).await.unwrap().is_some());
    let mut loaded: Vec<KeyId> = Vec::new();
    let mut visit = |row: Loaded<'_>| {
        if let Loaded::Key(row) = row {
            loaded.push(row.id);
        }
    };
    scene.store.load(&mut visit).await.unwrap();
    assert_eq!(loaded, keys.iter().map(|key| key.id).collect::<Vec<_>>());
}

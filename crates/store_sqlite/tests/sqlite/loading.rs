//! A load by several readers shows what one reader would show.

use std::path::Path;
use std::pin::pin;
use std::task::{Context, Waker};

use store::port::Loaded;
use store_conformance::scene::{Scene, here};

use crate::{family, place, raw, scene};

/// Keys that lie so far apart in the order of making that each reader has many turns.
const APART: u64 = 700;
const MANY: u64 = 100;

/// Makes copies of the one key, far apart, and damages one of them.
fn spread(path: &Path) {
    let sql = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})
         INSERT INTO key (made_epoch, id, realm, environment, owner, reach, kid, digest_version,
         digest, permissions, ip_list, state, epoch, created_at, enabled_at, hint, name)
         SELECT i * {APART}, CAST(printf('%016d', i) AS BLOB), realm, environment, owner, reach,
         CAST(x'00000000' || printf('%012d', i) AS BLOB), digest_version, digest, permissions,
         ip_list, state, i * {APART}, created_at, enabled_at, hint, name FROM key, n;
         UPDATE epoch SET value = {MANY} * {APART};
         UPDATE key SET state = 5 WHERE made_epoch = 50 * {APART}"
    );
    raw(path).execute_batch(&sql).expect("copies");
}

/// The epochs of keys, and 0 for one that cannot be read, as they came.
async fn loaded(scene: &Scene) -> Vec<u64> {
    let mut epochs = Vec::new();
    let mut visit = |row: Loaded<'_>| match row {
        Loaded::Key(row) => epochs.push(row.epoch),
        Loaded::Damaged { .. } => epochs.push(0),
        Loaded::Account(_) | Loaded::OperatorKey(_) => {}
    };
    scene.store.load(&mut visit).await.expect("a load");
    epochs
}

#[tokio::test]
async fn rows_come_once_and_in_the_order_of_their_making_however_many_read() {
    let (_folder, path) = place();
    family(&mut scene(&path), 1).await;
    spread(&path);
    let apart = (1..=MANY).map(|i| if i == 50 { 0 } else { i * APART });
    let expected: Vec<u64> = std::iter::once(2).chain(apart).collect();
    assert_eq!(loaded(&scene(&path)).await, expected);
}

#[tokio::test]
async fn readers_end_with_a_load_that_nobody_waits_for() {
    let (_folder, path) = place();
    let (_, keys) = family(&mut scene(&path), 1).await;
    spread(&path);
    let scene = scene(&path);
    for _ in 0..3 {
        let mut visit = |_: Loaded<'_>| {};
        let poll = pin!(scene.store.load(&mut visit)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
    }
    // The reader is free again when all those beside it are.
    let found = scene.store.find_key(here(), keys[0].id).await;
    assert!(found.expect("an answer").is_some());
    assert_eq!(loaded(&scene).await.len() as u64, MANY + 1);
}

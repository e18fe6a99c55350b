//! Rows of commands that were done once do not pile up.
//!
//! Must not wait for a day: instants come in with the commands.

use domain::account::AccountKind;
use domain::idempotence::{Idempotence, KEPT_MS};
use store_conformance::scene::{Scene, here, instant};

use crate::{place, raw, scene};

/// Makes an account under this idempotency key at this instant.
async fn made(scene: &mut Scene, key: u8, ms: i64) {
    let mut command = scene.account(&here(), AccountKind::Root);
    let at = instant(ms);
    command.account.created_at = at;
    command.once = Some(Idempotence { key: [key; 32], fingerprint: [key; 32], at });
    scene.store.create_account(command).await.expect("an account");
}

#[tokio::test]
async fn what_is_forgotten_goes_in_small_parts_with_each_command_that_is_kept() {
    let (_folder, path) = place();
    let mut scene = scene(&path);
    let rows = || -> i64 {
        let sql = "SELECT count(*) FROM idempotency";
        raw(&path).query_row(sql, [], |row| row.get(0)).expect("a count")
    };
    for key in 0..20 {
        made(&mut scene, key, i64::from(key)).await;
    }
    assert_eq!(rows(), 20);
    // Ten are a day old by now: eight go, then the other two, then none.
    for (key, left) in [(100, 13), (101, 12), (102, 13)] {
        made(&mut scene, key, KEPT_MS + 9).await;
        assert_eq!(rows(), left);
    }
}

//! What holds the ageing of keys up is shown, and lifted by whoever has looked.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::outcome::Failure;
use engine::sweep_keys::{SweepRejection, Swept};
use serde_json::{Value, json};
use store::model::ModelStore;
use store::port::Store;

use super::desk::{Desk, SANDBOX};
use super::switchable_store::SwitchableStore;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn path(what: &str) -> String {
    format!("{SANDBOX}/lifecycle{what}")
}

/// A sweep to its end; how many steps were taken, or what holds it up.
#[expect(clippy::panic, reason = "a test fails by panicking")]
async fn sweep(desk: &Desk) -> Result<u32, SweepRejection> {
    let (mut steps, mut next) = (0, None);
    loop {
        let mut chance = desk.world.chance();
        let context = desk.world.context(&mut chance);
        match desk.world.engine.sweep_keys(desk.world.sandbox(), next, context).await {
            Ok(Swept { steps: taken, next: after, .. }) => {
                steps += taken;
                next = after;
            }
            Err(Failure::Rejected(rejection)) => return Err(rejection),
            Err(Failure::Fault(fault)) => panic!("{fault}"),
        }
        if next.is_none() {
            return Ok(steps);
        }
    }
}

/// A desk where 151 keys are due to be disabled, all that there are.
async fn crowd() -> Desk {
    let desk = Desk::aging(Arc::new(ModelStore::default())).await;
    for _ in 0..15 {
        let account = desk.post(&format!("{SANDBOX}/accounts"), r#"{"name":"shop"}"#).await.ok(201);
        let account = account["id"].as_str().expect("an id");
        for _ in 0..10 {
            let keys = format!("{SANDBOX}/accounts/{account}/keys");
            desk.post(&keys, r#"{"name":"till"}"#).await.ok(201);
        }
    }
    desk.world.clock.advance_ms(32 * DAY_MS);
    desk
}

/// A desk whose clock was 32 days ahead when a key took a step, and is right again.
async fn behind(store: Arc<dyn Store>) -> Desk {
    let desk = Desk::aging(store).await;
    desk.world.clock.advance_ms(32 * DAY_MS);
    assert_eq!(sweep(&desk).await, Ok(1));
    desk.world.clock.advance_ms(-30 * DAY_MS);
    desk
}

#[tokio::test]
async fn too_many_keys_are_told_and_age_once_they_are_approved() {
    let desk = crowd().await;
    sweep(&desk).await.expect_err("too many");
    let held = desk.get(&path("")).await.ok(200);
    assert_eq!((&held["held_by"], &held["approval"]), (&json!("too_many_at_once"), &Value::Null));
    assert_eq!((&held["keys_due"], &held["keys"]), (&json!(151), &json!(151)));
    assert_eq!(held["held_since"], "2026-02-15T12:00:00.000Z");
    let approve =
        async |keys: u32| desk.post(&path("/approve"), &json!({ "keys": keys }).to_string()).await;
    let fewer = approve(150).await.problem(409, "more_keys_are_due");
    assert!(fewer["detail"].as_str().is_some_and(|text| text.contains("151")), "{fewer}");
    let approval = json!({"keys": 151, "until": "2026-02-15T13:00:00.000Z"});
    assert_eq!(approve(1_000).await.ok(200), approval);
    let admitted = desk.get(&path("")).await.ok(200);
    assert_eq!((&admitted["held_by"], &admitted["approval"]), (&Value::Null, &approval));
    assert_eq!(sweep(&desk).await, Ok(151));
    let after = desk.get(&path("")).await.ok(200);
    assert_eq!((&after["keys_due"], &after["approval"]), (&json!(0), &Value::Null));
    approve(1_000).await.problem(409, "nothing_held");
}

#[tokio::test]
async fn a_clock_that_was_ahead_is_told_and_keys_age_again_once_it_is_reset() {
    let desk = behind(Arc::new(ModelStore::default())).await;
    let held = desk.get(&path("")).await.ok(200);
    assert_eq!(held["held_by"], "clock_behind");
    assert_eq!(held["latest_step_at"], "2026-02-15T12:00:00.000Z");
    let reset = desk.post(&path("/reset_clock"), "{}").await.ok(200);
    assert_eq!(reset["keys_age_from"], "2026-01-16T12:00:00.000Z");
    assert_eq!(reset["clock"]["now"], "2026-01-16T12:00:00.000Z");
    let after = desk.get(&path("")).await.ok(200);
    assert_eq!((&after["held_by"], &after["held_since"]), (&Value::Null, &Value::Null));
    assert_eq!(after["latest_step_at"], "2026-01-16T12:00:00.000Z");
    desk.post(&path("/reset_clock"), "{}").await.problem(409, "nothing_held");
}

#[tokio::test]
async fn a_clock_that_was_reset_is_answered_although_the_store_fails_then() {
    let store = SwitchableStore::working();
    let desk = behind(Arc::clone(&store) as Arc<dyn Store>).await;
    store.breaks_after_marks.store(true, Ordering::Relaxed);
    desk.post(&path("/reset_clock"), "{}").await.ok(200);
}

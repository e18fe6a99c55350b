//! A clock that is moved lives through everything that is due on the way, with real receivers and a real
//! mail server: attempts at the instants of the table, letters, and what is deleted after 14 days.
//!
//! The command is the real one. Must not measure real time: what is under way is waited for.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "letters/server.rs"]
mod mail;
#[path = "rehearsal/stage.rs"]
mod stage;

use domain::delivery::{FAILURES_MAX, wait_ms};
use serde_json::{Value, json};
use stage::{HOOKS_OWN, Stage, at_ms};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How late an attempt may be in the time of the place: shorter than the first wait, and far longer than
/// anything takes here.
const LATE_MS: i64 = 25_000;

/// Whether attempts were made at the instants of the table.
fn climbs_the_ladder(attempts: &[i64]) -> bool {
    (1..).zip(attempts.windows(2)).all(|(failures, pair)| {
        let wait = wait_ms(failures);
        (wait..wait + LATE_MS).contains(&(pair[1] - pair[0]))
    })
}

fn failed_attempts(moved: &Value) -> u64 {
    moved["done"]["failed_attempts"].as_u64().expect("a count")
}

#[test]
fn a_receiver_that_is_down_for_13_days_gets_everything_in_order_when_it_is_back() {
    let stage = Stage::set();
    stage.receiver.answers(503);
    let events: Vec<String> = (0..3).map(|_| stage.key()).collect();
    let moved = stage.advance("P13D");
    assert_eq!((&moved["arrival"], &moved["waiting_for"]), (&json!("there"), &json!(null)));
    assert_eq!(moved["done"]["delivered"], 0);
    // The first may have been made before the clock set out.
    assert!(failed_attempts(&moved) + 1 >= u64::from(FAILURES_MAX), "{moved}");
    let attempts = stage.attempts(&events[0]);
    assert_eq!(attempts.len(), FAILURES_MAX as usize);
    assert!(climbs_the_ladder(&attempts), "{attempts:?}");
    let failed = stage.receiver.taken().len();

    stage.receiver.answers(200);
    stage.resume();
    let moved = stage.advance("PT1H");
    // What was delivered before the clock set out is none of what it lived through.
    assert_eq!(moved["arrival"], "there");
    assert_eq!(stage.receiver.taken()[failed..], events);
}

#[test]
fn of_a_receiver_that_is_down_for_a_month_each_try_each_letter_and_the_deletion_is_told_in_its_time()
 {
    let stage = Stage::set();
    stage.receiver.answers(503);
    let began = stage.now_ms();
    let events: Vec<String> = (0..2).map(|_| stage.key()).collect();
    let moved = stage.advance("P1M");
    assert_eq!(moved["arrival"], "there");
    let failed = failed_attempts(&moved);
    assert!(failed == u64::from(FAILURES_MAX) || failed + 1 == u64::from(FAILURES_MAX), "{moved}");
    let done = json!({
        "key_steps": 0, "delivered": 0, "failed_attempts": failed,
        "deleted_undelivered": 2, "letters_sent": 4, "letters_given_up": 0,
    });
    assert_eq!(moved["done"], done);
    assert!(stage.receiver.taken().iter().all(|event| *event == events[0]));
    let alerts = stage.alerts();
    let kinds: Vec<_> = alerts.iter().map(|alert| alert["kind"].clone()).collect();
    assert_eq!(kinds, ["failing", "failing", "interrupted", "events_deleted"]);
    assert_eq!(stage.log().matches("was interrupted after 15 failures in a row").count(), 1);
    let deleted_after = at_ms(&alerts[3]["at"]) - began;
    assert!((14 * DAY_MS..14 * DAY_MS + LATE_MS * 2).contains(&deleted_after), "{deleted_after}");
    let (mut days, mut last) = (Vec::new(), String::new());
    for _ in 0..4 {
        let mail = stage.inbox.next();
        assert_eq!(mail.to, HOOKS_OWN);
        let date = jiff::fmt::rfc2822::parse(&mail.date).expect("a date");
        days.push((date.timestamp().as_millisecond() - began) / DAY_MS);
        last = mail.text;
    }
    assert_eq!(days, [0, 0, 0, 14], "{last}");
    assert!(stage.inbox.rest().is_empty());
}

#[test]
fn a_receiver_that_hangs_is_waited_for_and_gets_its_next_try_when_that_is_due() {
    let stage = Stage::set();
    stage.receiver.hangs_once();
    let event = stage.key();
    let moved = stage.advance("P30D");
    assert_eq!((&moved["done"]["delivered"], &moved["arrival"]), (&json!(1), &json!("there")));
    assert_eq!(stage.receiver.taken(), [event.clone(), event]);
}

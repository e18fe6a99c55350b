//! Limits of a whole server, under threads that ask as fast as they can, through the gateway and by
//! verify: seen from outside, no interval holds one too many.
//!
//! A request lies somewhere between its sending and its answer, so only those are counted whose whole
//! time lies inside an interval. Must not wait for a time to pass: it asks until enough was granted.

#![allow(clippy::panic, reason = "tests fail by panicking")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use support::http::{Answer, get, json as send_json};
use support::{Quickstart, ports};

/// Threads of each kind.
const THREADS: usize = 4;
/// Two in any second: so many take three seconds.
const ENOUGH: usize = 8;

/// When a granted request was sent, and when its answer was there.
type Granted = (Instant, Instant);

/// A quickstart whose mail realm keeps the limits of its dialect.
fn limited() -> (tempfile::TempDir, Quickstart) {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [("CHAVEIRO__REALM__MAIL__LIMITS", "preset")];
    let data = folder.path().join("data");
    let server = Quickstart::start_with(&data, ports::free_base(), &variables);
    (folder, server)
}

/// Asks until everybody together was granted enough.
fn ask(all: &AtomicUsize, ask_once: impl Fn() -> bool) -> Vec<Granted> {
    let mut granted = Vec::new();
    while all.load(Ordering::SeqCst) < ENOUGH {
        let sent = now();
        if ask_once() {
            granted.push((sent, now()));
            all.fetch_add(1, Ordering::SeqCst);
        }
    }
    granted
}

#[expect(clippy::disallowed_methods, reason = "the test looks at the clock from outside")]
fn now() -> Instant {
    Instant::now()
}

/// The most that lie whole in one interval of this length.
fn most_within(granted: &[Granted], length: Duration) -> usize {
    let within = |from: Instant| {
        let inside = |(sent, received): &&Granted| *sent >= from && *received < from + length;
        granted.iter().filter(inside).count()
    };
    granted.iter().map(|(sent, _)| within(*sent)).max().unwrap_or(0)
}

#[test]
fn threads_that_ask_by_every_door_get_two_in_any_second_together() {
    let (_folder, server) = limited();
    let key = server.text("/realms/mail/production/project_key");
    let bearer = format!("Bearer {key}");
    let (gateway, verifiers) = (server.address(3), server.address(4));
    let verifier = server.text("/verifier/key");
    let question = json!({
        "realm": "mail", "environment": "production", "key": key,
        "method": "GET", "path": "/v1/contacts",
    });
    let through = || get(&gateway, "/v1/contacts", &[("authorization", &bearer)]).status == 200;
    let by_verify = || {
        let answer = send_json(&verifiers, "POST", "/api/v1/verify", &verifier, &question);
        answer.json()["verdict"] == "granted"
    };
    let all = AtomicUsize::new(0);
    let ways: [&(dyn Fn() -> bool + Sync); 2] = [&through, &by_verify];
    let all = &all;
    let granted: Vec<Granted> = std::thread::scope(|scope| {
        let each = ways.into_iter().flat_map(|way| std::iter::repeat_n(way, THREADS));
        let threads: Vec<_> = each.map(|way| scope.spawn(move || ask(all, way))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(granted.len() >= ENOUGH, "{granted:?}");
    let most = most_within(&granted, Duration::from_secs(1));
    assert!(most <= 2, "{most} in one second: {granted:?}");
}

#[test]
fn the_view_from_outside_finds_three_in_a_second() {
    let begin = now();
    let at = |ms| begin + Duration::from_millis(ms);
    let second = Duration::from_secs(1);
    assert_eq!(most_within(&[(at(0), at(1)), (at(998), at(999)), (at(990), at(999))], second), 3);
    assert_eq!(most_within(&[(at(0), at(1)), (at(5), at(6)), (at(999), at(1_000))], second), 2);
}

/// The value of a line.
fn line<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.header(name).unwrap_or_else(|| panic!("no {name}: {answer:?}"))
}

#[test]
fn a_client_is_told_where_its_limits_stand_and_when_to_come_again() {
    let (_folder, server) = limited();
    let bearer = format!("Bearer {}", server.text("/realms/mail/production/account_key"));
    let ask = || get(&server.address(3), "/v1/account/projects", &[("authorization", &bearer)]);
    let first = ask();
    assert_eq!(first.status, 200);
    assert_eq!(line(&first, "ratelimit-policy"), r#""second";q=2;w=1, "minute";q=50;w=60"#);
    assert_eq!(line(&first, "ratelimit"), r#""second";r=1;t=1"#);
    assert_eq!(
        (line(&first, "x-ratelimit-limit"), line(&first, "x-ratelimit-remaining")),
        ("2", "1")
    );
    // Whoever goes on asking meets a refusal, at the latest that of the minute.
    let refused = (0..60).map(|_| ask()).find(|answer| answer.status != 200).expect("a refusal");
    assert_eq!((refused.status, line(&refused, "x-ratelimit-remaining")), (429, "0"));
    let wait: u64 = line(&refused, "retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    let body = String::from_utf8_lossy(&refused.body);
    assert!(body.contains(&format!(r#""retryAfter":{wait}"#)), "{body}");
}

//! Every golden request, sent over TCP to a running server, gets the answer that its file says.
//!
//! The files and the world that they assume are described in `crates/dialects/goldens/README.md`.
//! Must not soften a file: what is compared, and how strictly, is the format's business.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "golden_walk/desk.rs"]
mod desk;
#[path = "golden_walk/echo.rs"]
mod echo;
#[path = "../../dialects/tests/wire/golden.rs"]
#[allow(dead_code, reason = "rows and renderings are for the tests beside the files")]
mod golden;
#[path = "golden_walk/places.rs"]
mod places;
#[path = "golden_walk/secrets.rs"]
mod secrets;
#[path = "golden_walk/server.rs"]
mod server;
#[path = "golden_walk/world.rs"]
mod world;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use desk::Desk;
use echo::Echo;
use golden::{Came, Golden, Question, Request, Value, fill, unescaped};
use places::PLACES;
use secrets::Secrets;
use server::Server;
use world::World;

/// Fewer goldens than this would mean that they were not found.
const AT_LEAST: usize = 178;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dialects/goldens")
}

/// The goldens of a dialect that stand for a request.
fn requests(dialect: &str) -> Vec<Golden> {
    let mut goldens = golden::read_all(&folder().join(dialect));
    goldens.retain(|golden| matches!(golden.question, Question::Request(_)));
    goldens
}

/// The bytes of a request, with the world's values in their places.
fn bytes(request: &Request, address: &str, world: &World) -> Vec<u8> {
    let value_of = |name: &str| world.value_of(name);
    let (method, target) = (&request.method, fill(&request.target, &value_of));
    let head = format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    let mut bytes = head.into_bytes();
    for (name, value) in &request.headers {
        bytes.extend_from_slice(format!("{name}: ").as_bytes());
        bytes.extend(unescaped(&fill(value, &value_of)));
        bytes.extend_from_slice(b"\r\n");
    }
    let body = fill(&request.body, &value_of);
    if !body.is_empty() || matches!(method.as_str(), "POST" | "PUT" | "PATCH") {
        bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

fn ask(golden: &Golden, address: &str, world: &World) -> Came {
    let Question::Request(request) = &golden.question else { panic!("a rendering has no request") };
    let answer = support::http::raw(address, &bytes(request, address, world));
    Came { status: answer.status, headers: answer.headers, body: answer.body }
}

/// What does not fit, in the words of the one comparison that all walks share.
fn mismatch(golden: &Golden, came: &Came) -> Option<String> {
    let cause = catch_unwind(|| golden.check(came)).err()?;
    let told = cause.downcast::<String>();
    Some(told.map_or_else(|_| golden.path.display().to_string(), |text| *text))
}

/// An answer as text, to be searched for keys.
fn shown(came: &Came) -> String {
    format!("{:?}\n{}", came.headers, String::from_utf8_lossy(&came.body))
}

#[test]
fn every_golden_request_gets_its_answer_from_a_running_server() {
    let echo = Echo::start();
    let server = Server::start(echo.port());
    let desk = Desk::new(&server);
    let worlds = World::seeded(&desk);
    let secrets = Secrets::of(&worlds, &server);

    let (mut walked, mut passed) = (0, 0);
    let mut wrong: Vec<String> = Vec::new();
    for (place, world) in PLACES.iter().zip(&worlds) {
        let address = server.gateway(place.environment());
        for golden in requests(place.dialect) {
            let came = ask(&golden, &address, world);
            wrong.extend(mismatch(&golden, &came));
            let leaked = secrets.found_in(&shown(&came));
            wrong.extend(leaked.map(|key| format!("{}: repeats {key}", golden.path.display())));
            passed += usize::from(echo::is_from_upstream(&came.headers));
            walked += 1;
        }
    }

    let told = echo.told();
    for request in &told {
        let leaked = secrets.found_in(request);
        wrong.extend(leaked.map(|key| format!("the upstream is told {key}: {request}")));
    }
    let log = server.stop();
    wrong.extend(secrets.found_in(&log).map(|key| format!("the log repeats {key}: {log}")));

    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(walked >= AT_LEAST, "only {walked} goldens");
    assert_eq!(told.len(), passed, "the upstream gets what was let in and nothing else");
}

/// The golden with an exact body, and an answer that fits it.
fn fitting() -> (Golden, Came) {
    let golden = golden::read_all(&folder().join("asaas")).remove(0);
    let header = |(name, value): &(String, Value)| match value {
        Value::Absent => None,
        Value::Any => Some((name.clone(), "anything".to_owned())),
        Value::Exactly(text) | Value::BeginsWith(text) => Some((name.clone(), text.clone())),
    };
    let headers = golden.answer.headers.iter().filter_map(header).collect();
    let Value::Exactly(body) = &golden.answer.body else { panic!("an exact body") };
    let came = Came { status: golden.answer.status, headers, body: body.clone().into_bytes() };
    (golden, came)
}

#[test]
fn an_altered_golden_is_reported() {
    let (mut golden, came) = fitting();
    assert_eq!(mismatch(&golden, &came), None);

    golden.answer.body = Value::Exactly("{}".to_owned());
    assert!(mismatch(&golden, &came).is_some_and(|told| told.contains("the body")));

    let (mut golden, came) = fitting();
    golden.answer.status += 1;
    assert!(mismatch(&golden, &came).is_some_and(|told| told.contains("the status")));

    for value in [Value::Absent, Value::Exactly("x".to_owned()), Value::BeginsWith("x".to_owned())]
    {
        let (mut golden, came) = fitting();
        let (name, expected) = golden.answer.headers.first_mut().expect("a header");
        let name = name.clone();
        *expected = value;
        assert!(mismatch(&golden, &came).is_some_and(|told| told.contains(&name)));
    }
}

#[test]
fn a_key_is_found_wherever_it_is_repeated() {
    let key = format!("AS_{}", "abcdefghij0123456789".repeat(3));
    let secrets = Secrets::new([("one".to_owned(), key.clone())]);
    for text in [key.clone(), format!("x={key}&"), key.replace('_', "%5F"), key[3..40].to_owned()] {
        assert_eq!(secrets.found_in(&text), Some("one"), "{text}");
    }
    // What an identity token tells is readable to whoever gets it.
    let payload = format!("{{\"key\":\"{key}\"}}");
    assert_eq!(secrets.found_in(&format!("a: e30.{}.x", secrets::encoded(&payload))), Some("one"));
    assert_eq!(secrets.found_in("AS_abcd…6789 and nothing else"), None);
}

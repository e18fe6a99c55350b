//! Whoever is too slow is cut off at the deadline of each part, and holds up nobody else.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::request::{End, Exchange, Request, connect};
use super::stage::{Door, GOOD, Stage};

/// Short enough for a test; what is not under test is as long as it is for everybody.
const SHORT: &str = "300";
/// Between two drops.
const DROP: Duration = Duration::from_millis(50);
/// Far more drops than the deadline leaves time for.
const DROPS_MAX: usize = 300;

const DOORS: [(Door, &str); 4] = [
    (Door::Control, "POST /api/v1/realms/payments/environments/sandbox/accounts"),
    (Door::Sandbox, "POST /v3/payments"),
    (Door::Mail, "POST /v1/mails/send"),
    (Door::Verify, "POST /api/v1/verify"),
];

fn stage(deadline: &str) -> Stage {
    Stage::with(&[(&format!("CHAVEIRO__LIMITS__{deadline}_DEADLINE_MS"), SHORT)])
}

/// A connection on which we wait at most as long as all drops would take.
fn impatient(stage: &Stage, door: Door) -> TcpStream {
    let stream = connect(&stage.address(door));
    let patience = DROP * u32::try_from(DROPS_MAX).expect("few");
    stream.set_read_timeout(Some(patience)).expect("a time-out");
    stream
}

/// Sends this drop after drop, and what came back until the server ended it.
fn drip(mut stream: TcpStream, drop: &[u8]) -> Exchange {
    stream.set_read_timeout(Some(DROP)).expect("a time-out");
    let mut text = Vec::new();
    let mut chunk = [0_u8; 4_096];
    for _ in 0..DROPS_MAX {
        let _ = stream.write_all(drop);
        let end = match stream.read(&mut chunk) {
            Ok(0) => End::Closed,
            Ok(count) => {
                text.extend_from_slice(&chunk[..count]);
                continue;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(_) => End::Reset,
        };
        return Exchange { text: String::from_utf8_lossy(&text).into_owned(), end };
    }
    Exchange { text: String::from_utf8_lossy(&text).into_owned(), end: End::Open }
}

/// It was cut: without a word, or with the word that it took too long.
fn is_cut(stage: &Stage, case: &str, door: Door, exchange: &Exchange) {
    let case = format!("{door:?} {case}");
    stage.note(&case, exchange.end != End::Open, exchange);
    stage.note(&case, [0, 408].contains(&exchange.status()), exchange);
    stage.serves(&case);
}

#[test]
fn who_says_nothing_is_cut_off() {
    let stage = stage("FIRST_BYTE");
    for (door, _) in DOORS {
        let mut stream = impatient(&stage, door);
        is_cut(&stage, "nothing", door, &Exchange::rest(&mut stream));
    }
}

#[test]
fn who_sends_half_a_head_or_drops_of_it_is_cut_off() {
    let stage = stage("HEADER");
    for (door, line) in DOORS {
        let head = Request::new(line).line(stage.credential(door)).so_far();
        let mut stream = impatient(&stage, door);
        stream.write_all(&head).expect("sent");
        is_cut(&stage, "half a head", door, &Exchange::rest(&mut stream));
        let mut stream = impatient(&stage, door);
        stream.write_all(&head).expect("sent");
        is_cut(&stage, "drops of a head", door, &drip(stream, b"x: y\r\n"));
        let mut stream = impatient(&stage, door);
        stream.write_all(b"G").expect("sent");
        is_cut(&stage, "drops of a line", door, &drip(stream, b"E"));
    }
    let mut stream = impatient(&stage, Door::Sandbox);
    stream.write_all(b"\r\n").expect("sent");
    is_cut(&stage, "empty lines", Door::Sandbox, &drip(stream, b"\r\n"));
}

#[test]
fn who_sends_half_a_body_or_drops_of_it_is_cut_off() {
    let stage = stage("BODY");
    for (door, line) in DOORS {
        let head = Request::new(line).line(stage.credential(door));
        let head = head.line("content-type: application/json");
        let length = [head.clone().line("content-length: 1000").end(), b"{\"name\":\"".to_vec()];
        let length = length.concat();
        let chunked = head.line("transfer-encoding: chunked").end();
        for (case, start, drop) in [
            ("drops of a length", &length, &b"a"[..]),
            ("drops of chunks", &chunked, b"1\r\na\r\n"),
            ("drops of an extension", &[&chunked[..], b"1;"].concat(), b"a"),
        ] {
            let mut stream = impatient(&stage, door);
            stream.write_all(start).expect("sent");
            is_cut(&stage, case, door, &drip(stream, drop));
        }
        for (case, start) in [("half a length", &length), ("no chunk", &chunked)] {
            let mut stream = impatient(&stage, door);
            stream.write_all(start).expect("sent");
            is_cut(&stage, case, door, &Exchange::rest(&mut stream));
        }
    }
}

#[test]
fn who_keeps_a_connection_for_nothing_is_cut_off() {
    let stage = stage("IDLE");
    let mut stream = impatient(&stage, Door::Sandbox);
    let request = Request::new(GOOD).line(stage.credential(Door::Sandbox)).end();
    stream.write_all(&request).expect("sent");
    let exchange = Exchange::rest(&mut stream);
    stage.note("idle", exchange.status() == 200 && exchange.answers() == 1, &exchange);
    stage.note("idle", exchange.end == End::Closed, &exchange);
    stage.serves("afterwards");
}

#[test]
fn a_crowd_of_slow_callers_holds_up_nobody() {
    let stage = Stage::open();
    let mut crowd = Vec::new();
    for round in 0..50 {
        for (door, line) in DOORS {
            let mut stream = connect(&stage.address(door));
            let head = Request::new(line).line(stage.credential(door));
            let start = match round % 3 {
                0 => Vec::new(),
                1 => head.so_far(),
                _ => head.line("content-length: 1000").end(),
            };
            stream.write_all(&start).expect("sent");
            crowd.push(stream);
        }
    }
    for (door, line, status) in [
        (Door::Control, "GET /api/v1/realms", 200),
        (Door::Sandbox, GOOD, 200),
        (Door::Mail, "GET /v1/contacts", 200),
        (Door::Verify, "GET /api/v1/verify", 405),
    ] {
        let request = Request::last(line).line(stage.credential(door)).end();
        stage.check("beside a crowd", door, &request, status);
    }
    assert_eq!(crowd.len(), 200);
}

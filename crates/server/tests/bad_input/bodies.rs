//! Bodies that are larger than they may be, or do not end, or are not what was announced.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::request::{End, Exchange, Request, connect};
use super::stage::{Door, OFFICE, Stage};

const MIB: usize = 1_048_576;
/// Far more than any door takes, before somebody says that it is too much.
const ENOUGH: usize = 64 * MIB;

/// What takes a body, with a limit of its own.
const CALLS: [(Door, &str); 5] = [
    (Door::Control, "POST /api/v1/realms/payments/environments/sandbox/accounts"),
    (Door::Verify, "POST /api/v1/verify"),
    (Door::Verify, "POST /api/v1/verify/batch"),
    (Door::Sandbox, "POST /v3/payments"),
    (Door::Mail, "POST /v1/mails/send"),
];

fn head(stage: &Stage, door: Door, line: &str) -> Request {
    Request::new(line).line(stage.credential(door)).line("content-type: application/json")
}

#[test]
fn a_body_over_its_limit_is_refused() {
    let stage = Stage::open();
    let cases = [
        (CALLS[0], 65_537),
        (CALLS[0], MIB + 1),
        (CALLS[1], 65_537),
        (CALLS[1], MIB + 1),
        (CALLS[2], MIB + 1),
        (CALLS[3], 10 * MIB + 1),
        (CALLS[4], 10 * MIB + 1),
    ];
    for ((door, line), bytes) in cases {
        let body = format!("{{\"name\":\"{}\"}}", "a".repeat(bytes - 11));
        let exchange = stage.check((line, bytes), door, &head(&stage, door, line).body(body), 413);
        stage.note((line, bytes), exchange.end == End::Closed, &exchange);
    }
    stage.note("upstream", stage.upstream.count("/v3/payments") < 1_000, "");
    let posted = stage.upstream.seen().iter().filter(|head| head.starts_with("POST")).count();
    stage.note("reached the upstream", posted == 0, posted);
}

#[test]
fn a_length_over_the_limit_is_refused_before_anything_of_the_body_came() {
    let stage = Stage::open();
    for (door, line) in CALLS {
        let announced =
            |length: &str| head(&stage, door, line).line(format!("content-length: {length}"));
        stage.check_closed(line, door, &announced("10737418240").end(), 413);
        let expecting = announced("10737418240").line("expect: 100-continue").end();
        let exchange = Exchange::with(&stage.address(door), &expecting);
        stage.note((line, "expecting"), [413, 417].contains(&exchange.status()), exchange);
        // The largest number there is may also be taken for none.
        let largest = announced("18446744073709551615").end();
        let exchange = Exchange::with(&stage.address(door), &largest);
        let refused = [400, 413, 431].contains(&exchange.status());
        stage.note((line, "the largest"), refused && exchange.end == End::Closed, exchange);
    }
    stage.serves("afterwards");
}

/// Sends this again and again until the server ends the connection; how much went out till then.
fn flood(stage: &Stage, door: Door, start: &[u8], again: &[u8]) -> (Exchange, usize) {
    let mut stream = connect(&stage.address(door));
    let mut writer = stream.try_clone().expect("a second handle");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut sent = 0;
            let mut next = writer.write_all(start);
            while next.is_ok() && !over.load(Ordering::Relaxed) {
                sent += again.len();
                next = writer.write_all(again);
            }
            sent
        });
        let exchange = Exchange::rest(&mut stream);
        over.store(true, Ordering::Relaxed);
        (exchange, sender.join().expect("the sender"))
    })
}

#[test]
fn a_body_without_an_end_is_cut() {
    let stage = Stage::open();
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(65_536));
    let small = format!("100\r\n{}\r\n", "a".repeat(256)).repeat(250);
    for (door, line) in CALLS {
        let start = head(&stage, door, line).line("transfer-encoding: chunked").end();
        for (case, again) in [("large chunks", &chunk), ("small chunks", &small)] {
            let (exchange, sent) = flood(&stage, door, &start, again.as_bytes());
            let so = exchange.status() == 413 || exchange.end == End::Reset;
            stage.note((line, case), so && exchange.end != End::Open, &exchange);
            stage.note((line, case), sent < 16 * ENOUGH, sent);
            stage.serves(case);
        }
    }
}

#[test]
fn extensions_and_trailers_without_an_end_are_cut() {
    // Some of them are cut by their length and some by the time that they take.
    let stage = Stage::with(&[("CHAVEIRO__LIMITS__BODY_DEADLINE_MS", "2000")]);
    for (door, line) in CALLS {
        let start = |rest: &str| {
            let head = head(&stage, door, line).line("transfer-encoding: chunked").end();
            [head, rest.as_bytes().to_vec()].concat()
        };
        for (case, start, again) in [
            ("one long extension", start("1;"), "a".repeat(65_536)),
            ("many extensions", start("1"), ";a=b".repeat(10_000)),
            ("many chunks with one", start(""), "1;aaaaaaaaaaaaaaaa\r\na\r\n".repeat(4_000)),
            ("a long size", start(""), "0".repeat(65_536)),
            ("many trailers", start("0\r\n"), "x: y\r\n".repeat(10_000)),
            ("one long trailer", start("0\r\nx: "), "y".repeat(65_536)),
        ] {
            let (exchange, sent) = flood(&stage, door, &start, again.as_bytes());
            let refused = [400, 408, 413, 431].contains(&exchange.status());
            let so = refused || exchange.end == End::Reset;
            stage.note((line, case), so && exchange.end != End::Open, &exchange);
            stage.note((line, case), sent < 16 * ENOUGH, sent);
            stage.serves(case);
        }
    }
}

#[test]
fn a_body_that_ends_too_early_does_nothing() {
    let stage = Stage::open();
    let account = stage.text("/realms/payments/sandbox/account_id");
    let list = format!("GET {OFFICE}/accounts/{account}/keys");
    let count = || stage.office(&list, &Value::Null).json()["items"].as_array().map(Vec::len);
    let before = count();
    let line = format!("POST {OFFICE}/accounts/{account}/keys");
    let body = json!({"name": "half"}).to_string();
    let announced = head(&stage, Door::Control, &line).line("content-length: 200").end();
    let chunked = head(&stage, Door::Control, &line).line("transfer-encoding: chunked").end();
    let chunk = format!("{:x}\r\n{body}\r\n", body.len()).into_bytes();
    for (case, head, body) in [
        ("shorter than announced", &announced, body.as_bytes()),
        ("no last chunk", &chunked, &chunk[..]),
        ("half a chunk", &chunked, b"50\r\n{\"name\":\"half\"}"),
        ("a size that is none", &chunked, b"zz\r\n{\"name\":\"half\"}\r\n0\r\n\r\n"),
    ] {
        let request = [&head[..], body].concat();
        let exchange = Exchange::cut_short(&stage.address(Door::Control), &request);
        stage.note(case, [0, 400].contains(&exchange.status()), &exchange);
        stage.note(case, exchange.end != End::Open, &exchange);
        stage.note(case, count() == before, "something was made");
        stage.serves(case);
    }
}

#[test]
fn a_get_that_brings_a_body_is_turned_away_as_the_contract_says() {
    let stage = Stage::open();
    let own = stage.credential(Door::Sandbox);
    let request = Request::last("GET /v3/customers").line(own).json("{}");
    let exchange = stage.check("a body", Door::Sandbox, &request, 403);
    stage.note("a body", exchange.body().is_empty(), &exchange);
    stage.note("upstream", stage.upstream.count("/v3/customers") == 0, "reached");
}

//! Requests whose end can be read in two ways: the one that is hidden behind it is never carried out.

use serde_json::Value;

use super::request::{End, Exchange, Request};
use super::stage::{Door, OFFICE, Stage};

/// What the hidden request asks for.
const PLANTED: &str = "/v3/planted";

/// The request that somebody hides in the body of another.
fn planted(stage: &Stage) -> String {
    let own = stage.credential(Door::Sandbox);
    format!("GET {PLANTED} HTTP/1.1\r\nhost: a\r\n{own}\r\n\r\n")
}

/// The outer request with these lines, and this behind its head.
fn outer(stage: &Stage, lines: &str, rest: &str) -> Vec<u8> {
    let own = stage.credential(Door::Sandbox);
    let head = Request::new("POST /v3/payments").line(own).line(lines).end();
    [head, rest.as_bytes().to_vec()].concat()
}

fn never_carried_out(stage: &Stage, case: &str) {
    let count = stage.upstream.count(PLANTED);
    stage.note(case, count == 0, "the hidden request reached the upstream");
    let mixed = stage.upstream.seen().into_iter().find(|head| head.contains("planted"));
    stage.note(case, mixed.is_none(), mixed);
}

#[test]
fn a_length_that_is_none_is_a_bad_request_and_ends_the_connection() {
    let stage = Stage::open();
    let hidden = format!("aaaaa{}", planted(&stage));
    for lines in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 6\r\ncontent-length: 5",
        "content-length: 5\r\nContent-Length: 0",
        "content-length: +5",
        "content-length: -5",
        "content-length: 5,5",
        "content-length: 5, 6",
        "content-length: 5 5",
        "content-length: 5;",
        "content-length: 0x5",
        "content-length: 5e0",
        "content-length: 5.0",
        "content-length: ",
        "content-length: five",
        "content-length: \u{661}",
        "content-length: 18446744073709551621",
    ] {
        stage.check_closed(lines, Door::Sandbox, &outer(&stage, lines, &hidden), 400);
        never_carried_out(&stage, lines);
    }
}

#[test]
fn an_encoding_that_is_none_is_a_bad_request_and_ends_the_connection() {
    let stage = Stage::open();
    let hidden = format!("0\r\n\r\n{}", planted(&stage));
    for lines in [
        "transfer-encoding: identity",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: \u{b}chunked",
        "transfer-encoding: chunked\u{b}",
        "transfer-encoding: xchunked",
        "transfer-encoding: \"chunked\"",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: chunked, chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "transfer-encoding: Chunked\r\ntransfer-encoding: Chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding: identity\r\ntransfer-encoding: chunked",
        "transfer-encoding: ",
    ] {
        stage.check_closed(lines, Door::Sandbox, &outer(&stage, lines, &hidden), 400);
        never_carried_out(&stage, lines);
    }
    let own = stage.credential(Door::Sandbox);
    let old = format!(
        "POST /v3/payments HTTP/1.0\r\n{own}\r\ntransfer-encoding: chunked\r\n\r\n{hidden}"
    );
    stage.check_closed("an older protocol", Door::Sandbox, old.as_bytes(), 400);
    never_carried_out(&stage, "an older protocol");
}

#[test]
fn a_request_hidden_behind_a_length_and_an_encoding_is_never_carried_out() {
    let stage = Stage::open();
    let hidden = planted(&stage);
    let behind_zero = format!("0\r\n\r\n{hidden}");
    let in_chunk = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    for (lines, rest) in [
        ("content-length: 4\r\ntransfer-encoding: chunked", &behind_zero),
        ("transfer-encoding: chunked\r\ncontent-length: 4", &behind_zero),
        ("content-length: 5\r\ntransfer-encoding: chunked", &behind_zero),
        ("content-length: 4\r\ntransfer-encoding: chunked", &in_chunk),
        ("content-length: 0\r\ntransfer-encoding: chunked", &in_chunk),
        ("transfer-encoding: chunked\r\ncontent-length: 0", &in_chunk),
        ("content-length: 4\r\ntransfer-encoding: identity", &behind_zero),
        ("content-length: 4\r\ntransfer-encoding: xchunked", &behind_zero),
        ("content-length: 5\r\ntransfer_encoding: chunked", &behind_zero),
    ] {
        let request = outer(&stage, lines, rest);
        let exchange = Exchange::cut_short(&stage.address(Door::Sandbox), &request);
        let good = exchange.text.matches("HTTP/1.1 200").count();
        let none = usize::from(lines.contains("transfer_encoding"));
        stage.note(lines, good <= none && exchange.end != End::Open, &exchange);
        // With a name that is not ours the length counts alone, and what follows is a next request.
        if !lines.contains("transfer_encoding") {
            never_carried_out(&stage, lines);
        }
        stage.serves(lines);
    }
}

#[test]
fn a_chunk_that_is_none_hides_nothing() {
    let stage = Stage::open();
    let hidden = planted(&stage);
    for size in
        ["+0", "-0", "0x0", "ffffffffffffffff0", "10000000000000000", "g", "", "\u{b}0", "0\u{b}"]
    {
        let rest = format!("{size}\r\n\r\n{hidden}");
        let request = outer(&stage, "transfer-encoding: chunked", &rest);
        let exchange = Exchange::cut_short(&stage.address(Door::Sandbox), &request);
        stage.note(size, exchange.status() != 200, &exchange);
        stage.note(size, exchange.answers() <= 1 && exchange.end != End::Open, &exchange);
        never_carried_out(&stage, size);
        stage.serves(size);
    }
    // A chunk that is longer than its size.
    for rest in [format!("1\r\naa\r\n0\r\n\r\n{hidden}"), format!("1\r\na0\r\n\r\n{hidden}")] {
        let request = outer(&stage, "transfer-encoding: chunked", &rest);
        let exchange = Exchange::cut_short(&stage.address(Door::Sandbox), &request);
        stage.note("too long", exchange.status() != 200, &exchange);
        never_carried_out(&stage, "too long");
    }
    stage.serves("afterwards");
}

#[test]
fn a_command_hidden_from_the_native_api_is_never_carried_out() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&serde_json::json!({}));
    let own = stage.credential(Door::Control);
    let hidden = format!("DELETE {OFFICE}/keys/{id} HTTP/1.1\r\nhost: a\r\n{own}\r\n\r\n");
    for lines in [
        "content-length: 4\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "content-length: 5\r\ncontent-length: 6",
        "content-length: +5",
        "content-length: 5,5",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: \u{b}chunked",
    ] {
        let request = Request::new("GET /api/v1/realms").line(&own).line(lines).end();
        let request = [request, format!("0\r\n\r\n{hidden}").into_bytes()].concat();
        let exchange = Exchange::cut_short(&stage.address(Door::Control), &request);
        stage.note(lines, exchange.end != End::Open, &exchange);
        let shown = stage.shown(&id);
        stage.note(lines, shown["state"] == "enabled", (&shown, &exchange));
        stage.serves(lines);
    }
    let gone = stage.office(&format!("DELETE {OFFICE}/keys/{id}"), &Value::Null);
    stage.note("in the open", (200..300).contains(&gone.status()), gone);
}

#[test]
fn a_body_that_nobody_reads_is_no_next_request() {
    let stage = Stage::open();
    let hidden = planted(&stage);
    let length = format!("content-length: {}", hidden.len());
    // Each is answered without a look at its body.
    for (case, line, own) in [
        ("a GET with a body", "GET /v3/payments", stage.credential(Door::Sandbox)),
        ("no key", "POST /v3/payments", "x: y".to_owned()),
        ("a path with two readings", "POST /v3/../x", stage.credential(Door::Sandbox)),
        ("no such method", "TRACE /v3/payments", stage.credential(Door::Sandbox)),
    ] {
        let request = Request::new(line).line(own).line(&length).bytes("\r\n").bytes(&hidden);
        let request = request.bytes(Request::last("GET /v3/end").end()).so_far();
        let exchange = Exchange::with(&stage.address(Door::Sandbox), &request);
        stage.note(case, exchange.end != End::Open, &exchange);
        never_carried_out(&stage, case);
        stage.serves(case);
    }
}

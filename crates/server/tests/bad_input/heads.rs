//! Heads that are no requests, or are larger than a head may be.

use super::request::{Exchange, Request};
use super::stage::{Door, GOOD, Stage};

const DOORS: [(Door, &str); 5] = [
    (Door::Control, "GET /api/v1/realms"),
    (Door::Sandbox, GOOD),
    (Door::Production, GOOD),
    (Door::Mail, "GET /v1/contacts"),
    (Door::Verify, "POST /api/v1/verify"),
];
/// Most header lines, and most bytes of a head.
const LINES_MAX: usize = 100;
const BYTES_MAX: usize = 16_384;

/// What a door answers to a good key: the verify call misses its body.
const fn good(door: Door) -> u16 {
    match door {
        Door::Verify => 415,
        Door::Control | Door::Sandbox | Door::Production | Door::Mail => 200,
    }
}

#[test]
fn bytes_that_no_value_may_hold_are_a_bad_request_and_end_the_connection() {
    let stage = Stage::open();
    for (door, line) in DOORS {
        let own = stage.credential(door);
        for byte in [0x00, 0x01, 0x08, 0x1B, 0x7F, b'\r'] {
            let case = format!("byte {byte:#04x}");
            let other = Request::new(line).line(&own).bytes("x: a").bytes([byte]).line("b").end();
            stage.check_closed(&case, door, &other, 400);
            let within = Request::new(line).bytes(&own).bytes([byte]).line("").end();
            stage.check_closed(("in the key", &case), door, &within, 400);
        }
        let folded = Request::new(line).line(&own).line("x: a").line(" b").end();
        stage.check_closed("a folded line", door, &folded, 400);
        let folded = Request::new(line).line(&own).line("x: a").line("\tb").end();
        stage.check_closed("a line folded by a tab", door, &folded, 400);
        let (name, value) = own.split_once(' ').expect("a name");
        let folded = Request::new(line).line(name).line(format!(" {value}")).end();
        stage.check_closed("a folded key", door, &folded, 400);
        let folded = Request::new(line).line(" x: a").line(&own).end();
        stage.check_closed("a first line that is folded", door, &folded, 400);
    }
}

#[test]
fn lines_that_are_none_are_a_bad_request_and_end_the_connection() {
    let stage = Stage::open();
    let own = stage.credential(Door::Sandbox);
    let key = stage.key();
    let spaced = format!("access_token : {key}");
    for line in ["x : a", "x", ": a", "x y: a", "x\u{e9}: a", "x\0y: a", "(x): a", &spaced] {
        let request = Request::new(GOOD).line(&own).line(line).end();
        stage.check_closed(line, Door::Sandbox, &request, 400);
    }
    let rest = format!("\r\nhost: a\r\n{own}\r\n\r\n");
    for first in [
        "GET  /v3/payments HTTP/1.1",
        "GET /v3/payments  HTTP/1.1",
        "GET /v3/payments HTTP/1.1 ",
        "GET /v3/payments HTTP/9.9",
        "GET /v3/payments http/1.1",
        "GET /v3/payments",
        "GET\t/v3/payments\tHTTP/1.1",
        "GET /v3/pay ments HTTP/1.1",
        "GET /v3/pay\u{1}ments HTTP/1.1",
        "G(T /v3/payments HTTP/1.1",
        " GET /v3/payments HTTP/1.1",
        "HTTP/1.1 200 OK",
        "\u{16}\u{3}\u{1}",
    ] {
        stage.check_closed(first, Door::Sandbox, format!("{first}{rest}").as_bytes(), 400);
    }
    for hosts in ["", "host: a\r\nhost: a\r\n", "host: a\r\nhost: b\r\n"] {
        let request = format!("GET /v3/payments HTTP/1.1\r\n{hosts}{own}\r\n\r\n");
        stage.check_closed(hosts, Door::Sandbox, request.as_bytes(), 400);
    }
}

#[test]
fn a_hundred_lines_are_served_and_one_more_is_too_many() {
    let stage = Stage::open();
    for (door, line) in DOORS {
        // The host, the connection and the credential are lines too.
        let request = |lines: usize| {
            let own = stage.credential(door);
            let more = "x: y\r\n".repeat(lines - 3);
            Request::last(line).line(own).bytes(more).end()
        };
        stage.check("100 lines", door, &request(LINES_MAX), good(door));
        stage.check("101 lines", door, &request(LINES_MAX + 1), 431);
        stage.check("1,000 lines", door, &request(1_000), 431);
    }
}

#[test]
fn a_head_of_sixteen_kib_is_served_and_a_larger_one_is_too_large() {
    let stage = Stage::open();
    for (door, line) in DOORS {
        let request = |bytes: usize| {
            let head = Request::last(line).line(stage.credential(door));
            let rest = head.clone().line("x: ").end().len();
            head.line(format!("x: {}", "y".repeat(bytes - rest))).end()
        };
        stage.check("16 KiB", door, &request(BYTES_MAX), good(door));
        stage.check("16 KiB and 1", door, &request(BYTES_MAX + 1), 431);
        stage.check("1 MiB", door, &request(1_048_576), 431);
        let endless = Request::new(line).bytes("x: ").bytes("y".repeat(1_048_576)).end();
        let endless = &endless[..endless.len() - 4];
        stage.check_closed("a line without an end", door, endless, 431);
        let name = Request::new(line).bytes("y".repeat(1_048_576)).end();
        let name = Exchange::with(&stage.address(door), &name);
        // A name without an end may also be no line at all.
        stage.note((door, "a name without an end"), [400, 431].contains(&name.status()), &name);
        let target = format!("GET /{}", "y".repeat(1_048_576));
        let target = Exchange::with(&stage.address(door), &Request::last(&target).end());
        let too_long = [414, 431].contains(&target.status());
        stage.note((door, "a target without an end"), too_long, target);
        stage.serves("afterwards");
    }
}

#[test]
fn a_long_target_is_served_to_its_limit_and_then_refused() {
    let stage = Stage::open();
    let request = |bytes: usize| {
        let target = format!("/v3/payments?q={}", "y".repeat(bytes - 15));
        Request::last(&format!("GET {target}")).line(stage.credential(Door::Sandbox)).end()
    };
    stage.check("2,048", Door::Sandbox, &request(2_048), 200);
    let longer = Exchange::with(&stage.address(Door::Sandbox), &request(9_000));
    stage.note("9,000", [200, 414].contains(&longer.status()), longer);
    stage.check("17,000", Door::Sandbox, &request(17_000), 431);
}

#[test]
fn a_key_of_eight_kib_is_no_key_and_nothing_worse() {
    let stage = Stage::open();
    for (door, line) in DOORS {
        let own = stage.credential(door);
        let long = format!("{own}{}", "a".repeat(8_192));
        let exchange = stage.check("8 KiB", door, &Request::last(line).line(long).end(), 401);
        stage.note(door, exchange.header("www-authenticate").is_some(), exchange);
    }
}

#[test]
fn a_connection_goes_on_after_a_refusal_of_its_key() {
    let stage = Stage::open();
    let refused = Request::new(GOOD).line("access_token: nonsense").end();
    let good = Request::new(GOOD).line(stage.credential(Door::Sandbox)).end();
    let last = Request::last(GOOD).line(stage.credential(Door::Sandbox)).end();
    let exchange = Exchange::with(&stage.address(Door::Sandbox), &[refused, good, last].concat());
    let statuses: Vec<&str> = exchange.text.split("HTTP/1.1 ").skip(1).map(|a| &a[..3]).collect();
    stage.note("in a row", statuses == ["401", "200", "200"], &exchange);
    stage.serves("afterwards");
}

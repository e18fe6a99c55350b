//! Heads that are no requests, or are too large, or could be read in two ways.

use crate::raw::{Raw, status};
use crate::stage::Stage;

const OK: &str = "GET / HTTP/1.1\r\nhost: a\r\n";

/// Checks what is answered to these bytes until the connection is closed, which it must be.
async fn check(stage: &Stage, bytes: &str, expected: u16) {
    let mut raw = Raw::to(stage.verify).await;
    raw.send(bytes).await;
    let answer = raw.rest().await;
    assert_eq!(status(&answer), expected, "{:.200}: {answer:.200}", bytes.escape_debug());
    let answers = answer.matches("HTTP/1.").count();
    assert!(answers <= 1, "one answer at most: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_none_are_a_bad_request_and_the_connection_is_closed() {
    let stage = Stage::new().await;
    for line in [
        "x: a\0b",
        "x: a\u{1}b",
        "x: a\u{7f}b",
        "x: a\rb",
        "x: a\r\n b",
        "x : a",
        "x",
        ": a",
        "x\u{e9}: a",
        "x y: a",
    ] {
        check(&stage, &format!("{OK}{line}\r\n\r\n"), 400).await;
    }
    for bytes in [
        "GET / HTTP/1.1\r\n host: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /\u{1} HTTP/1.1\r\nhost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nhost: a\r\n\r\n",
        "GET /\r\n\r\n",
        "\u{16}\u{3}\u{1}\r\n\r\n",
    ] {
        check(&stage, bytes, 400).await;
    }
    // Somebody who speaks HTTP/2 would not read an answer of HTTP/1.1.
    check(&stage, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_whose_end_is_in_doubt_are_a_bad_request() {
    let stage = Stage::new().await;
    for lines in [
        "content-length: 1\r\ncontent-length: 2",
        "content-length: +5",
        "content-length: 5,5",
        "content-length: -1",
        "content-length: 0x5",
        "content-length: 99999999999999999999",
        "transfer-encoding: identity",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: \u{b}chunked",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: chunked, chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "transfer-encoding: xchunked",
    ] {
        check(&stage, &format!("{OK}{lines}\r\n\r\n0\r\n\r\nabcde"), 400).await;
    }
    let old = "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    check(&stage, old, 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_beside_an_encoding_is_a_bad_request_and_hides_nothing() {
    let stage = Stage::new().await;
    let planted = "0\r\n\r\nGET /planted HTTP/1.1\r\nhost: a\r\n\r\n";
    for lines in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
    ] {
        check(&stage, &format!("{OK}{lines}\r\n{planted}"), 400).await;
    }
    // Also behind requests that are good, in the same bytes.
    let mut raw = Raw::to(stage.verify).await;
    let good = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}";
    let bad = "content-length: 4\r\ntransfer-encoding: chunked\r\n";
    raw.send(format!("{good}{OK}\r\n{OK}{bad}\r\n{planted}")).await;
    let answers = raw.rest().await;
    let statuses: Vec<u16> = answers.split("HTTP/1.1 ").skip(1).map(first_word).collect();
    assert_eq!(statuses, [404, 404, 400]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_others_would_end_elsewhere_is_a_bad_request() {
    let stage = Stage::new().await;
    for bytes in [
        "GET / HTTP/1.1\nhost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\nx: y\n\n",
        "GET / HTTP/1.1\r\nhost: a\r\n\n",
        "GET / HTTP/1.1\r\nhost: a\r\nx: a\rGET /planted HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx",
    ] {
        check(&stage, bytes, 400).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_contradicts_its_host_line_is_a_bad_request() {
    let stage = Stage::new().await;
    let check = |target, host, expected| {
        let bytes = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let stage = &stage;
        async move { check(stage, &bytes, expected).await }
    };
    check("http://a/other", "a", 404).await;
    check("http://a/other", "b", 400).await;
    check("http://a:81/other", "a", 400).await;
    check("http://x@a/other", "a", 400).await;
    check("/other", "a/b", 400).await;
    check("/other", "x@a", 400).await;
    check("/other", "a, b", 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_exactly_one_host() {
    let stage = Stage::new().await;
    check(&stage, "GET / HTTP/1.1\r\n\r\n", 400).await;
    check(&stage, &format!("{OK}host: a\r\n\r\n"), 400).await;
    check(&stage, "GET / HTTP/1.0\r\n\r\n", 404).await;
    check(&stage, "GET / HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n", 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_is_told_so() {
    let stage = Stage::new().await;
    let lines = |count| format!("{OK}{}connection: close\r\n\r\n", "x: y\r\n".repeat(count));
    check(&stage, &lines(98), 404).await;
    check(&stage, &lines(99), 431).await;
    let filled = |bytes: usize| {
        let rest = format!("{OK}connection: close\r\nx: \r\n\r\n").len();
        format!("{OK}connection: close\r\nx: {}\r\n\r\n", "y".repeat(bytes - rest))
    };
    check(&stage, &filled(16_384), 404).await;
    check(&stage, &filled(16_385), 431).await;
    check(&stage, &format!("{OK}x: {}", "y".repeat(200_000)), 431).await;
    check(&stage, &format!("GET /{}", "y".repeat(200_000)), 431).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_reaches_somebody_who_is_still_sending() {
    let stage = Stage::new().await;
    let mut raw = Raw::to(stage.gateway).await;
    raw.send(stage.request("POST /v3/payments", "content-length: 10737418240\r\n")).await;
    // Sent after the answer was given: closing at once would turn these into a reset.
    while raw.push(vec![b'x'; 65_536]).await {
        let polled = raw.poll_message().await;
        if let Some(answer) = polled {
            assert_eq!(status(&answer), 413, "{answer}");
            return;
        }
    }
    panic!("reset before the answer was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_together_are_answered_in_order() {
    let stage = Stage::new().await;
    let mut raw = Raw::to(stage.verify).await;
    let one = "GET /api/v1/verify HTTP/1.1\r\nhost: a\r\n\r\n";
    let other = "GET /other HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    raw.send(format!("\r\n{one}{one}{other}")).await;
    let answers = raw.rest().await;
    let statuses: Vec<u16> = answers.split("HTTP/1.1 ").skip(1).map(first_word).collect();
    assert_eq!(statuses, [405, 405, 404]);
}

fn first_word(text: &str) -> u16 {
    text.split(' ').next().and_then(|word| word.parse().ok()).expect("a status")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_an_id_of_its_own() {
    let stage = Stage::new().await;
    let mut ids = std::collections::HashSet::new();
    for _ in 0..2 {
        let mut raw = Raw::to(stage.verify).await;
        for _ in 0..300 {
            raw.send(format!("{OK}\r\n")).await;
            let answer = raw.message().await;
            let id = answer.split("chaveiro-request-id: ").nth(1).expect("an id");
            assert!(ids.insert(id[..36].to_owned()));
        }
    }
}

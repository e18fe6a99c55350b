//! Heads that are no requests, or are too large, or could be read in two ways.

use crate::raw::{Raw, status};
use crate::stage::{LIMITS, Stage};

/// What is answered to these bytes, until the connection is closed.
async fn answered(stage: &Stage, bytes: &[u8]) -> String {
    let mut raw = Raw::to(stage.verify).await;
    raw.send(bytes).await;
    raw.rest().await
}

#[tokio::test(flavor = "multi_thread")]
async fn probe() {
    let stage = Stage::new().await;
    let ok = "GET / HTTP/1.1\r\nhost: a\r\n";
    for (name, bytes) in [
        ("nul", format!("{ok}x: a\0b\r\n\r\n")),
        ("0x01", format!("{ok}x: a\u{1}b\r\n\r\n")),
        ("0x7f", format!("{ok}x: a\u{7f}b\r\n\r\n")),
        ("bare cr", format!("{ok}x: a\rb\r\n\r\n")),
        ("obs-fold", format!("{ok}x: a\r\n b\r\n\r\n")),
        ("obs-fold first", "GET / HTTP/1.1\r\n host: a\r\n\r\n".to_owned()),
        ("bare lf", "GET / HTTP/1.1\nhost: a\nconnection: close\n\n".to_owned()),
        ("bare lf value", format!("{ok}x: a\nconnection: close\r\n\r\n")),
        ("space before colon", format!("{ok}x : a\r\n\r\n")),
        ("no colon", format!("{ok}x\r\n\r\n")),
        ("empty name", format!("{ok}: a\r\n\r\n")),
        ("cl differ", format!("{ok}content-length: 1\r\ncontent-length: 2\r\n\r\nab")),
        (
            "cl same",
            format!("{ok}content-length: 1\r\ncontent-length: 1\r\nconnection: close\r\n\r\na"),
        ),
        ("cl +5", format!("{ok}content-length: +5\r\n\r\nabcde")),
        ("cl 5,5", format!("{ok}content-length: 5,5\r\n\r\nabcde")),
        ("cl huge", format!("{ok}content-length: 99999999999999999999\r\n\r\n")),
        (
            "cl te",
            format!(
                "{ok}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nhost: a\r\n\r\n"
            ),
        ),
        (
            "te cl",
            format!(
                "{ok}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nhost: a\r\n\r\n"
            ),
        ),
        (
            "te chunked,identity",
            format!("{ok}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ),
        ("te identity", format!("{ok}transfer-encoding: identity\r\n\r\n")),
        ("te \\x0b", format!("{ok}transfer-encoding: \u{b}chunked\r\n\r\n0\r\n\r\n")),
        ("te gzip, chunked", format!("{ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n")),
        (
            "te chunked twice",
            format!(
                "{ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
        ),
        (
            "te http/1.0",
            "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        ),
        ("no host", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        ("two hosts", format!("{ok}host: b\r\n\r\n")),
        ("http/1.0", "GET / HTTP/1.0\r\n\r\n".to_owned()),
        ("http/0.9", "GET /\r\n\r\n".to_owned()),
        ("http/2.0", "GET / HTTP/2.0\r\nhost: a\r\n\r\n".to_owned()),
        ("h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("two spaces", "GET  / HTTP/1.1\r\nhost: a\r\n\r\n".to_owned()),
        ("bad method", "G(T / HTTP/1.1\r\nhost: a\r\n\r\n".to_owned()),
        ("control in path", "GET /\u{1} HTTP/1.1\r\nhost: a\r\n\r\n".to_owned()),
        ("big head", format!("{ok}x: {}\r\n\r\n", "a".repeat(16_384))),
        ("endless head", format!("{ok}x: {}", "a".repeat(20_000))),
        ("long uri", format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(70_000))),
        ("101 lines", format!("{ok}{}connection: close\r\n\r\n", "x: y\r\n".repeat(99))),
        ("100 lines", format!("{ok}{}connection: close\r\n\r\n", "x: y\r\n".repeat(98))),
        (
            "leading crlf",
            "\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".to_owned(),
        ),
        ("garbage", "\u{16}\u{3}\u{1}\r\n\r\n".to_owned()),
    ] {
        let mut raw = Raw::to(stage.verify).await;
        raw.push(&bytes).await;
        let text = tokio::time::timeout(std::time::Duration::from_secs(4), raw.rest()).await;
        match text {
            Ok(text) => println!("{name:22} -> {:?}", text.split("\r\n\r\n").next()),
            Err(_) => println!("{name:22} -> OPEN {:?}", raw),
        }
    }
}

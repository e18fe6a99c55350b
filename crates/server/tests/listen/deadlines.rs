//! Whoever is too slow is cut off, each phase by its own deadline.

use std::time::Duration;

use tokio::time::Instant;

use crate::listen::{ConnectionLimits, Security};
use crate::raw::{Raw, status};
use crate::stage::{LIMITS, Stage};

const SHORT: Duration = Duration::from_millis(80);
const MINUTE: Duration = Duration::from_secs(60);
const OK: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

async fn stage(limits: ConnectionLimits) -> Stage {
    Stage::with(limits, Security::PlainAllowed, MINUTE).await
}

/// Waits for the end, which must come without another word, and not before the deadline.
async fn is_cut_off(raw: &mut Raw, since: Instant) {
    assert_eq!(raw.rest().await, "");
    assert!(since.elapsed() >= SHORT, "not before its deadline");
    assert!(since.elapsed() < MINUTE / 2, "by its own deadline");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_is_closed() {
    let stage = stage(ConnectionLimits { first_byte_deadline: SHORT, ..LIMITS }).await;
    let since = Instant::now();
    let mut raw = Raw::to(stage.verify).await;
    is_cut_off(&mut raw, since).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_comes_in_drops_is_closed() {
    let stage = stage(ConnectionLimits { header_deadline: SHORT, ..LIMITS }).await;
    let mut raw = Raw::to(stage.verify).await;
    let since = Instant::now();
    raw.send("G").await;
    // Each further byte comes in time; all of them together do not.
    while since.elapsed() < MINUTE / 2 && raw.push("E").await {
        if raw.closes_within(SHORT / 8).await {
            break;
        }
    }
    assert!(since.elapsed() >= SHORT && since.elapsed() < MINUTE / 2);
}

/// The proof that the test above can fail: hyper as it comes waits for as long as drops come.
#[tokio::test(flavor = "multi_thread")]
async fn a_stock_accept_loop_waits_for_a_head_that_comes_in_drops() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let answer = |_| async {
            Ok::<_, std::convert::Infallible>(http::Response::new(axum::body::Body::empty()))
        };
        let service = hyper::service::service_fn(answer);
        let io = hyper_util::rt::TokioIo::new(stream);
        drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).await);
    });
    let mut raw = Raw::to(address).await;
    raw.send("G").await;
    for _ in 0..40 {
        assert!(raw.push("E").await, "it would be cut off after eight of these");
        assert!(!raw.closes_within(SHORT / 8).await, "it waits for the next");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_later_request_has_the_same_deadline() {
    let stage = stage(ConnectionLimits { header_deadline: SHORT, ..LIMITS }).await;
    let mut raw = Raw::to(stage.verify).await;
    raw.send(OK).await;
    assert_eq!(status(&raw.message().await), 404);
    let since = Instant::now();
    raw.send("GET /").await;
    is_cut_off(&mut raw, since).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_between_requests_is_closed_after_its_own_deadline() {
    let stage = stage(ConnectionLimits { idle_deadline: SHORT, ..LIMITS }).await;
    let mut raw = Raw::to(stage.verify).await;
    let mut since = Instant::now();
    for _ in 0..3 {
        since = Instant::now();
        raw.send(OK).await;
        assert_eq!(status(&raw.message().await), 404);
    }
    is_cut_off(&mut raw, since).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_not_hurried() {
    let limits = ConnectionLimits {
        first_byte_deadline: SHORT,
        header_deadline: SHORT,
        idle_deadline: SHORT,
        ..LIMITS
    };
    let stage = stage(limits).await;
    let mut raw = Raw::to(stage.gateway).await;
    raw.send(stage.request("GET /v3/payments", "")).await;
    let (accepted, _) = stage.upstream.accept().await.expect("a connection");
    let mut upstream = Raw::over(accepted);
    upstream.message().await;
    assert!(!upstream.closes_within(2 * SHORT).await, "its answer is waited for");
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await;
    assert!(!upstream.closes_within(2 * SHORT).await, "its answer is waited for");
    upstream.send("ok").await;
    assert_eq!(status(&raw.message().await), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_port_waits_for_the_first_byte_no_longer() {
    let limits = ConnectionLimits { first_byte_deadline: SHORT, ..LIMITS };
    let tls = crate::secured::certificate();
    let security = Security::Tls(tls.live.server_config());
    let stage = Stage::with(limits, security, MINUTE).await;
    let since = Instant::now();
    let mut raw = Raw::to(stage.verify).await;
    is_cut_off(&mut raw, since).await;
}

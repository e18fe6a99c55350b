//! The end: what is under way is finished, what is idle is closed, and the grace has an end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::listen::{Security, stop_signal};
use crate::raw::{Raw, status};
use crate::stage::{LIMITS, Stage, control};

const MINUTE: Duration = Duration::from_secs(60);
const OK: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished_and_idle_connections_are_closed() {
    let stage = Stage::new().await;
    let mut fresh = Raw::to(stage.gateway).await;
    let mut idle = Raw::to(stage.gateway).await;
    idle.send(OK).await;
    assert_eq!(status(&idle.message().await), 401);
    let mut busy = Raw::to(stage.gateway).await;
    busy.send(stage.request("GET /v3/payments", "")).await;
    let (accepted, _) = stage.upstream.accept().await.expect("a connection");
    let mut upstream = Raw::over(accepted);
    upstream.message().await;

    stage.stop.stop();
    assert_eq!(idle.rest().await, "");
    assert_eq!(fresh.rest().await, "");
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let answer = busy.rest().await;
    assert!(answer.contains("connection: close\r\n") && answer.ends_with("ok"), "{answer}");
    stage.plane.join().expect("all threads end well");
    assert!(TcpStream::connect(stage.gateway).await.is_err(), "nobody listens");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grace_has_an_end() {
    let grace = Duration::from_millis(50);
    let stage = Stage::with(LIMITS, Security::PlainAllowed, grace).await;
    let mut busy = Raw::to(stage.gateway).await;
    busy.send(stage.request("GET /v3/payments", "")).await;
    let (_silent, _) = stage.upstream.accept().await.expect("a connection");
    stage.stop.stop();
    stage.plane.join().expect("all threads end well");
    assert_eq!(busy.rest().await, "", "cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_control_plane_ends_in_the_same_way() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go_on));
    let page = move || {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        async move {
            tell.notify_one();
            wait.notified().await;
            "page"
        }
    };
    let router = Router::new().route("/", get(page));
    for goes_on in [true, false] {
        let grace = if goes_on { MINUTE } else { Duration::from_millis(50) };
        let (stop, signal) = stop_signal();
        let security = Security::PlainAllowed;
        let (address, served) = control(router.clone(), LIMITS, security, signal, grace);
        let mut busy = Raw::to(address).await;
        busy.send(OK).await;
        begun.notified().await;
        stop.stop();
        if goes_on {
            go_on.notify_one();
        }
        let answer = busy.rest().await;
        assert_eq!(answer.ends_with("page"), goes_on, "{answer}");
        served.await.expect("no panic").expect("served");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_the_control_plane_carry_their_arrival_and_keep_to_their_size() {
    use axum::extract::{Extension, Request};
    use doors::arrival::Arrival;
    let show = |Extension(arrival): Extension<Arrival>, request: Request| async move {
        let body = axum::body::to_bytes(request.into_body(), 10_000).await;
        format!(
            "{} {}",
            arrival.client,
            body.map_or("none".to_owned(), |body| body.len().to_string())
        )
    };
    let router = Router::new().fallback(show);
    let (_stop, signal) = stop_signal();
    let (address, _served) = control(router, LIMITS, Security::PlainAllowed, signal, MINUTE);
    for (length, status, shown) in
        [(1_000, "200", "127.0.0.1 1000"), (1_001, "413", "/problems/body_too_large")]
    {
        let mut raw = Raw::to(address).await;
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n");
        raw.send(head + &"x".repeat(length)).await;
        let answer = raw.message().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(shown), "{answer}");
    }
}

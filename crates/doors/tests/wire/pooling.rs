//! Connections to the upstream: used again, given up, and asked twice only where that is safe.

use crate::scene::Scene;
use crate::socket::Socket;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Sends a request and has the upstream answer it.
async fn exchange(scene: &Scene, client: &mut Socket, upstream: &mut Socket) {
    client.send(&scene.request("GET /v3/payments", "")).await;
    upstream.head().await;
    upstream.send(OK).await;
    assert_eq!(client.message().await.1, "ok");
}

/// A client and an upstream that have exchanged a message already.
async fn warm(scene: &Scene) -> (Socket, Socket) {
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send(OK).await;
    assert_eq!(client.message().await.1, "ok");
    (client, upstream)
}

#[tokio::test(flavor = "local")]
async fn requests_of_all_clients_share_a_connection() {
    let scene = Scene::new().await;
    let (mut client, mut upstream) = warm(&scene).await;
    exchange(&scene, &mut client, &mut upstream).await;
    let mut other = scene.client().await;
    exchange(&scene, &mut other, &mut upstream).await;
    assert!(!scene.has_opened_another().await);
}

#[tokio::test(flavor = "local")]
async fn a_connection_is_free_again_after_a_body_that_was_streamed() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
    client.head().await;
    upstream.send("4\r\nbody\r\n").await;
    assert_eq!(client.bytes(9).await, "4\r\nbody\r\n");
    upstream.send("0\r\n\r\n").await;
    assert_eq!(client.bytes(5).await, "0\r\n\r\n");
    exchange(&scene, &mut client, &mut upstream).await;
}

#[tokio::test(flavor = "local")]
async fn a_connection_that_was_not_used_for_long_is_not_used_again() {
    let scene = Scene::new().await;
    let (mut client, mut upstream) = warm(&scene).await;
    scene.advance_ms(3_999);
    exchange(&scene, &mut client, &mut upstream).await;
    scene.advance_ms(4_001);
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut next = scene.accepted().await;
    next.head().await;
    assert!(upstream.is_closed().await);
}

#[tokio::test(flavor = "local")]
async fn setting_the_clock_makes_no_connection_older_or_younger() {
    let scene = Scene::new().await;
    let (mut client, mut upstream) = warm(&scene).await;
    for ms in [3_600_000, -7_200_000] {
        scene.set_clock_ms(ms);
        exchange(&scene, &mut client, &mut upstream).await;
    }
    scene.advance_ms(4_001);
    client.send(&scene.request("GET /v3/payments", "")).await;
    scene.accepted().await.head().await;
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_wants_to_close_is_not_asked_again() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    let closing = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    upstream.send(closing).await;
    assert_eq!(client.message().await.1, "ok");
    client.send(&scene.request("GET /v3/payments", "")).await;
    assert_eq!(scene.accepted().await.head().await.first, "GET /v3/payments HTTP/1.1");
}

#[tokio::test(flavor = "local")]
async fn a_connection_that_the_upstream_has_closed_costs_nobody_an_answer() {
    let scene = Scene::new().await;
    for first in ["GET /v3/payments", "POST /v3/payments"] {
        let (mut client, upstream) = warm(&scene).await;
        drop(upstream);
        // The close is there before the request, so the gateway sees it first.
        client.send(&scene.request(first, "")).await;
        let mut next = scene.accepted().await;
        assert_eq!(next.head().await.first, format!("{first} HTTP/1.1"));
        next.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok").await;
        assert_eq!(client.message().await.1, "ok");
    }
}

#[tokio::test(flavor = "local")]
async fn a_request_is_sent_again_when_that_does_no_harm() {
    let scene = Scene::new().await;
    for first in ["GET /v3/payments?a=1", "DELETE /v3/payments", "PUT /v3/payments"] {
        let (mut client, mut upstream) = warm(&scene).await;
        client.send(&scene.request(first, "x-kept: yes\r\n")).await;
        // The upstream has taken the request and closes without a word.
        let told = upstream.head().await;
        drop(upstream);
        let mut next = scene.accepted().await;
        let again = next.head().await;
        assert_eq!(again.first, told.first);
        assert_eq!(again.get("x-kept"), Some("yes"));
        assert_eq!(again.get("chaveiro-request-id"), told.get("chaveiro-request-id"));
        next.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok").await;
        assert_eq!(client.message().await.1, "ok");
    }
}

#[tokio::test(flavor = "local")]
async fn a_request_that_may_have_been_acted_on_is_not_sent_again() {
    let scene = Scene::new().await;
    for (first, lines, body) in
        [("POST /v3/payments", "", ""), ("PUT /v3/payments", "content-length: 2\r\n", "{}")]
    {
        let (mut client, mut upstream) = warm(&scene).await;
        client.send(&scene.request(first, lines)).await;
        client.send(body).await;
        upstream.message().await;
        drop(upstream);
        let (head, _) = client.message().await;
        assert_eq!(head.status(), 502, "{first}");
        assert!(!scene.has_opened_another().await, "{first}");
    }
}

#[tokio::test(flavor = "local")]
async fn a_request_is_not_sent_again_once_the_answer_has_begun() {
    let scene = Scene::new().await;
    let (mut client, mut upstream) = warm(&scene).await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\ncont").await;
    drop(upstream);
    assert_eq!(client.message().await.0.status(), 502);
    assert!(!scene.has_opened_another().await);
}

#[tokio::test(flavor = "local")]
async fn a_client_that_goes_away_takes_its_connection_along() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    drop(client);
    assert!(upstream.is_closed().await);
}

//! Upgrades: verified first, then a tunnel, in bounded memory and not for ever.

use std::time::Duration;

use crate::scene::Scene;
use crate::socket::Socket;

const ASKS: &str =
    "connection: keep-alive, Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n";
const GRANTS: &str = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n\
    upgrade: websocket\r\nsec-websocket-accept: y\r\n\r\n";

/// Both ends of a tunnel.
async fn tunnel(scene: &Scene) -> (Socket, Socket) {
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", ASKS)).await;
    let mut upstream = scene.accepted().await;
    let head = upstream.head().await;
    assert_eq!(head.get("upgrade"), Some("websocket"));
    assert_eq!(head.get("connection"), Some("upgrade"));
    assert!(head.get("chaveiro-key").is_some(), "the upstream is told who asks");
    // The first bytes come with the answer.
    upstream.send(&format!("{GRANTS}early")).await;
    let head = client.head().await;
    assert_eq!((head.status(), head.get("sec-websocket-accept")), (101, Some("y")));
    assert_eq!(head.get("upgrade"), Some("websocket"));
    assert_eq!(client.bytes(5).await, "early");
    (client, upstream)
}

#[tokio::test(flavor = "local")]
async fn bytes_pass_both_ways_once_the_upstream_agrees() {
    let scene = Scene::new().await;
    let (mut client, mut upstream) = tunnel(&scene).await;
    for _ in 0..3 {
        client.send("GET /planted HTTP/1.1\r\n\r\n").await;
        assert_eq!(upstream.bytes(25).await, "GET /planted HTTP/1.1\r\n\r\n");
        upstream.send("pong").await;
        assert_eq!(client.bytes(4).await, "pong");
    }
    drop(client);
    assert_eq!(upstream.rest().await, "", "the end of one is the end of the other");
}

#[tokio::test(flavor = "local")]
async fn a_tunnel_is_not_made_without_a_key() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&format!("GET /v3/payments HTTP/1.1\r\nhost: a\r\n{ASKS}\r\n")).await;
    assert_eq!(client.message().await.0.status(), 401);
    assert!(!scene.has_opened_another().await);
}

#[tokio::test(flavor = "local")]
async fn what_would_carry_requests_is_never_asked_for() {
    let scene = Scene::new().await;
    for lines in [
        "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n",
        "connection: upgrade\r\nupgrade: h2c, websocket\r\n",
        "upgrade: websocket\r\n",
    ] {
        let mut client = scene.client().await;
        client.send(&scene.request("GET /v3/payments", lines)).await;
        let mut upstream = scene.accepted().await;
        let head = upstream.head().await;
        assert_eq!((head.get("upgrade"), head.get("connection")), (None, None), "{lines}");
    }
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_declines_answers_like_any_other() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", ASKS)).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 426 Upgrade Required\r\ncontent-length: 2\r\n\r\nno").await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (426, "no"));
}

#[tokio::test(flavor = "local")]
async fn a_tunnel_in_which_nothing_moves_is_closed() {
    let scene = Scene::new().await;
    let (mut client, mut upstream) = tunnel(&scene).await;
    client.send("ping").await;
    assert_eq!(upstream.bytes(4).await, "ping");
    tokio::time::pause();
    assert_eq!(upstream.rest().await, "");
    assert_eq!(client.rest().await, "");
}

#[tokio::test(flavor = "local")]
async fn a_tunnel_holds_little_for_an_end_that_reads_nothing() {
    let scene = Scene::new().await;
    let (_client, mut upstream) = tunnel(&scene).await;
    tokio::time::pause();
    let piece = "x".repeat(1 << 20);
    let mut sent = 0;
    while tokio::time::timeout(Duration::from_secs(5), upstream.send(&piece)).await.is_ok() {
        sent += piece.len();
        assert!(sent < 64 << 20, "it is in memory already");
    }
}

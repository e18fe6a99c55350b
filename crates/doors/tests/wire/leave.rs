//! `Expect: 100-continue`: who waits for leave to send a body, and who gives it; and what else an
//! upstream may say before its answer.

use crate::scene::Scene;

const EXPECTS: &str = "content-length: 4\r\nexpect: 100-continue\r\n";

#[tokio::test(flavor = "local")]
async fn a_body_is_asked_for_when_the_upstream_asks_for_it() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", EXPECTS)).await;
    let mut upstream = scene.accepted().await;
    assert_eq!(upstream.head().await.get("expect"), Some("100-continue"));
    upstream.send("HTTP/1.1 100 Continue\r\n\r\n").await;
    assert_eq!(client.head().await.first, "HTTP/1.1 100 Continue");
    client.send("body").await;
    assert_eq!(upstream.bytes(4).await, "body");
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    assert_eq!(client.message().await.1, "ok");
}

#[tokio::test(flavor = "local")]
async fn a_body_that_the_upstream_refuses_is_never_asked_for() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", EXPECTS)).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 417 Expectation Failed\r\ncontent-length: 2\r\n\r\nno").await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (417, "no"), "the first that the client hears");
    assert!(client.is_closed().await, "what it may send now is no request");
    assert_eq!(upstream.rest().await, "");
}

#[tokio::test(flavor = "local")]
async fn a_key_that_is_refused_is_refused_before_the_body() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&format!("POST /v3/payments HTTP/1.1\r\nhost: a\r\n{EXPECTS}\r\n")).await;
    assert_eq!(client.head().await.status(), 401);
    assert!(!scene.has_opened_another().await);
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_never_gives_leave_gets_the_body_after_a_while() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", EXPECTS)).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    tokio::time::pause();
    assert_eq!(client.head().await.first, "HTTP/1.1 100 Continue");
    client.send("body").await;
    assert_eq!(upstream.bytes(4).await, "body");
}

#[tokio::test(flavor = "local")]
async fn what_only_announces_an_answer_is_not_taken_for_it() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n").await;
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body, head.get("link")), (200, "ok", None));
}

/// What becomes of a request whose answer comes behind so many announcements.
async fn announced(times: usize) -> u16 {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send(&"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(times)).await;
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    client.message().await.0.status()
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_only_announces_its_answer_is_given_up_soon() {
    assert_eq!(announced(16).await, 200);
    assert_eq!(announced(17).await, 502);
}

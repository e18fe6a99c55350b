//! Several servers behind one gateway: who is asked, who is asked instead, and how much.

use std::time::Duration;

use doors::gateway::{BackendRules, HealthCheck, Upstream};
use tokio::net::TcpListener;

use crate::scene::{Plan, Scene};
use crate::socket::Socket;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A server that nobody has scripted yet.
struct Server(TcpListener);

impl Server {
    async fn new() -> (Self, Upstream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        (Self(listener), Upstream::plain("127.0.0.1", port).expect("an upstream"))
    }

    async fn accepted(&self) -> Socket {
        Socket::new(self.0.accept().await.expect("a connection").0)
    }
}

/// A scene with two servers, each with these rules.
async fn two(rules: BackendRules) -> (Scene, Server, Server) {
    let ((one, first), (other, second)) = (Server::new().await, Server::new().await);
    let upstreams = Some(vec![first, second]);
    let scene = Scene::planned(Plan { upstreams, rules, ..Plan::default() }).await;
    (scene, one, other)
}

#[tokio::test(flavor = "local")]
async fn requests_under_way_are_spread() {
    let (scene, one, other) = two(BackendRules::default()).await;
    let mut clients = [scene.client().await, scene.client().await];
    for client in &mut clients {
        client.send(&scene.request("GET /v3/payments", "")).await;
    }
    let mut both = [one.accepted().await, other.accepted().await];
    for upstream in &mut both {
        let head = upstream.head().await;
        assert!(head.get("host").is_some_and(|host| host.starts_with("127.0.0.1:")));
        upstream.send(OK).await;
    }
    for client in &mut clients {
        assert_eq!(client.message().await.1, "ok");
    }
}

#[tokio::test(flavor = "local")]
async fn a_server_that_cannot_be_reached_is_passed_over() {
    let (scene, one, other) = two(BackendRules::default()).await;
    let address = other.0.local_addr().expect("an address");
    drop(other);
    for _ in 0..8 {
        let mut client = scene.client().await;
        let lines = "content-length: 4\r\n";
        client.send(&(scene.request("POST /v3/payments", lines) + "body")).await;
        let mut upstream = one.accepted().await;
        let (head, body) = upstream.message().await;
        assert_ne!(head.get("host"), Some(&*address.to_string()), "named as itself");
        assert_eq!(body, "body");
        upstream.send(&OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).await;
        assert_eq!(client.message().await.1, "ok");
    }
}

#[tokio::test(flavor = "local")]
async fn setting_the_clock_does_not_end_a_pause() {
    let rules = BackendRules { failures_max: 1, ..BackendRules::default() };
    let (scene, one, other) = two(rules).await;
    let address = other.0.local_addr().expect("an address");
    drop(other);
    let ask = async |count| {
        for _ in 0..count {
            let mut client = scene.client().await;
            client.send(&scene.request("GET /v3/payments", "")).await;
            let mut upstream = one.accepted().await;
            upstream.head().await;
            upstream.send(&OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).await;
            assert_eq!(client.message().await.1, "ok");
        }
    };
    // One of these found out that the other server is down.
    ask(2).await;
    let other = TcpListener::bind(address).await.expect("the same port");
    scene.set_clock_ms(3_600_000);
    ask(4).await;
    scene.advance_ms(10_000);
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut next = scene.client().await;
    next.send(&scene.request("GET /v3/payments", "")).await;
    assert!(other.accept().await.is_ok(), "asked again after its pause");
}

#[tokio::test(flavor = "local")]
async fn what_was_sent_is_asked_elsewhere_only_where_that_is_safe() {
    for (first, body, is_safe) in [
        ("GET /v3/payments", "", true),
        ("DELETE /v3/payments", "", true),
        ("POST /v3/payments", "", false),
        ("PUT /v3/payments", "body", false),
    ] {
        let (scene, one, other) = two(BackendRules::default()).await;
        let mut client = scene.client().await;
        let lines = format!("content-length: {}\r\n", body.len());
        client.send(&(scene.request(first, &lines) + body)).await;
        let (mut asked, rest) = tokio::select! {
            asked = one.accepted() => (asked, &other),
            asked = other.accepted() => (asked, &one),
        };
        asked.message().await;
        drop(asked);
        if is_safe {
            let mut instead = rest.accepted().await;
            let (head, _) = instead.message().await;
            assert_eq!(head.first, format!("{first} HTTP/1.1"));
            let port = rest.0.local_addr().expect("an address").port();
            assert_eq!(head.get("host"), Some(&*format!("127.0.0.1:{port}")));
            instead.send(OK).await;
            assert_eq!(client.message().await.1, "ok");
        } else {
            assert_eq!(client.message().await.0.status(), 502, "{first}");
            let asked = tokio::time::timeout(Duration::ZERO, rest.accepted()).await;
            assert!(asked.is_err(), "{first} was sent twice");
        }
    }
}

#[tokio::test(flavor = "local")]
async fn a_request_is_asked_twice_at_most() {
    let (scene, one, other) = two(BackendRules::default()).await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    for _ in 0..2 {
        let mut asked = tokio::select! {
            asked = one.accepted() => asked,
            asked = other.accepted() => asked,
        };
        asked.head().await;
    }
    assert_eq!(client.message().await.0.status(), 502);
}

#[tokio::test(flavor = "local")]
async fn more_than_the_server_may_be_asked_at_once_is_told_to_come_back() {
    let rules = BackendRules { requests_max: 2, ..BackendRules::default() };
    let scene = Scene::planned(Plan { rules, ..Plan::default() }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = scene.client().await;
        client.send(&scene.request("GET /v3/payments", "")).await;
        let mut upstream = scene.accepted().await;
        upstream.head().await;
        held.push((client, upstream));
    }
    let mut third = scene.client().await;
    third.send(&scene.request("GET /v3/payments", "")).await;
    assert_eq!(third.message().await.0.status(), 503);
    // A body that is still coming holds its place, and gives it back at its end.
    let (client, upstream) = &mut held[0];
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst").await;
    client.head().await;
    assert_eq!(client.bytes(5).await, "first");
    third.send(&scene.request("GET /v3/payments", "")).await;
    assert_eq!(third.message().await.0.status(), 503);
    upstream.send("again").await;
    assert_eq!(client.bytes(5).await, "again");
    third.send(&scene.request("GET /v3/payments", "")).await;
    upstream.head().await;
    upstream.send(OK).await;
    assert_eq!(third.message().await.1, "ok");
}

#[tokio::test(flavor = "local")]
async fn a_server_that_fails_its_check_is_not_asked_until_it_passes_one() {
    let (scene, one, other) = {
        let ((one, first), (other, second)) = (Server::new().await, Server::new().await);
        let health = HealthCheck { path: "/health".to_owned(), every: Duration::from_secs(5) };
        let (upstreams, health) = (Some(vec![first, second]), Some(health));
        (Scene::planned(Plan { upstreams, health, ..Plan::default() }).await, one, other)
    };
    for status in ["503 Service Unavailable", "200 OK"] {
        let looked = scene.look_after();
        let answer =
            |status: &'static str| format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        let answered = async {
            for (server, status) in [(&one, status), (&other, "204 No Content")] {
                let mut asked = server.accepted().await;
                let head = asked.head().await;
                assert_eq!(
                    (&*head.first, head.get("chaveiro-key")),
                    ("GET /health HTTP/1.1", None)
                );
                asked.send(&answer(status)).await;
            }
        };
        tokio::join!(looked, answered);
        let mut asked_one = 0;
        for _ in 0..4 {
            let mut client = scene.client().await;
            client.send(&scene.request("GET /v3/payments", "")).await;
            let mut asked = tokio::select! {
                asked = one.accepted() => { asked_one += 1; asked }
                asked = other.accepted() => asked,
            };
            asked.head().await;
            asked.send(&OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).await;
            assert_eq!(client.message().await.1, "ok");
        }
        assert_eq!(asked_one, if status.starts_with("200") { 2 } else { 0 });
    }
}

#[tokio::test(flavor = "local")]
async fn a_server_that_hangs_does_not_delay_the_checks_of_others() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let ((one, first), (other, second)) = (Server::new().await, Server::new().await);
    let health = HealthCheck { path: "/health".to_owned(), every: HOUR };
    let (upstreams, health) = (Some(vec![first, second]), Some(health));
    let scene =
        Scene::planned(Plan { upstreams, health, silence_max: HOUR, ..Plan::default() }).await;
    let both_are_asked = async {
        let mut unanswered = Vec::new();
        for server in [&one, &other] {
            let mut asked = server.accepted().await;
            asked.head().await;
            unanswered.push(asked);
        }
    };
    tokio::select! {
        () = scene.look_after() => panic!("an answer that nobody gave"),
        () = both_are_asked => {}
    }
}

//! What reaches the upstream, and what comes back.

use domain::ip_list::IpList;
use doors::arrival::Scheme;

use crate::scene::{Circumstances, PEER, Plan, Scene};

#[tokio::test(flavor = "local")]
async fn the_upstream_is_told_who_asks_and_nothing_that_the_caller_says_about_it() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    let spoofed = "chaveiro-account: me\r\nChaveiro-Key: mine\r\nchaveiro_realm: other\r\n\
        Chaveiro-Anything: x\r\nx_forwarded_for: 127.0.0.1\r\n";
    client.send(&scene.request("GET /v3/payments?limit=2", spoofed)).await;
    let mut upstream = scene.accepted().await;
    let head = upstream.head().await;
    assert_eq!(head.first, "GET /v3/payments?limit=2 HTTP/1.1");
    assert_eq!(head.get("chaveiro-realm"), Some("payments"));
    assert_eq!(head.get("chaveiro-environment"), Some("sandbox"));
    assert_eq!(head.get("chaveiro-account"), Some(&*scene.account));
    assert_eq!(head.get("chaveiro-key"), Some(&*scene.key.key.id.to_string()));
    assert_eq!(head.get("chaveiro-project"), None);
    assert_eq!(head.get("chaveiro-request-id").map(str::len), Some(36));
    assert!(head.get("chaveiro-identity").is_some());
    assert_eq!(head.get("chaveiro-anything"), None);
    assert_eq!(head.get("chaveiro_realm"), None);
    assert_eq!(head.get("x_forwarded_for"), None);
    assert_eq!(head.get("x-test-key"), None, "the credential stays here");
    assert_eq!(head.get("host"), Some(&*scene.upstream_address.to_string()));
    assert_eq!(head.get("x-forwarded-host"), Some("api.example"));
    assert_eq!(head.get("x-forwarded-for"), Some(PEER));
    assert_eq!(head.get("x-forwarded-proto"), Some("https"));
}

#[tokio::test(flavor = "local")]
async fn what_a_client_says_of_its_way_is_replaced() {
    let scene = Scene::new().await;
    scene.circumstances.set(Circumstances { scheme: Scheme::Http, ..scene.circumstances.get() });
    let mut client = scene.client().await;
    let lines = "x-forwarded-for: 198.51.100.1\r\nx-forwarded-proto: https\r\n\
        X-Forwarded-For: 198.51.100.2, 198.51.100.3\r\nx-forwarded-host: evil.example\r\n";
    client.send(&scene.request("GET http://real.example/v3/payments", lines)).await;
    let head = scene.accepted().await.head().await;
    assert_eq!(head.first, "GET /v3/payments HTTP/1.1");
    assert_eq!(head.get("x-forwarded-for"), Some(PEER));
    let expected = format!("for={PEER};host=\"real.example\";proto=http");
    assert_eq!(head.get("forwarded"), Some(&*expected));
    assert_eq!(head.get("x-forwarded-proto"), Some("http"));
    assert_eq!(head.get("x-forwarded-host"), Some("real.example"));
}

#[tokio::test(flavor = "local")]
async fn what_a_trusted_hop_says_is_continued_and_its_client_is_who_asks() {
    let trusted_hops = Some(IpList::parse(["203.0.113.0/24"]).expect("a list"));
    let scene = Scene::planned(Plan { trusted_hops, ..Plan::default() }).await;
    let mut client = scene.client().await;
    let lines = "x-forwarded-for: 198.51.100.1, 198.51.100.2\r\nx-forwarded-proto: http\r\n\
        forwarded: for=198.51.100.2\r\n";
    client.send(&scene.request("GET /v3/payments", lines)).await;
    let head = scene.accepted().await.head().await;
    let expected = format!("198.51.100.1, 198.51.100.2, {PEER}");
    assert_eq!(head.get("x-forwarded-for"), Some(&*expected));
    assert_eq!(head.get("x-forwarded-proto"), Some("http"));
    let expected = format!("for=198.51.100.2, for={PEER};host=\"api.example\";proto=https");
    assert_eq!(head.get("forwarded"), Some(&*expected));
}

#[tokio::test(flavor = "local")]
async fn lines_of_one_connection_stay_on_it_in_both_directions() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    let lines = "connection: keep-alive, x-private, content-length\r\nconnection: X-Other\r\n\
        keep-alive: timeout=5\r\nproxy-authorization: Basic x\r\nte: gzip\r\n\
        upgrade: websocket\r\nx-private: 1\r\nx-other: 2\r\nx-kept: 3\r\n\
        content-length: 2\r\n";
    client.send(&scene.request("POST /v3/payments", lines)).await;
    client.send("ok").await;
    let mut upstream = scene.accepted().await;
    let (head, body) = upstream.message().await;
    assert_eq!(body, "ok", "a body is framed anew, whatever the caller names");
    assert_eq!(head.get("x-kept"), Some("3"));
    for gone in [
        "connection",
        "keep-alive",
        "proxy-authorization",
        "te",
        "upgrade",
        "x-private",
        "x-other",
        "transfer-encoding",
    ] {
        assert_eq!(head.get(gone), None, "{gone}");
    }
    let answer = "HTTP/1.1 201 Created\r\nconnection: X-Secret\r\nx-secret: 1\r\n\
        keep-alive: timeout=5\r\nproxy-authenticate: Basic\r\nx-kept: 1\r\nx-kept: 2\r\n\
        transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";
    upstream.send(answer).await;
    let head = client.head().await;
    assert_eq!(head.status(), 201);
    assert_eq!(head.all("x-kept"), ["1", "2"]);
    for gone in ["connection", "x-secret", "keep-alive", "proxy-authenticate"] {
        assert_eq!(head.get(gone), None, "{gone}");
    }
    assert_eq!(head.get("transfer-encoding"), Some("chunked"), "our own framing");
    assert_eq!(client.bytes(14).await, "4\r\nbody\r\n0\r\n\r\n");
}

#[tokio::test(flavor = "local")]
async fn a_foreign_authorization_passes_and_one_of_ours_does_not() {
    let scene = Scene::new().await;
    for (value, expected) in [
        ("Bearer of-the-upstream".to_owned(), Some("Bearer of-the-upstream")),
        (format!("Bearer {}", scene.key.text), None),
    ] {
        let mut client = scene.client().await;
        let lines = format!("authorization: {value}\r\n");
        client.send(&scene.request("GET /v3/payments", &lines)).await;
        assert_eq!(scene.accepted().await.head().await.get("authorization"), expected);
    }
}

#[tokio::test(flavor = "local")]
async fn answers_without_a_body_keep_their_length() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("HEAD /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    assert_eq!(upstream.head().await.first, "HEAD /v3/payments HTTP/1.1");
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 512\r\n\r\n").await;
    let head = client.head().await;
    assert_eq!((head.status(), head.get("content-length")), (200, Some("512")));

    client.send(&scene.request("DELETE /v3/payments", "")).await;
    upstream.head().await;
    upstream.send("HTTP/1.1 204 No Content\r\n\r\n").await;
    let head = client.head().await;
    assert_eq!((head.status(), head.get("content-length")), (204, None));
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_switches_protocols_unasked_is_not_followed() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    let lines = "connection: upgrade\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n";
    client.send(&scene.request("GET /v3/payments", lines)).await;
    let mut upstream = scene.accepted().await;
    assert_eq!(upstream.head().await.get("upgrade"), None);
    let switch = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n";
    upstream.send(switch).await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (502, "UpstreamUnreachable"));
}

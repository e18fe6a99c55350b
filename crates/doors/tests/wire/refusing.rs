//! What never reaches the upstream, and how it is answered instead.

use doors::gateway::{Hints, Upstream};
use engine::verify::Transport;

use crate::dialect::KEY_HEADER;
use crate::scene::{Circumstances, Plan, Scene};

#[tokio::test(flavor = "local")]
async fn a_refusal_is_the_dialects_with_a_hint_and_the_id_of_the_request() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send("GET /v3/payments HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (401, "no_credential"));
    let hint = head.get("chaveiro-hint").expect("a hint");
    assert_eq!(hint, "No key was sent. Send it in the header that this API reads.");
    assert_eq!(head.get("chaveiro-request-id").map(str::len), Some(36));

    let cut = &scene.key.text[..scene.key.text.len() - 3];
    client.send(&format!("GET / HTTP/1.1\r\nhost: a\r\n{KEY_HEADER}: {cut}\r\n\r\n")).await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (401, "malformed"));
    assert!(!scene.has_opened_another().await, "nothing was forwarded");
}

#[tokio::test(flavor = "local")]
async fn a_realm_can_keep_its_hints_to_itself() {
    let scene = Scene::planned(Plan { hints: Hints::Hidden, ..Plan::default() }).await;
    let mut client = scene.client().await;
    client.send("GET /v3/payments HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let (head, _) = client.message().await;
    assert_eq!((head.status(), head.get("chaveiro-hint")), (401, None));
}

#[tokio::test(flavor = "local")]
async fn a_key_that_came_in_the_clear_is_refused() {
    let scene = Scene::new().await;
    scene
        .circumstances
        .set(Circumstances { transport: Transport::Insecure, ..scene.circumstances.get() });
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (403, "insecure_transport"));
}

#[tokio::test(flavor = "local")]
async fn requests_that_cannot_be_served_are_answered_before_any_key_is_looked_at() {
    let scene = Scene::new().await;
    for (first, status, body) in [
        ("GET /v3/../admin", 400, "AmbiguousPath"),
        ("GET /v3/%2e%2e/admin", 400, "AmbiguousPath"),
        ("GET //v3", 400, "AmbiguousPath"),
        ("GET /v3;x=1/payments", 400, "AmbiguousPath"),
        ("OPTIONS *", 400, "AmbiguousPath"),
        ("TRACE /v3/payments", 405, "MethodNotAllowed"),
        ("CONNECT api.example:443", 405, "MethodNotAllowed"),
    ] {
        let mut client = scene.client().await;
        client.send(&scene.request(first, "")).await;
        let (head, answered) = client.message().await;
        assert_eq!((head.status(), &*answered), (status, body), "{first}");
        assert_eq!(head.get("allow").is_some(), status == 405, "{first}");
    }
    assert!(!scene.has_opened_another().await, "nothing was forwarded");
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_is_down_is_a_bad_gateway() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    let upstream = Upstream::plain("127.0.0.1", port).expect("an upstream");
    let scene = Scene::planned(Plan { upstreams: Some(vec![upstream]), ..Plan::default() }).await;
    let mut client = scene.client().await;
    for _ in 0..2 {
        client.send(&scene.request("GET /v3/payments", "")).await;
        let (head, body) = client.message().await;
        assert_eq!((head.status(), &*body), (502, "UpstreamUnreachable"));
        assert_eq!(head.get("chaveiro-request-id").map(str::len), Some(36));
    }
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_is_silent_is_a_gateway_timeout() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    // From here on nothing moves but time, which now passes at once.
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (504, "UpstreamTimeout"));
    assert!(before.elapsed() >= std::time::Duration::from_secs(59), "after all its patience");
    assert!(upstream.is_closed().await, "the connection is not used again");
}

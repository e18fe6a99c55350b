//! Limits at the doors: what answers tell of them, and when something under way has ended.

use domain::limit::{LimitKind, LimitMethods, LimitName, LimitPer, LimitRule, LimitRules};
use domain::method::Method;
use serde_json::{Value, json};

use crate::dialect::OWN;
use crate::scene::{Plan, Scene};
use crate::socket::{Head, Socket};

pub(crate) fn rule(name: &str, at_most: u32, kind: LimitKind) -> LimitRule {
    LimitRule::of(LimitName::parse(name).expect("a name"), LimitPer::Key, at_most, kind)
}

async fn scene(rules: impl IntoIterator<Item = LimitRule>) -> Scene {
    let limits = LimitRules::new(rules).expect("limits that can be held");
    Scene::planned(Plan { limits, ..Plan::default() }).await
}

const MINUTE: LimitKind = LimitKind::AnyInterval { length_s: 60 };
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nratelimit: \"theirs\";r=9\r\n\r\nok";

/// Sends a request whose answer the upstream gives at once.
async fn answered(scene: &Scene, upstream: &mut Option<Socket>) -> (Head, String) {
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut socket = match upstream.take() {
        Some(socket) => socket,
        None => scene.accepted().await,
    };
    socket.head().await;
    socket.send(OK).await;
    *upstream = Some(socket);
    client.message().await
}

#[tokio::test(flavor = "local")]
async fn every_answer_says_what_is_left_in_the_place_of_what_the_upstream_says() {
    let scene = scene([
        rule("minute", 2, MINUTE),
        rule("hour", 9, LimitKind::FromFirst { length_s: 3_600 }),
    ])
    .await;
    let mut upstream = None;
    for left in ["1", "0"] {
        let (head, body) = answered(&scene, &mut upstream).await;
        assert_eq!((head.status(), &*body), (200, "ok"));
        assert_eq!(head.get("ratelimit-policy"), Some("\"minute\";q=2;w=60, \"hour\";q=9;w=3600"));
        assert_eq!(head.get("ratelimit"), Some(&*format!("\"minute\";r={left};t=60")));
    }
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (429, "rate_limited"));
}

#[tokio::test(flavor = "local")]
async fn what_a_dialect_answers_itself_is_counted_once() {
    let scene = scene([rule("minute", 2, MINUTE)]).await;
    for status in [201, 201, 429] {
        let mut client = scene.client().await;
        client.send(&scene.request(&format!("POST {OWN}a"), "content-length: 4\r\n")).await;
        // Where a limit is used up, the body is not waited for.
        if status == 201 {
            client.send("body").await;
        }
        assert_eq!(client.head().await.status(), status);
    }
}

/// A scene in which one read may be under way, and its client and upstream with half an answer.
async fn half_an_answer() -> (Scene, Socket, Socket) {
    let reads = LimitRule {
        methods: LimitMethods::Only(vec![Method::Get]),
        ..rule("reads", 1, LimitKind::AtOnce)
    };
    let scene = scene([reads]).await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst").await;
    assert_eq!(client.head().await.get("ratelimit"), Some("\"reads\";r=0"));
    assert_eq!(client.bytes(5).await, "first");
    let mut other = scene.client().await;
    other.send(&scene.request("GET /v3/payments", "")).await;
    assert_eq!(other.message().await.0.status(), 429);
    (scene, client, upstream)
}

#[tokio::test(flavor = "local")]
async fn a_read_is_under_way_until_its_answer_has_ended() {
    let (scene, mut client, mut upstream) = half_an_answer().await;
    upstream.send("again").await;
    assert_eq!(client.bytes(5).await, "again");
    let (head, _) = answered(&scene, &mut Some(upstream)).await;
    assert_eq!(head.status(), 200);
}

#[tokio::test(flavor = "local")]
async fn a_read_is_under_way_until_its_client_is_gone() {
    let (scene, client, upstream) = half_an_answer().await;
    client.reset();
    scene.connection_of_the_gateway_ends().await;
    drop(upstream);
    let (head, _) = answered(&scene, &mut None).await;
    assert_eq!(head.status(), 200);
}

#[tokio::test(flavor = "local")]
async fn a_read_is_under_way_until_its_upstream_breaks_off() {
    let (scene, mut client, upstream) = half_an_answer().await;
    upstream.reset();
    assert_eq!(client.rest().await, "");
    let (head, _) = answered(&scene, &mut None).await;
    assert_eq!(head.status(), 200);
}

async fn verify(scene: &Scene, question: &Value) -> Value {
    let body = question.to_string();
    let mut socket = Socket::to(scene.verify).await;
    let (verifier, length) = (&scene.verifier, body.len());
    socket
        .send(&format!("POST /api/v1/verify/batch HTTP/1.1\r\nhost: v\r\nauthorization: Bearer {verifier}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"))
        .await;
    let (head, body) = socket.message().await;
    assert_eq!(head.status(), 200, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

#[tokio::test(flavor = "local")]
async fn a_batch_takes_in_its_order_and_is_told_what_is_left() {
    let reads = rule("reads", 1, LimitKind::AtOnce);
    let scene = scene([rule("minute", 2, MINUTE), reads]).await;
    let one = json!({
        "realm": "payments", "environment": "sandbox", "key": scene.key.text,
        "method": "GET", "path": "/v3/payments",
    });
    let answers = verify(&scene, &json!([one, one, one])).await;
    let limit = |remaining: u32| json!({ "name": "minute", "limit": 2, "remaining": remaining, "reset_after_ms": 60_000 });
    // What is under way at once is not asked: nobody says here when it ends.
    assert_eq!(answers[0]["limits"], json!([limit(1)]));
    assert_eq!(answers[1]["limits"], json!([limit(0)]));
    let refused = &answers[2];
    assert_eq!((&refused["reason"], &refused["status"]), (&json!("rate_limited"), &json!(429)));
    assert_eq!((&refused["retry_after"], &refused["limit"]), (&json!(60), &limit(0)));
}

//! Every door lives in the time of the place, where that runs ahead; what an upstream is told is in
//! real time.

use domain::clock::ClockKind;
use engine::create_key::NewKey;
use serde_json::{Value, json};
use testkit::world::{START, World};

use crate::dialect::KEY_HEADER;
use crate::scene::{Plan, Scene};
use crate::socket::Socket;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What each door says to a request with this key: refused for its state, or not.
async fn verdicts(scene: &Scene, text: &str) -> Vec<(&'static str, bool)> {
    let mut gateway = scene.client().await;
    gateway.send(&format!("GET /own/x HTTP/1.1\r\nhost: a\r\n{KEY_HEADER}: {text}\r\n\r\n")).await;
    let through = gateway.message().await.0.status();

    let question = json!({"realm": "payments", "environment": "sandbox", "key": text,
        "method": "GET", "path": "/v3/payments", "user_agent": "shop/1.0"});
    let mut answers = Vec::new();
    for (path, body) in [
        ("/api/v1/verify", question.to_string()),
        ("/api/v1/verify/batch", json!([question]).to_string()),
    ] {
        let mut socket = Socket::to(scene.verify).await;
        socket
            .send(&format!(
                "POST {path} HTTP/1.1\r\nhost: v\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                scene.verifier,
                body.len()
            ))
            .await;
        let (_, text) = socket.message().await;
        answers.push(serde_json::from_str::<Value>(&text).expect("JSON"));
    }
    let mut proxy = Socket::to(scene.verify).await;
    proxy
        .send(&format!(
            "GET /auth/payments/sandbox HTTP/1.1\r\nhost: v\r\nchaveiro-verifier: {}\r\nx-forwarded-method: GET\r\nx-forwarded-uri: /v3/payments\r\n{KEY_HEADER}: {text}\r\n\r\n",
            scene.verifier
        ))
        .await;
    let forward_auth = proxy.message().await.0.status();
    vec![
        ("gateway", through == 401),
        ("verify", answers[0]["reason"] == "expired"),
        ("verify batch", answers[1][0]["reason"] == "expired"),
        ("forward-auth and ext_authz", forward_auth == 401),
    ]
}

#[tokio::test(flavor = "local")]
async fn every_door_refuses_by_the_time_of_the_place() {
    let scene = Scene::planned(Plan { clock: ClockKind::Simulated, ..Plan::default() }).await;
    let expires_at = Some(START.plus_millis(30 * DAY_MS));
    let wish = NewKey { expires_at, ..World::wish(scene.key.key.owner) };
    let key = scene.world.key(scene.world.sandbox(), wish).await;
    for (door, refused) in verdicts(&scene, &key.text).await {
        assert!(!refused, "{door} refuses before the end");
    }
    scene.world.move_sandbox(30 * DAY_MS).await;
    for (door, refused) in verdicts(&scene, &key.text).await {
        assert!(refused, "{door} does not live in the time of the place");
    }
}

#[tokio::test(flavor = "local")]
async fn what_a_dialect_answers_itself_is_done_in_the_time_of_the_place() {
    let scene = Scene::planned(Plan { clock: ClockKind::Simulated, ..Plan::default() }).await;
    scene.world.move_sandbox(30 * DAY_MS).await;
    for (lines, body) in [("content-length: 0\r\n", ""), ("content-length: 2\r\n", "ab")] {
        let mut client = scene.client().await;
        client.send(&(scene.request("POST /own/x", lines) + body)).await;
        let (_, said) = client.message().await;
        let there = START.plus_millis(30 * DAY_MS).to_rfc3339();
        assert!(said.contains(&there[..10]), "{said}");
    }
}

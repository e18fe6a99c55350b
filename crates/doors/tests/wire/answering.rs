//! Requests that the dialect answers itself.
//!
//! Must not know what a dialect of the product answers: the one here only repeats what it was given.

use crate::dialect::{GATED, KEY_HEADER, OWN, Progress};
use crate::scene::Scene;

#[tokio::test(flavor = "local")]
async fn what_the_dialect_answers_itself_reaches_no_upstream() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request(&format!("POST {OWN}a?b=c"), "content-length: 4\r\n")).await;
    client.send("body").await;
    let (head, body) = client.message().await;
    assert_eq!(head.status(), 201, "{body}");
    let said = format!("POST {OWN}a?b=c for {} with ", scene.account);
    assert!(body.starts_with(&said), "{body}");
    assert!(body.ends_with(": body"), "{body}");
    assert!(head.get("chaveiro-request-id").is_some());
    assert!(!scene.has_opened_another().await, "nothing was forwarded");
}

#[tokio::test(flavor = "local")]
async fn nobody_gets_such_an_answer_without_a_key() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&format!("POST {OWN}a HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")).await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (401, "no_credential"));
    let cut = &scene.key.text[..scene.key.text.len() - 3];
    let line = format!("{KEY_HEADER}: {cut}\r\n");
    client.send(&format!("GET {OWN}a HTTP/1.1\r\nhost: a\r\n{line}\r\n")).await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (401, "malformed"));
}

#[tokio::test(flavor = "local")]
async fn a_body_for_such_an_answer_has_a_limit_of_its_own() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request(&format!("POST {OWN}a"), "content-length: 65537\r\n")).await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (413, "BodyTooLarge"));

    let mut client = scene.client().await;
    client.send(&scene.request(&format!("POST {OWN}a"), "transfer-encoding: chunked\r\n")).await;
    let chunk = format!("4000\r\n{}\r\n", "a".repeat(16_384));
    client.send(&chunk.repeat(4)).await;
    client.send("1\r\na\r\n0\r\n\r\n").await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (413, "BodyTooLarge"));
}

#[tokio::test(flavor = "local")]
async fn what_the_dialect_began_is_finished_when_the_caller_hangs_up() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request(&format!("POST {GATED}"), "content-length: 4\r\n")).await;
    client.send("body").await;
    scene.gate.reached().await;
    drop(client);
    scene.connection_of_the_gateway_ends().await;
    scene.gate.open();
    assert_eq!(scene.gate.end().await, Progress::Finished);
}

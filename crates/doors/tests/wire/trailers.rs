//! What is said behind a body, in both directions.

use crate::dialect::{KEY_HEADER, PROJECT_HEADER};
use crate::scene::Scene;

#[tokio::test(flavor = "local")]
async fn trailers_of_a_request_pass_except_those_that_decide() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    let lines = "transfer-encoding: chunked\r\ntrailer: x-sum\r\nte: trailers\r\n";
    client.send(&scene.request("POST /v3/payments", lines)).await;
    let key = &scene.key.text;
    client
        .send(&format!(
            "4\r\nbody\r\n0\r\nx-sum: 1\r\n{KEY_HEADER}: {key}\r\nchaveiro-key: k\r\n\
             authorization: Bearer {key}\r\ncontent-length: 9\r\nx-forwarded-for: ::1\r\n\
             {PROJECT_HEADER}: another\r\nChaveiro_Account: a\r\nx-real-ip: ::1\r\n\
             x_forwarded_for: ::1\r\nuser-agent: a\r\nif-match: a\r\n\r\n"
        ))
        .await;
    let mut upstream = scene.accepted().await;
    let head = upstream.head().await;
    assert_eq!((head.get("trailer"), head.get("te")), (Some("x-sum"), Some("trailers")));
    assert_eq!(head.get("connection"), Some("te"), "said for this connection");
    let expected = "4\r\nbody\r\n0\r\nx-sum: 1\r\n\r\n";
    assert_eq!(upstream.bytes(expected.len()).await, expected);
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    assert_eq!(client.message().await.1, "ok");
}

#[tokio::test(flavor = "local")]
async fn trailers_of_an_answer_pass_to_a_client_that_takes_them() {
    let scene = Scene::new().await;
    for (lines, end) in [("te: trailers\r\n", "0\r\nx-sum: 1\r\n\r\n"), ("", "0\r\n\r\n")] {
        let mut client = scene.client().await;
        client.send(&scene.request("GET /v3/payments", lines)).await;
        let mut upstream = scene.accepted().await;
        upstream.head().await;
        upstream
            .send(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n\
                 4\r\nbody\r\n0\r\nx-sum: 1\r\ncontent-length: 9\r\n\r\n",
            )
            .await;
        assert_eq!(client.head().await.get("trailer"), Some("x-sum"));
        let expected = format!("4\r\nbody\r\n{end}");
        assert_eq!(client.bytes(expected.len()).await, expected);
        // Nothing is left over: the connection carries the next request.
        client.send(&scene.request("GET /v3/payments", "connection: close\r\n")).await;
        upstream.head().await;
        upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        assert_eq!(client.message().await.1, "ok");
        drop(upstream);
    }
}

#[tokio::test(flavor = "local")]
async fn a_trailer_without_end_is_no_end_of_an_answer() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n").await;
    client.head().await;
    assert_eq!(client.bytes(9).await, "4\r\nbody\r\n");
    upstream.send(&format!("0\r\n{}", "x: y\r\n".repeat(65))).await;
    assert_eq!(client.rest().await, "", "closed without the end of the body");
}

//! Bodies on their way through: streamed, limited, and cut where they must be.

use std::time::Duration;

use crate::scene::{Plan, Scene};

#[tokio::test(flavor = "local")]
async fn pieces_of_an_answer_pass_before_the_upstream_is_done() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst").await;
    let head = client.head().await;
    assert_eq!(head.get("content-length"), Some("10"));
    assert_eq!(client.bytes(5).await, "first");
    upstream.send("again").await;
    assert_eq!(client.bytes(5).await, "again");
}

#[tokio::test(flavor = "local")]
async fn pieces_of_a_request_pass_before_the_client_is_done() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", "transfer-encoding: chunked\r\n")).await;
    client.send("5\r\nfirst\r\n").await;
    let mut upstream = scene.accepted().await;
    assert_eq!(upstream.head().await.get("transfer-encoding"), Some("chunked"));
    assert_eq!(upstream.bytes(10).await, "5\r\nfirst\r\n");
    client.send("5\r\nagain\r\n0\r\n\r\n").await;
    assert_eq!(upstream.bytes(15).await, "5\r\nagain\r\n0\r\n\r\n");
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    assert_eq!(client.message().await.1, "ok");
}

#[tokio::test(flavor = "local")]
async fn an_answer_without_a_length_ends_with_its_connection() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.0 200 OK\r\n\r\nall").await;
    let head = client.head().await;
    assert_eq!(head.get("transfer-encoding"), Some("chunked"));
    assert_eq!(client.bytes(8).await, "3\r\nall\r\n");
    drop(upstream);
    assert_eq!(client.bytes(5).await, "0\r\n\r\n");
}

#[tokio::test(flavor = "local")]
async fn an_answer_that_breaks_off_is_not_made_to_look_whole() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n").await;
    client.head().await;
    assert_eq!(client.bytes(9).await, "4\r\npart\r\n");
    drop(upstream);
    assert_eq!(client.rest().await, "", "closed without the end of the body");
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_falls_silent_inside_its_answer_is_cut_off() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst").await;
    client.head().await;
    assert_eq!(client.bytes(5).await, "first");
    tokio::time::pause();
    assert!(client.is_closed().await);
    assert!(upstream.is_closed().await);
}

#[tokio::test(flavor = "local")]
async fn an_announced_body_that_is_too_large_is_refused_unread() {
    let scene = Scene::new().await;
    for length in ["1001", "10737418240"] {
        let mut client = scene.client().await;
        let lines = format!("content-length: {length}\r\n");
        client.send(&scene.request("POST /v3/payments", &lines)).await;
        let (head, body) = client.message().await;
        assert_eq!((head.status(), &*body), (413, "BodyTooLarge"));
        assert_eq!(head.get("connection"), Some("close"));
        assert!(client.is_closed().await);
    }
    assert!(!scene.has_opened_another().await, "nothing was forwarded");
}

#[tokio::test(flavor = "local")]
async fn an_endless_body_is_cut_at_the_limit() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", "transfer-encoding: chunked\r\n")).await;
    let piece = format!("64\r\n{}\r\n", "x".repeat(100));
    for _ in 0..10 {
        client.send(&piece).await;
    }
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    assert_eq!(upstream.bytes(10 * piece.len()).await, piece.repeat(10));
    client.send(&piece).await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (413, "BodyTooLarge"));
    assert_eq!(upstream.rest().await, "", "the upstream never sees the end of it");
}

#[tokio::test(flavor = "local")]
async fn a_body_that_stops_arriving_is_given_up() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", "content-length: 10\r\n")).await;
    client.send("half.").await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    assert_eq!(upstream.bytes(5).await, "half.");
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    let (head, _) = client.message().await;
    assert_eq!(head.status(), 408);
    assert!(before.elapsed() < Duration::from_secs(20), "the body's own deadline");
    assert!(upstream.is_closed().await);
}

#[tokio::test(flavor = "local")]
async fn a_malformed_body_is_a_bad_request() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", "transfer-encoding: chunked\r\n")).await;
    client.send("4\r\npart\r\n").await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    client.send("zz\r\n").await;
    assert_eq!(client.message().await.0.status(), 400);
    assert!(client.is_closed().await);
}

#[tokio::test(flavor = "local")]
async fn a_body_where_the_dialect_forbids_one_is_refused() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "content-length: 2\r\n")).await;
    client.send("{}").await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (400, "UnexpectedBody"));
}

#[tokio::test(flavor = "local")]
async fn an_early_answer_passes_while_the_body_is_still_coming() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", "content-length: 10\r\n")).await;
    client.send("half.").await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 422 Unprocessable Content\r\ncontent-length: 2\r\n\r\nno").await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (422, "no"));
}

#[tokio::test(flavor = "local")]
async fn large_bodies_come_through_whole_in_any_framing() {
    let scene = Scene::planned(Plan { body_bytes_max: 3_000_000, ..Plan::default() }).await;
    let body: String = (0..300_000).map(|number| format!("{number:07}")).collect();
    let mut client = scene.client().await;
    let lines = format!("content-length: {}\r\n", body.len());
    let request = scene.request("PUT /v3/payments", &lines) + &body;
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let sending = tokio::task::spawn_local(async move {
        client.send(&request).await;
        client
    });
    let mut upstream = scene.accepted().await;
    let head = upstream.head().await;
    assert_eq!(head.get("content-length"), Some(&*body.len().to_string()));
    assert!(upstream.bytes(body.len()).await == body, "the request's body is whole");
    let mut client = sending.await.expect("sent");
    let receiving = tokio::task::spawn_local(async move { client.message().await.1 });
    upstream.send(&answer).await;
    assert!(receiving.await.expect("received") == body, "the answer's body is whole");

    // To a client of HTTP/1.0 the body is told apart by the end of the connection.
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "").replace("HTTP/1.1", "HTTP/1.0")).await;
    upstream.head().await;
    let receiving = tokio::task::spawn_local(async move { client.rest().await });
    upstream.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
    for piece in body.as_bytes().chunks(30_000) {
        let piece = std::str::from_utf8(piece).expect("text");
        upstream.send(&format!("{:x}\r\n{piece}\r\n", piece.len())).await;
    }
    upstream.send("0\r\n\r\nthis belongs to nobody").await;
    let received = receiving.await.expect("received");
    let (_, received) = received.split_once("\r\n\r\n").expect("a head");
    assert!(received == body, "the chunks are put together");
}

#[tokio::test(flavor = "local")]
async fn a_client_that_reads_nothing_holds_back_its_upstream() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 268435456\r\n\r\n").await;
    client.head().await;
    tokio::time::pause();
    // Time passes only when nothing else can happen: when all buffers on the way are full.
    let piece = "x".repeat(1 << 20);
    let mut sent = 0;
    while tokio::time::timeout(Duration::from_secs(5), upstream.send(&piece)).await.is_ok() {
        sent += piece.len();
        assert!(sent < 128 << 20, "half of it is in memory already");
    }
}

#[tokio::test(flavor = "local")]
async fn requests_that_come_together_are_answered_in_order() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    let first = scene.request("POST /v3/payments?n=1", "content-length: 3\r\n") + "one";
    let second = scene.request("GET /v3/payments?n=2", "");
    client.send(&(first + &second)).await;
    let mut upstream = scene.accepted().await;
    for (target, body) in [("POST /v3/payments?n=1", "one"), ("GET /v3/payments?n=2", "")] {
        let (head, told) = upstream.message().await;
        assert_eq!((&*head.first, &*told), (&*format!("{target} HTTP/1.1"), body));
        let length = target.len();
        upstream
            .send(&format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{target}"))
            .await;
        assert_eq!(client.message().await.1, target);
    }
}

#[tokio::test(flavor = "local")]
async fn a_request_that_broke_off_never_looks_whole_to_the_upstream() {
    let scene = Scene::new().await;
    for (framing, first) in
        [("transfer-encoding: chunked", "4\r\nhalf\r\n"), ("content-length: 9", "half")]
    {
        let mut client = scene.client().await;
        client.send(&scene.request("POST /v3/payments", &format!("{framing}\r\n"))).await;
        client.send(first).await;
        let mut upstream = scene.accepted().await;
        upstream.head().await;
        assert_eq!(upstream.bytes(first.len()).await, first);
        drop(client);
        assert_eq!(upstream.rest().await, "", "{framing}");
    }
}

#[tokio::test(flavor = "local")]
async fn bytes_after_an_answer_belong_to_nobody() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    let planted = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nplanted";
    upstream.send(&format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok{planted}")).await;
    assert_eq!(client.message().await.1, "ok");
    assert_eq!(upstream.rest().await, "", "the connection is not used again");
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut next = scene.accepted().await;
    next.head().await;
    next.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnext").await;
    assert_eq!(client.message().await.1, "next");
}

#[tokio::test(flavor = "local")]
async fn an_answer_that_could_be_read_in_two_ways_is_not_passed_on() {
    let scene = Scene::new().await;
    for lines in ["content-length: 2\r\ncontent-length: 3", "transfer-encoding: gzip, chunked"] {
        let mut client = scene.client().await;
        client.send(&scene.request("GET /v3/payments", "")).await;
        let mut upstream = scene.accepted().await;
        upstream.head().await;
        upstream.send(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\nok")).await;
        let (head, body) = client.message().await;
        assert_eq!((head.status(), &*body), (502, "UpstreamUnreachable"));
    }
}

#[tokio::test(flavor = "local")]
async fn a_client_that_sends_slowly_is_not_the_upstreams_silence() {
    let silence_max = Duration::from_secs(3);
    let scene = Scene::planned(Plan { silence_max, ..Plan::default() }).await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", "content-length: 4\r\n")).await;
    client.send("ha").await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    assert_eq!(upstream.bytes(2).await, "ha");
    tokio::time::pause();
    // Longer than the upstream may be silent, shorter than the body may be: second by second, so
    // that a timer that were to end meanwhile would.
    for _ in 0..8 {
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    client.send("lf").await;
    assert_eq!(upstream.bytes(2).await, "lf");
    // From here on it is the upstream's turn.
    assert_eq!(client.message().await.0.status(), 504);
}

#[tokio::test(flavor = "local")]
async fn a_reset_is_not_the_end_of_an_answer_without_a_length() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\n\r\npart").await;
    client.head().await;
    assert_eq!(client.bytes(9).await, "4\r\npart\r\n");
    upstream.reset();
    assert_eq!(client.rest().await, "", "closed without the end of the body");
}

//! HTTP/2 in front: requests, and what a hostile client does with frames.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::listen::{ConnectionLimits, Security};
use crate::raw::Raw;
use crate::stage::{LIMITS, Stage};

pub(crate) type Client = SendRequest<Full<Bytes>>;

pub(crate) async fn client(stage: &Stage) -> Client {
    let stream = TcpStream::connect(stage.gateway).await.expect("a connection");
    let shaken = handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (client, connection) = shaken.expect("HTTP/2");
    tokio::spawn(async move { drop(connection.await) });
    client
}

pub(crate) fn request(
    stage: &Stage,
    method: &str,
    path: &str,
    body: &'static str,
) -> Request<Full<Bytes>> {
    let request = Request::builder().method(method).uri(format!("http://api.example{path}"));
    let request = request.header("authorization", format!("Bearer {}", stage.key.text));
    request.body(Full::new(Bytes::from(body))).expect("a request")
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.expect("a whole body");
    String::from_utf8(body.to_bytes().to_vec()).expect("text")
}

pub(crate) async fn upstream(stage: &Stage) -> Raw {
    Raw::over(stage.upstream.accept().await.expect("a connection").0)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_one_connection_are_forwarded_side_by_side() {
    let stage = Stage::new().await;
    let mut client = client(&stage).await;
    let mut slow = request(&stage, "POST", "/v3/payments?n=1", "body");
    slow.headers_mut().append("cookie", "a=1".parse().expect("a value"));
    slow.headers_mut().append("cookie", "b=2".parse().expect("a value"));
    let slow = tokio::spawn(client.send_request(slow));
    let mut first = upstream(&stage).await;
    let head = first.message().await;
    assert!(head.starts_with("POST /v3/payments?n=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("x-forwarded-host: api.example\r\n"), "{head}");
    assert!(head.contains("cookie: a=1; b=2\r\n"), "{head}");
    assert!(!head.contains("Bearer"), "{head}");
    assert!(head.ends_with("body"), "{head}");

    let quick = tokio::spawn(client.send_request(request(&stage, "GET", "/v3/payments?n=2", "")));
    let mut second = upstream(&stage).await;
    second.message().await;
    second
        .send(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n",
        )
        .await;
    let answer = quick.await.expect("ended").expect("an answer");
    let body = answer.into_body().collect().await.expect("a body");
    assert_eq!(body.trailers().and_then(|lines| lines.get("x-sum")).expect("a trailer"), "1");

    first
        .send("HTTP/1.1 201 Created\r\nconnection: x-a\r\nx-a: 1\r\ncontent-length: 4\r\n\r\nlate")
        .await;
    let answer = slow.await.expect("ended").expect("an answer");
    assert_eq!((answer.status(), answer.headers().get("x-a")), (StatusCode::CREATED, None));
    assert_eq!(text(answer).await, "late");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_peer_does_not_hold_up_the_stop() {
    let hour = Duration::from_secs(3_600);
    let limits = ConnectionLimits {
        first_byte_deadline: hour,
        header_deadline: hour,
        idle_deadline: hour,
        ..LIMITS
    };
    let stage = Stage::with(limits, Security::PlainAllowed, hour).await;
    let mut silent = Raw::to(stage.gateway).await;
    // The preface and empty settings (RFC 9113, section 3.4), and nothing ever after.
    silent.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let mut fresh = Raw::to(stage.gateway).await;
    stage.stop.stop();
    let plane = tokio::task::spawn_blocking(|| stage.plane.join());
    let ended = tokio::time::timeout(Duration::from_secs(60), plane).await;
    ended.expect("an end of its own").expect("a thread").expect("all threads end well");
    assert_eq!(fresh.rest().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_refused_before_anything_is_forwarded() {
    let stage = Stage::new().await;
    let mut client = client(&stage).await;
    let mut keyless = request(&stage, "POST", "/v3/payments", "body");
    keyless.headers_mut().remove("authorization");
    let answer = client.send_request(keyless).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let mut two = request(&stage, "GET", "/v3/payments", "");
    two.headers_mut().insert("host", "other.example".parse().expect("a value"));
    let answer = client.send_request(two).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let tunnel = Request::connect("api.example:443").body(Full::default()).expect("a request");
    let answer = client.send_request(tunnel).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_a_stream_that_breaks_off() {
    let stage = Stage::new().await;
    let mut client = client(&stage).await;
    let asked = tokio::spawn(client.send_request(request(&stage, "GET", "/v3/payments", "")));
    let mut broken = upstream(&stage).await;
    broken.message().await;
    broken.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let answer = asked.await.expect("ended").expect("a head");
    drop(broken);
    answer.into_body().collect().await.expect_err("no whole body");
}

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The lines of a good request, without compression.
pub(crate) fn lines(stage: &Stage) -> Vec<u8> {
    let mut lines = vec![0x82, 0x86, 0x84];
    let bearer = format!("Bearer {}", stage.key.text);
    for (name, value) in [(":authority", "a"), ("authorization", bearer.as_str())] {
        for text in [name, value] {
            if text == name {
                lines.push(0);
            }
            lines.push(u8::try_from(text.len()).expect("short"));
            lines.extend_from_slice(text.as_bytes());
        }
    }
    lines
}

/// Checks that a connection that sends these frames is ended, and that nobody else notices.
async fn check_ended(stage: &Stage, frames: impl Iterator<Item = Vec<u8>>) {
    let mut raw = Raw::to(stage.gateway).await;
    raw.send(PREFACE).await;
    for frame in frames {
        // Once the other end has had enough it takes no more.
        if !raw.push(&frame).await {
            break;
        }
    }
    while raw.skip().await {}
    let mut other = client(stage).await;
    let mut keyless = request(stage, "GET", "/v3/payments", "");
    keyless.headers_mut().remove("authorization");
    let answer = other.send_request(keyless).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_opened_to_be_reset_end_their_connection() {
    let stage = Stage::new().await;
    let lines = lines(&stage);
    let streams = (0..20_000_u32).map(|at| {
        let stream = 2 * at + 1;
        [frame(1, 0b101, stream, &lines), frame(3, 0, stream, &[0, 0, 0, 8])].concat()
    });
    check_ended(&stage, streams).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_end_ends_its_connection() {
    let header_deadline = Duration::from_millis(500);
    let limits = ConnectionLimits { header_deadline, ..LIMITS };
    let stage = Stage::with(limits, Security::PlainAllowed, header_deadline).await;
    let piece = [&[0, 1, b'x', 127, 0x80, 0x70][..], &[b'y'; 14_463]].concat();
    let begin = std::iter::once(frame(1, 0b001, 1, &lines(&stage)));
    check_ended(&stage, begin.chain((0..2_000).map(|_| frame(9, 0, 1, &piece)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_ask_for_answers_are_not_answered_without_bound() {
    let stage = Stage::new().await;
    for kind in [6_u8, 4] {
        let payload: &[u8] = if kind == 6 { &[0; 8] } else { &[] };
        let mut raw = Raw::to(stage.gateway).await;
        raw.send(PREFACE).await;
        let flood = frame(kind, 0, 0, payload).repeat(1_000);
        // Nobody reads the answers, so at some point nothing more is taken.
        let mut sent = 0_usize;
        while sent < 256 << 20 && raw.push_at_once(&flood).await {
            sent += flood.len();
        }
        assert!(sent < 256 << 20, "{sent} bytes were taken, and as many are owed");
        let mut other = client(&stage).await;
        let mut keyless = request(&stage, "GET", "/v3/payments", "");
        keyless.headers_mut().remove("authorization");
        assert!(other.send_request(keyless).await.is_ok());
    }
}

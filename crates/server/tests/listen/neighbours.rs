//! Streams of one HTTP/2 connection: what one of them does is not the others' trouble.

use std::time::Duration;

use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::http2::{PREFACE, client, frame, lines, request, text, upstream};
use crate::listen::{ConnectionLimits, Security};
use crate::raw::Raw;
use crate::stage::{LIMITS, Stage};

const MINUTE: Duration = Duration::from_secs(60);
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Kinds of frames (RFC 9113, section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
/// What our own pings carry.
const MARK: &[u8] = b"all seen";

/// The next frame: its kind, its stream, and what it carries. `None` at the end.
async fn next_frame(reader: &mut OwnedReadHalf) -> Option<(u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    reader.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).expect("short")];
    reader.read_exact(&mut payload).await.ok()?;
    Some((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
}

/// The next frame, with the server's pings answered.
async fn answering(
    reader: &mut OwnedReadHalf,
    writer: &mut OwnedWriteHalf,
) -> Option<(u8, u32, Vec<u8>)> {
    let (kind, stream, payload) = next_frame(reader).await?;
    if kind == PING && payload != MARK {
        writer.write_all(&frame(PING, 1, 0, &payload)).await.expect("sent");
    }
    Some((kind, stream, payload))
}

/// A request that is taken back as soon as it is made.
fn taken_back(stream: u32, lines: &[u8]) -> Vec<u8> {
    [frame(HEADERS, 0b101, stream, lines), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_nobody_reads_is_reset_alone() {
    let unread_deadline = Duration::from_millis(90);
    let limits = ConnectionLimits { unread_deadline, ..LIMITS };
    let stage = Stage::with(limits, Security::PlainAllowed, MINUTE).await;
    let mut client = client(&stage).await;
    let slow = tokio::spawn(client.send_request(request(&stage, "GET", "/v3/payments?n=1", "")));
    let mut first = upstream(&stage).await;
    first.message().await;
    first.send("HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n").await;
    let unread = slow.await.expect("ended").expect("a head");
    let waiting = tokio::spawn(client.send_request(request(&stage, "GET", "/v3/payments?n=2", "")));
    let mut second = upstream(&stage).await;
    second.message().await;
    // The gateway takes more until the one stream is over; then it lets go of the upstream.
    let piece = vec![b'x'; 65_536];
    while first.push(&piece).await {}
    unread.into_body().collect().await.expect_err("a stream that was reset");
    second.send(OK).await;
    assert_eq!(text(waiting.await.expect("ended").expect("an answer")).await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_one_caller_takes_back_do_not_end_those_of_others() {
    let stage = Stage::new().await;
    let lines = lines(&stage);
    let mut raw = Raw::to(stage.gateway).await;
    raw.send(PREFACE).await;
    raw.send(frame(HEADERS, 0b101, 1, &lines)).await;
    let mut upstream = upstream(&stage).await;
    upstream.message().await;
    for at in 1..400 {
        raw.send(taken_back(2 * at + 1, &lines)).await;
    }
    // What answers this has seen all that came before.
    raw.send(frame(PING, 0, 0, MARK)).await;
    let (mut reader, _writer) = raw.stream.into_split();
    let mut kinds = Vec::new();
    while let Some((kind, stream, payload)) = next_frame(&mut reader).await {
        kinds.push(kind);
        if payload == MARK {
            upstream.send(OK).await;
        }
        if (kind, stream) == (DATA, 1) {
            assert_eq!(payload, b"ok");
            assert!(!kinds.contains(&GOAWAY), "{kinds:?}");
            return;
        }
    }
    panic!("the connection ended: {kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_that_nobody_means_ends_its_connection_after_what_is_under_way() {
    let stage = Stage::new().await;
    let lines = lines(&stage);
    let mut raw = Raw::to(stage.gateway).await;
    raw.send(PREFACE).await;
    raw.send(frame(HEADERS, 0b101, 1, &lines)).await;
    let mut first = upstream(&stage).await;
    first.message().await;
    raw.stream.set_nodelay(true).expect("an open socket");
    let (mut reader, mut writer) = raw.stream.into_split();
    let mut stream = 1;
    let mut is_told = false;
    while !is_told {
        stream += 2;
        // Each is taken back once it was heard, which is when what comes behind it is answered.
        let asked = [frame(HEADERS, 0b101, stream, &lines), frame(PING, 0, 0, MARK)].concat();
        writer.write_all(&asked).await.expect("sent");
        loop {
            let (kind, _, payload) =
                answering(&mut reader, &mut writer).await.expect("not closed yet");
            is_told |= kind == GOAWAY;
            if (kind, &payload[..]) == (PING, MARK) {
                break;
            }
        }
        writer.write_all(&frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])).await.expect("sent");
    }
    assert!(stream > 2_000, "after {stream}");
    first.send(OK).await;
    loop {
        let (kind, stream, payload) =
            answering(&mut reader, &mut writer).await.expect("an answer before");
        if (kind, stream) == (DATA, 1) {
            assert_eq!(payload, b"ok");
            break;
        }
    }
    while answering(&mut reader, &mut writer).await.is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_too_many_lines_is_refused_and_its_connection_lives_on() {
    let limits = ConnectionLimits { header_lines_max: 20, ..LIMITS };
    let stage = Stage::with(limits, Security::PlainAllowed, MINUTE).await;
    let mut client = client(&stage).await;
    let with_lines = |count: usize| {
        let mut request = request(&stage, "GET", "/v3/payments", "");
        request.headers_mut().remove("authorization");
        for at in 0..count {
            // Crumbs of cookies are one line, as they are in HTTP/1.
            let name = if at % 2 == 0 { "x-line" } else { "cookie" };
            request.headers_mut().append(name, "a=1".parse().expect("a value"));
        }
        request
    };
    for (count, status) in [(38, 401), (40, 431), (90, 431), (38, 401)] {
        let answer = client.send_request(with_lines(count)).await.expect("an answer");
        assert_eq!(answer.status(), status, "{count}");
    }
}

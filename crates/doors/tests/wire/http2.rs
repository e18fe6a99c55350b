//! HTTP/2 to the upstream: a server that speaks nothing else.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;

use bytes::Bytes;
use doors::gateway::{Protocol, Upstream};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::scene::{PEER, Plan, Scene};

#[derive(Clone, Copy)]
pub(crate) struct OnThisThread;

impl<F: Future + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move { drop(future.await) });
    }
}

/// The frames of an answer.
struct Frames(Vec<Frame<Bytes>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = if self.0.is_empty() { None } else { Some(Ok(self.0.remove(0))) };
        std::task::Poll::Ready(next)
    }
}

/// All of a body, and what is said behind it.
async fn gathered(mut body: Incoming) -> (Vec<u8>, HeaderMap) {
    let (mut bytes, mut trailers) = (Vec::new(), HeaderMap::new());
    while let Some(Ok(frame)) =
        std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await
    {
        match frame.into_data() {
            Ok(data) => bytes.extend_from_slice(&data),
            Err(last) => trailers = last.into_trailers().unwrap_or_default(),
        }
    }
    (bytes, trailers)
}

/// Answers with what it was told.
async fn echo(request: Request<Incoming>) -> Response<Frames> {
    let (parts, body) = request.into_parts();
    let (body, trailers) = gathered(body).await;
    let told = |name: &str| {
        parts.headers.get(name).map_or("-", |value| value.to_str().unwrap_or("?")).to_owned()
    };
    let text = format!(
        "{} {} {} key={} credential={} te={} sum={} {}",
        parts.method,
        parts.uri.path_and_query().map_or("", |path| path.as_str()),
        told("x-forwarded-for"),
        told("chaveiro-key") != "-",
        told("x-test-key"),
        told("te"),
        trailers.get("x-sum").is_some(),
        String::from_utf8_lossy(&body),
    );
    let mut last = HeaderMap::new();
    last.insert("x-done", HeaderValue::from_static("1"));
    last.insert("content-length", HeaderValue::from_static("9"));
    let frames = vec![Frame::data(Bytes::from(text)), Frame::trailers(last)];
    let mut response = Response::new(Frames(frames));
    response.headers_mut().insert("trailer", HeaderValue::from_static("x-done"));
    response
}

/// A scene before such a server, and how many connections that has seen.
async fn scene() -> (Scene, Rc<Cell<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let count = Rc::new(Cell::new(0));
    let counted = Rc::clone(&count);
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.set(counted.get() + 1);
            let service = service_fn(|request| async { Ok::<_, Infallible>(echo(request).await) });
            let connection =
                http2::Builder::new(OnThisThread).serve_connection(TokioIo::new(stream), service);
            tokio::task::spawn_local(async move { drop(connection.await) });
        }
    });
    let upstream = Upstream::plain("127.0.0.1", port).expect("an upstream");
    let upstreams = Some(vec![upstream.speaking(Protocol::Http2)]);
    (Scene::planned(Plan { upstreams, ..Plan::default() }).await, count)
}

#[tokio::test(flavor = "local")]
async fn requests_share_a_connection_and_say_what_http1_would_say() {
    let (scene, count) = scene().await;
    for _ in 0..3 {
        let mut client = scene.client().await;
        let lines = "transfer-encoding: chunked\r\nte: trailers\r\nconnection: x-private\r\n\
            x-private: 1\r\n";
        client.send(&scene.request("POST /v3/payments?n=1", lines)).await;
        client.send("4\r\nbody\r\n0\r\nx-sum: 1\r\n\r\n").await;
        let head = client.head().await;
        assert_eq!(head.status(), 200);
        let text =
            format!("POST /v3/payments?n=1 {PEER} key=true credential=- te=trailers sum=true body");
        let expected = format!("{:X}\r\n{text}\r\n0\r\nx-done: 1\r\n\r\n", text.len());
        assert_eq!(client.bytes(expected.len()).await, expected);
    }
    assert_eq!(count.get(), 1);
}

#[tokio::test(flavor = "local")]
async fn a_server_that_does_not_speak_it_is_no_upstream() {
    let scene = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        tokio::task::spawn_local(async move { while listener.accept().await.is_ok() {} });
        let upstream = Upstream::plain("127.0.0.1", port).expect("an upstream");
        let upstreams = Some(vec![upstream.speaking(Protocol::Http2)]);
        Scene::planned(Plan { upstreams, ..Plan::default() }).await
    };
    let mut client = scene.client().await;
    client.send(&scene.request("GET /v3/payments", "")).await;
    assert_eq!(client.message().await.0.status(), 502);
}

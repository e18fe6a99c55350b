//! Servers that answer every question with the same bytes, and a service behind the layer.
//!
//! Must not know what should come of an answer.

#![allow(dead_code, reason = "each test file uses the part that it needs")]

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use chaveiro_client::{Caller, Client, Place, Settings, VerifierKey, VerifyLayer, VerifyService};
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use tokio::sync::Notify;
use tower::Service;
use tower_layer::Layer as _;

/// A server of fixed words.
pub(crate) struct Server {
    url: String,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    questions: Mutex<Vec<String>>,
    one_more: Notify,
}

/// What becomes of a connection after its answer.
#[derive(Clone, Copy)]
enum After {
    Open,
    Close,
}

impl Server {
    /// Answers each question with these bytes, and leaves the connection open.
    pub(crate) fn answering(answer: &[u8]) -> Self {
        Self::start(answer, After::Open)
    }

    /// Answers with these bytes and closes.
    pub(crate) fn closing_after(answer: &[u8]) -> Self {
        Self::start(answer, After::Close)
    }

    fn start(answer: &[u8], after: After) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let heard = Arc::new(Heard::default());
        let (answer, kept) = (answer.to_vec(), Arc::clone(&heard));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, kept) = (answer.clone(), Arc::clone(&kept));
                std::thread::spawn(move || converse(stream, &answer, after, &kept));
            }
        });
        Self { url, heard }
    }

    /// How many questions came so far.
    pub(crate) fn asked(&self) -> usize {
        self.questions().len()
    }

    /// The questions so far, whole.
    pub(crate) fn questions(&self) -> Vec<String> {
        self.heard.questions.lock().expect("the questions").clone()
    }

    /// Waits until so many questions came.
    pub(crate) async fn wait_until_asked(&self, count: usize) {
        while self.asked() < count {
            self.heard.one_more.notified().await;
        }
    }
}

/// Hears whole questions, of which the length of the body is announced.
fn converse(mut stream: TcpStream, answer: &[u8], after: After, heard: &Heard) {
    let (mut read, mut chunk) = (Vec::new(), [0_u8; 4_096]);
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        read.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        if body.len() < length.map_or(0, |length| length.parse().expect("a length")) {
            continue;
        }
        read.clear();
        heard.questions.lock().expect("the questions").push(text);
        heard.one_more.notify_one();
        if stream.write_all(answer).is_err() || matches!(after, After::Close) {
            return;
        }
    }
}

/// The answer to a request that may pass.
pub(crate) fn grant() -> Vec<u8> {
    let lines = [
        "HTTP/1.1 200 OK",
        "content-length: 0",
        "chaveiro-realm: payments",
        "chaveiro-environment: sandbox",
        "chaveiro-account: a",
        "chaveiro-key: k",
        "chaveiro-identity: a.b.c",
        "chaveiro-request-id: r",
        "chaveiro-remove: x-key, authorization",
        "ratelimit: \"second\";r=1",
        "x-ratelimit-limit: 2",
        "set-cookie: a=b",
        "\r\n",
    ];
    lines.join("\r\n").into_bytes()
}

pub(crate) fn place() -> Place {
    Place::new("payments", "sandbox").expect("a place")
}

pub(crate) fn client(server: &Server, settings: Settings) -> Client {
    let key = VerifierKey::new("verifier-key").expect("a key");
    Client::new(&server.url, key, settings).expect("a client")
}

/// A service behind the layer, and what it was called with.
pub(crate) fn behind(server: &Server, settings: Settings) -> (VerifyService<Behind>, Calls) {
    let address = "203.0.113.9".parse().expect("an address");
    let caller = move |_: &http::request::Parts| Caller { address: Some(address), scheme: None };
    let layer = VerifyLayer::new(client(server, settings), place(), caller);
    let calls = Calls::default();
    (layer.layer(Behind { calls: calls.clone(), ready: Ready::No }), calls)
}

/// The requests that reached a service.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<Vec<http::request::Parts>>>);

impl Calls {
    pub(crate) fn count(&self) -> usize {
        self.0.lock().expect("the calls").len()
    }

    /// The last of them.
    pub(crate) fn last(&self) -> http::request::Parts {
        self.0.lock().expect("the calls").last().expect("a call").clone()
    }
}

/// A service that has to be asked whether it is ready before each call. A clone has not been asked.
pub(crate) struct Behind {
    calls: Calls,
    ready: Ready,
}

#[derive(PartialEq)]
enum Ready {
    Yes,
    No,
}

impl Clone for Behind {
    fn clone(&self) -> Self {
        Self { calls: self.calls.clone(), ready: Ready::No }
    }
}

impl Service<Request<Full<Bytes>>> for Behind {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Full<Bytes>>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = Ready::Yes;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        assert!(self.ready == Ready::Yes, "called without having been ready");
        self.ready = Ready::No;
        self.calls.0.lock().expect("the calls").push(request.into_parts().0);
        let mut response = Response::new(Full::from("from behind"));
        response.headers_mut().insert("x-ratelimit-limit", HeaderValue::from_static("mine"));
        std::future::ready(Ok(response))
    }
}

/// A request with nothing in particular.
pub(crate) fn request() -> Request<Full<Bytes>> {
    with(&[])
}

/// A request with these lines.
pub(crate) fn with(lines: &[(&str, HeaderValue)]) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::from("a body"));
    *request.uri_mut() = "/v3/customers?limit=1".parse().expect("a target");
    for (name, value) in lines {
        let name: HeaderName = name.parse().expect("a name");
        request.headers_mut().append(name, value.clone());
    }
    request
}

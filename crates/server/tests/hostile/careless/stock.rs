//! Servers on axum and hyper as they come, and what is easily put behind them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use memchr::memmem;

use super::KEY;
use crate::forged::UNKNOWN;
use crate::upstream;

/// Its memory is not the server's: it is shared by all answers.
static LARGE: [u8; upstream::LARGE] = [0; upstream::LARGE];

/// Deletions that a forgetful server has room for.
const DELETIONS_MAX: usize = 100;

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime")
}

fn listening(listener: TcpListener) -> tokio::net::TcpListener {
    listener.set_nonblocking(true).expect("a socket");
    tokio::net::TcpListener::from_std(listener).expect("a socket")
}

fn key(headers: &HeaderMap) -> &[u8] {
    headers.get("access_token").map_or(b"", |value| value.as_bytes())
}

fn answer(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

/// Reads a request whole and answers it.
async fn handle<B: http_body::Body>(request: Request<B>) -> Response<Body> {
    let is_large = request.uri().query().is_some_and(|query| query.contains("large"));
    if request.into_body().collect().await.is_err() {
        return answer(StatusCode::BAD_REQUEST, "");
    }
    let body = if is_large { Bytes::from_static(&LARGE) } else { Bytes::from_static(b"ok") };
    answer(StatusCode::OK, body)
}

/// Answers each request by this.
fn serve_by<F, A>(listener: TcpListener, judge: F)
where
    F: Fn(Request<Body>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send,
{
    runtime().block_on(async move {
        let router = axum::Router::new().fallback(judge);
        axum::serve(listening(listener), router).await.expect("it serves");
    });
}

pub(super) fn serve(listener: TcpListener) {
    serve_by(listener, handle);
}

/// Keeps every request, and knows no key but one.
pub(super) fn remember(listener: TcpListener) {
    let seen: Arc<Mutex<Vec<(Uri, HeaderMap, Bytes)>>> = Arc::default();
    serve_by(listener, move |request| {
        let seen = Arc::clone(&seen);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes);
            let body = body.unwrap_or_default();
            let unknown = UNKNOWN.repeat(memmem::find_iter(&body, "\"key\"").count());
            let is_granted = !unknown.is_empty() || key(&head.headers) == KEY.as_bytes();
            seen.lock().expect("a lock").push((head.uri, head.headers, body));
            answer(if is_granted { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, unknown)
        }
    });
}

/// Accepts every key that it does not remember to be deleted.
pub(super) fn forget(listener: TcpListener) {
    let deleted: Arc<Mutex<VecDeque<Vec<u8>>>> = Arc::default();
    serve_by(listener, move |request| {
        let key = key(request.headers()).to_vec();
        let mut deleted = deleted.lock().expect("a lock");
        let status = if deleted.contains(&key) { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        if request.method() == Method::DELETE {
            deleted.push_back(key);
            if deleted.len() > DELETIONS_MAX {
                deleted.pop_front();
            }
        }
        async move { answer(status, "ok") }
    });
}

/// HTTP/2 with whom begins with it, and every guard of hyper off.
pub(super) fn serve_http2(listener: TcpListener) {
    runtime().block_on(async move {
        let listener = listening(listener);
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let service =
                    service_fn(|request| async { Ok::<_, Infallible>(handle(request).await) });
                let mut first = [0; 3];
                let is_http2 = stream.peek(&mut first).await.is_ok() && &first == b"PRI";
                let io = TokioIo::new(stream);
                if is_http2 {
                    let mut builder = http2::Builder::new(TokioExecutor::new());
                    builder.max_pending_accept_reset_streams(usize::MAX);
                    builder.max_local_error_reset_streams(None);
                    drop(builder.serve_connection(io, service).await);
                } else {
                    drop(http1::Builder::new().serve_connection(io, service).await);
                }
            });
        }
    });
}

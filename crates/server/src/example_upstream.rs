//! The example API behind the quickstart's realms: answers any request with what it was told.
//!
//! It shows an operator what an upstream receives: method, path and identity headers. It trusts
//! whoever reaches it, so it listens on loopback alone. Must not be used for anything else.

use std::convert::Infallible;
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// Headers that are shown, by the beginning of their names.
const SHOWN: &str = "chaveiro-";
/// Most header lines: what a caller may send, and what the gateway adds.
const LINES_MAX: usize = 1_100;

/// Binds the example at this address and serves it until the runtime ends.
pub(crate) async fn serve(address: SocketAddr) -> Result<()> {
    let mut listener = TcpListener::bind(address).await.with_context(|| {
        format!("{address} is taken: stop what listens there, or choose another --port-base")
    })?;
    let mut http = http1::Builder::new();
    http.max_headers(LINES_MAX);
    tokio::spawn(async move {
        loop {
            // Waits out whatever keeps the system from accepting.
            let (stream, _) = Listener::accept(&mut listener).await;
            let answer = service_fn(|request: Request<Incoming>| async move {
                Ok::<_, Infallible>(show(&request))
            });
            let connection = http.serve_connection(TokioIo::new(stream), answer);
            // Whoever broke it off knows.
            tokio::spawn(async { drop(connection.await) });
        }
    });
    Ok(())
}

fn show(request: &Request<Incoming>) -> Response {
    let identity: Map<String, Value> = request
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with(SHOWN))
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
        .collect();
    let shown = json!({
        "example": "this is the API behind Chaveiro",
        "method": request.method().as_str(),
        "path": request.uri().path_and_query().map_or("/", |path| path.as_str()),
        "told": identity,
    });
    let body = format!("{shown:#}\n");
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

//! The example API behind the quickstart's realms: answers any request with what it was told.
//!
//! It shows an operator what an upstream receives: method, path and identity headers. It trusts
//! whoever reaches it, so it listens on loopback alone. Must not be used for anything else.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// Headers that are shown, by the beginning of their names.
const SHOWN: &str = "chaveiro-";

/// Binds the example at this address and serves it until the runtime ends.
pub(crate) async fn serve(address: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("{address} is taken: stop what listens there, or choose another --port-base")
    })?;
    let router = Router::new().fallback(show);
    tokio::spawn(async move {
        if let Err(fault) = axum::serve(listener, router).await {
            tracing::error!(%fault, "the example upstream stopped");
        }
    });
    Ok(())
}

async fn show(request: Request<Body>) -> Response {
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

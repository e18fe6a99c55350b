//! Whether the server lives, whether it can decide, and its few numbers.
//!
//! Open to anybody who reaches the control plane. Must not tell anything of any account or key.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;

use super::state::ApiState;

/// `/healthz`, `/readyz` and `/metrics`.
pub fn health_router(state: ApiState) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(state)
}

async fn healthz() -> Response {
    uncached(Json(json!({ "status": "ok" })))
}

/// An engine exists only once its keyring is loaded, so that answering at all means ready.
async fn readyz(State(state): State<ApiState>) -> Response {
    let engine = state.engine();
    uncached(Json(json!({
        "status": "ready",
        "epoch": engine.epoch(),
        "keys": engine.keys_in_memory(),
    })))
}

/// The text format of Prometheus, version 0.0.4.
async fn metrics(State(state): State<ApiState>) -> Response {
    let engine = state.engine();
    let version = env!("CARGO_PKG_VERSION");
    let text = format!(
        "# HELP chaveiro_build_info The version that runs.\n\
         # TYPE chaveiro_build_info gauge\n\
         chaveiro_build_info{{version=\"{version}\"}} 1\n\
         # HELP chaveiro_epoch The epoch of the latest change by which requests are decided.\n\
         # TYPE chaveiro_epoch gauge\n\
         chaveiro_epoch {}\n\
         # HELP chaveiro_keys Keys in memory, deleted and expired ones included.\n\
         # TYPE chaveiro_keys gauge\n\
         chaveiro_keys {}\n",
        engine.epoch(),
        engine.keys_in_memory(),
    );
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    uncached(([(CONTENT_TYPE, content_type)], text))
}

fn uncached(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

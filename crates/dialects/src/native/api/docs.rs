//! `/openapi.json` and `/docs`: the description of the API, for programs and for people, and the way
//! there from `/`.
//!
//! Open to anybody who reaches the control plane, like the checks of health: it says what can be
//! asked, and nothing of what is there. Must not need any resource from elsewhere.

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY, VARY,
};
use http::{HeaderMap, HeaderValue};

use utoipa::openapi::OpenApi;

use super::docs_words::Language;
use super::problem::{Problem, ProblemCode};
use super::{describe, docs_page, routes};

/// The answer to whoever asks for what the control plane does not serve.
const NOTHING_HERE: &str =
    "There is nothing at this path. The API begins at /api/v1, and /docs describes it.";

/// `/openapi.json` and `/docs`, with what others serve besides, and the way there from anywhere else. All
/// are made once.
///
/// # Panics
/// A description that is no JSON, which the first test of the router finds.
pub fn docs_router(others: OpenApi) -> Router {
    let mut document = describe::document(&routes());
    document.merge(others);
    let value = serde_json::to_value(&document).expect("a description is JSON");
    let json = Bytes::from(serde_json::to_vec(&document).expect("a description is JSON"));
    let page = |language| (language, Bytes::from(docs_page::render(&value, language)));
    let pages = Language::ALL.map(page);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        docs_page::style_digest()
    );
    let policy = Arc::new(HeaderValue::try_from(policy).expect("Base64 is fit for a header"));
    Router::new()
        // Until there is something to see for people, this is where they find out what there is.
        .route("/", get(async || Redirect::temporary("/docs")))
        .route("/openapi.json", get(async move || answer("application/json", json.clone())))
        .route(
            "/docs",
            get(async move |RawQuery(query): RawQuery, headers: HeaderMap| {
                let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
                let wanted = Language::wanted(query.as_deref(), accepted);
                let page = pages.iter().find(|(language, _)| *language == wanted);
                let page = page.map_or_else(Bytes::new, |(_, page)| page.clone());
                let mut response = answer("text/html; charset=utf-8", page);
                let headers = response.headers_mut();
                headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(wanted.words().code));
                headers.insert(VARY, HeaderValue::from_static("accept-language"));
                headers.insert(CONTENT_SECURITY_POLICY, (*policy).clone());
                headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
                response
            }),
        )
        .fallback(async || Problem::new(ProblemCode::NoSuchPath, NOTHING_HERE))
}

fn answer(content_type: &'static str, body: Bytes) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

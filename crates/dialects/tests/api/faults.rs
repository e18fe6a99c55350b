//! Our own trouble, and callers that hang up.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use domain::ids::RequestId;
use http::Method;
use http::header::CONTENT_TYPE;
use http_body::Frame;
use serde_json::json;
use store::fault::FaultKind;
use store::port::Store;

use super::desk::{Desk, NOBODY, SANDBOX};
use super::log::logged;
use super::switchable_store::{DETAIL, SwitchableStore};

async fn desk() -> (Arc<SwitchableStore>, Desk) {
    let store = SwitchableStore::working();
    let desk = Desk::over(Arc::clone(&store) as Arc<dyn Store>).await;
    (store, desk)
}

async fn check(kind: FaultKind, status: u16, code: &str, retry_after: &str) {
    let (store, desk) = desk().await;
    store.fail(kind);
    for (method, path, body) in [
        (Method::GET, format!("{SANDBOX}/accounts"), ""),
        (Method::GET, desk.account_path(), ""),
        (Method::GET, format!("{SANDBOX}/keys"), ""),
        (Method::GET, desk.key_path(), ""),
        (Method::POST, format!("{SANDBOX}/accounts"), r#"{"name":"a"}"#),
        (Method::PATCH, desk.account_path(), r#"{"name":"a"}"#),
        (Method::DELETE, desk.account_path(), ""),
        (Method::POST, format!("{}/release", desk.account_path()), ""),
        (Method::DELETE, format!("{}/release", desk.account_path()), ""),
        (Method::POST, desk.keys_path(), r#"{"name":"a"}"#),
        (Method::PATCH, desk.key_path(), r#"{"name":"a"}"#),
        (Method::POST, format!("{}/enable", desk.key_path()), ""),
        (Method::POST, format!("{}/disable", desk.key_path()), ""),
        (Method::DELETE, desk.key_path(), ""),
        (Method::POST, "/api/v1/operator-keys".to_owned(), r#"{"name":"a","role":"admin"}"#),
        (Method::POST, format!("{}/suspend", desk.account_path()), ""),
        (Method::POST, format!("{}/resume", desk.account_path()), ""),
        (Method::GET, "/api/v1/operator-keys".to_owned(), ""),
        (Method::DELETE, format!("/api/v1/operator-keys/{NOBODY}"), ""),
        (Method::POST, "/api/v1/keys/owner".to_owned(), &json!({"key": desk.key.text}).to_string()),
    ] {
        let answer = desk.write(&method, &path, body).await;
        let problem = answer.problem(status, code);
        assert_eq!(problem["request_id"], answer.header("chaveiro-request-id"));
        assert_eq!(answer.header("retry-after"), retry_after, "{method} {path}");
        assert!(!answer.text.contains(DETAIL));
    }
}

#[tokio::test]
async fn trouble_of_the_store_says_whether_to_try_again() {
    check(FaultKind::Unavailable, 503, "store_unavailable", "1").await;
    check(FaultKind::OutcomeUnknown, 503, "outcome_unknown", "").await;
    check(FaultKind::Full, 503, "store_full", "").await;
    check(FaultKind::Damaged, 500, "store_damaged", "").await;
}

#[tokio::test]
async fn a_deletion_is_finished_although_its_caller_hangs_up() {
    let (store, desk) = desk().await;
    store.done.forget_permits(1_000);
    store.arrived.forget_permits(1_000);
    store.hold();
    let request = desk.request(&Method::DELETE, &desk.key_path());
    let request = request.header(CONTENT_TYPE, "application/json").body(Body::empty());
    let caller = tokio::spawn(desk.begin(request.expect("a request")));
    store.arrived.acquire().await.expect("never closed").forget();
    caller.abort();
    assert!(caller.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(desk.verify(&desk.key.text).await, "granted");

    store.passes.add_permits(1);
    let done = tokio::time::timeout(Duration::from_secs(10), store.done.acquire()).await;
    done.expect("the deletion is finished").expect("never closed").forget();
    assert_eq!(desk.verify(&desk.key.text).await, "deleted");
}

#[tokio::test]
async fn a_fault_is_logged_once_with_its_request_and_nothing_else_is() {
    let (store, desk) = desk().await;
    // Worlds have one seed, so that only ids from outside differ between the tests.
    let check = async |number: u128, body: &str, status: u16, expected: usize| {
        let id = RequestId::from_u128(number);
        let request = desk.request(&Method::POST, &desk.keys_path()).extension(id);
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        assert_eq!(desk.send(request).await.status, status);
        let lines = logged(&id.to_string());
        assert_eq!(lines.len(), expected, "{lines:?}");
        assert!(lines.iter().all(|line| line.contains(DETAIL)), "{lines:?}");
    };
    check(1, r#"{"name":"a"}"#, 201, 0).await;
    check(2, "{", 400, 0).await;
    store.fail(FaultKind::Damaged);
    check(3, r#"{"name":"a"}"#, 500, 1).await;
    assert!(logged(&desk.admin).is_empty() && logged(&desk.key.text).is_empty());
}

/// A body whose connection ends before it is whole.
struct Broken;

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into())))
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_told_in_the_words_of_the_verify_call() {
    let desk = Desk::open().await;
    let request = desk.request(&Method::POST, &desk.keys_path());
    let request = request.header(CONTENT_TYPE, "application/json").body(Body::new(Broken));
    let problem = desk.send(request.expect("a request")).await.problem(400, "body_incomplete");
    assert_eq!(problem["title"], "Body did not arrive whole");
}

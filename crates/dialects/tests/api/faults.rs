//! Our own trouble, and callers that hang up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::Method;
use http::header::CONTENT_TYPE;
use store::fault::FaultKind;
use store::port::Store;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::desk::{Desk, SANDBOX};
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
        (Method::POST, desk.keys_path(), r#"{"name":"a"}"#),
        (Method::PATCH, desk.key_path(), r#"{"name":"a"}"#),
        (Method::POST, format!("{}/enable", desk.key_path()), ""),
        (Method::POST, format!("{}/disable", desk.key_path()), ""),
        (Method::DELETE, desk.key_path(), ""),
        (Method::POST, "/api/v1/operator-keys".to_owned(), r#"{"name":"a","role":"admin"}"#),
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
async fn a_fault_is_logged_once_with_its_request_and_without_a_key() {
    let (store, desk) = desk().await;
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    desk.post(&desk.keys_path(), r#"{"name":"a"}"#).await.ok(201);
    desk.post(&desk.keys_path(), "{").await.problem(400, "invalid_json");
    store.fail(FaultKind::Damaged);
    let answer = desk.patch(&desk.key_path(), r#"{"name":"a"}"#).await;
    answer.problem(500, "store_damaged");
    let lines = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(DETAIL), "{lines:?}");
    assert!(lines[0].contains(answer.header("chaveiro-request-id")), "{lines:?}");
    assert!(!lines[0].contains(&desk.admin) && !lines[0].contains(&desk.key.text));
}

/// Keeps what the API logs, a line for each event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("dialects")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

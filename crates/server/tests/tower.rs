//! The client crate against a running server: the layer of `chaveiro-client` answers as the gateway
//! does, holds a revocation for the next request, and lets nothing through without a verdict.
//!
//! The whole corpus goes through it in `doors.rs`; what other servers than ours may answer is in the
//! tests of the crate.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "../../chaveiro-client/examples/axum.rs"]
#[allow(dead_code, reason = "a test does not run for ever")]
mod example;
#[path = "tower/stage.rs"]
mod stage;

use std::error::Error;

use chaveiro_client::{
    Caller, Decision, Fault, Head, Identity, Place, Question, Verdict, VerifierKey,
};
use http::{HeaderMap, Method, StatusCode};
use stage::{Behind, Stage, answered, bearer, with_key};
use support::http as wire;

const CUSTOMERS: &str = "/v3/customers?limit=1";

#[tokio::test]
async fn a_granted_request_tells_the_service_who_calls_and_shows_no_key() {
    let stage = Stage::new();
    let behind = stage.layered("payments", "sandbox");
    let (status, _, body) = answered(&behind, with_key(&stage.key, CUSTOMERS)).await;
    assert_eq!((status.as_u16(), &*body), (200, "from behind"));
    let [seen] = &behind.seen()[..] else { panic!("called once") };
    let who = seen.extensions.get::<Identity>().expect("who calls");
    assert_eq!((&*who.realm, &*who.environment), ("payments", "sandbox"));
    assert_eq!(who.account, stage.server.text("/realms/payments/sandbox/account_id"));
    assert_eq!((who.project.as_deref(), who.token.split('.').count()), (None, 3));
    assert!(!format!("{:?}", seen.headers).contains("aact_"), "{:?}", seen.headers);

    let mail = stage.layered("mail", "production");
    let key = stage.server.text("/realms/mail/production/project_key");
    assert_eq!(answered(&mail, bearer(&key, "/v1/contacts")).await.0, 200);
    let seen = &mail.seen()[0];
    let project = stage.server.text("/realms/mail/production/project_id");
    assert_eq!(seen.extensions.get::<Identity>().expect("who").project, Some(project));
    assert!(!seen.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_refusal_is_the_gateways_status_lines_and_body() {
    let stage = Stage::new();
    let behind = stage.layered("payments", "sandbox");
    let mut cut = stage.key.clone();
    cut.truncate(20);
    let disabled = stage.make_key("disabled");
    stage.disable_key(&disabled.0);
    for (key, path) in [
        ("", CUSTOMERS),
        (&*cut, CUSTOMERS),
        (&*disabled.1, CUSTOMERS),
        (&*stage.key, "/v3/../customers"),
        (&*stage.key, "/v3/webhooks/%2e"),
    ] {
        let gateway = wire::get(&stage.server.address(1), path, &[("access_token", key)]);
        let (status, lines, body) = answered(&behind, with_key(key, path)).await;
        assert_eq!((status.as_u16(), body), (gateway.status, gateway.text()), "{path}");
        for name in ["content-type", "www-authenticate", "chaveiro-hint", "cache-control"] {
            let line = lines.get(name).map(|value| value.to_str().expect("text"));
            assert_eq!(line, gateway.header(name), "{path}: {name}");
        }
        assert!(status.is_client_error() && lines.contains_key("chaveiro-request-id"));
    }
    assert_eq!(behind.seen().len(), 0, "the service was called");
}

#[tokio::test]
async fn a_key_that_was_revoked_is_refused_by_the_next_request() {
    let stage = Stage::new();
    let behind = stage.layered("payments", "sandbox");
    let client = stage.client();
    let place = Place::new("payments", "sandbox").expect("a place");
    for number in 1..=20 {
        let (id, key) = stage.make_key("short-lived");
        assert_eq!(answered(&behind, with_key(&key, CUSTOMERS)).await.0, 200);
        let question = Question::new(&place, "GET", "/v3/customers").key(key.as_str());
        assert!(matches!(client.verify(&question).await, Ok(Decision::Granted(_))));
        stage.delete_key(&id);
        assert_eq!(answered(&behind, with_key(&key, CUSTOMERS)).await.0, 401);
        let decided = client.verify(&question).await;
        assert!(matches!(decided, Ok(Decision::Refused(denial)) if denial.reason == "deleted"));
        assert_eq!(behind.seen().len(), number);
    }
}

/// Who lets a request through that nobody has judged.
async fn goes_on(behind: &Behind, key: &str) -> bool {
    let before = behind.seen().len();
    let (status, lines, body) = answered(behind, with_key(key, CUSTOMERS)).await;
    let says_why = status == StatusCode::SERVICE_UNAVAILABLE
        && lines["content-type"] == "application/problem+json"
        && body.contains("The key cannot be verified");
    !says_why || behind.seen().len() > before
}

#[tokio::test]
async fn without_a_server_nothing_is_let_through_and_with_it_everything_is_as_before() {
    let mut stage = Stage::new();
    let behind = stage.layered("payments", "sandbox");
    assert_eq!(answered(&behind, with_key(&stage.key, CUSTOMERS)).await.0, 200);
    stage.server.kill();
    assert!(!goes_on(&behind, &stage.key).await);
    // The proof that this is noticed: a layer that takes a fault for a grant.
    assert!(goes_on(&stage.layered_carelessly(), &stage.key).await);
    stage.start_again();
    assert_eq!(answered(&behind, with_key(&stage.key, CUSTOMERS)).await.0, 200);
}

#[tokio::test]
async fn a_limit_that_is_used_up_is_answered_with_its_lines() {
    let stage = Stage::with(&[("CHAVEIRO__REALM__MAIL__LIMITS", "preset")]);
    let behind = stage.layered("mail", "production");
    let key = stage.server.text("/realms/mail/production/project_key");
    // Fifty in any minute: one of so many is refused, however slow this machine is.
    for granted in 0..200 {
        let (status, lines, body) = answered(&behind, bearer(&key, "/v1/contacts")).await;
        assert!(lines.contains_key("ratelimit") && lines.contains_key("x-ratelimit-limit"));
        if status == StatusCode::TOO_MANY_REQUESTS {
            assert!(lines.contains_key("retry-after") && body.contains("retryAfter"), "{body}");
            assert!(granted >= 2 && behind.seen().len() == granted);
            return;
        }
        assert_eq!(status, 200);
    }
    panic!("nothing was refused");
}

#[tokio::test]
async fn the_verify_call_and_its_batch_are_answered_in_types() {
    let stage = Stage::new();
    let client = stage.client();
    let place = Place::new("payments", "sandbox").expect("a place");
    let question = Question::new(&place, "POST", "/v3/payments").key(stage.key.as_str());
    let address = "203.0.113.9".parse().expect("an address");
    let question = question.ip(address).user_agent("shop/1.0").min_epoch(0);
    let Ok(Decision::Granted(grant)) = client.verify(&question).await else { panic!("granted") };
    assert_eq!(grant.account_id, stage.server.text("/realms/payments/sandbox/account_id"));
    assert_eq!((grant.permission.as_deref(), grant.project_id), (Some("PAYMENT:WRITE"), None));

    let later = Question::new(&place, "GET", "/").key(stage.key.as_str()).min_epoch(u64::MAX);
    let Ok(Decision::Refused(denial)) = client.verify(&later).await else { panic!("refused") };
    assert_eq!((&*denial.reason, denial.status), ("undecidable", 503));

    let none = Question::new(&place, "GET", "/v3/payments");
    let ambiguous = Question::new(&place, "GET", "/a/../b");
    let answers = client.verify_batch(&[question, none.clone(), ambiguous]).await;
    let answers = answers.expect("answers");
    assert!(matches!(&answers[0], Ok(Decision::Granted(_))));
    let missing = |denial: &str| denial == "no_credential";
    assert!(matches!(&answers[1], Ok(Decision::Refused(denial)) if missing(&denial.reason)));
    assert!(matches!(&answers[2], Err(mistake) if mistake.status == 400));
    let many = vec![none; 1_001];
    let fault = client.verify_batch(&many).await.expect_err("too many");
    assert!(matches!(fault, Fault::Mistaken { status: 422, .. }), "{fault:?}");
}

#[tokio::test]
async fn who_may_not_ask_or_asks_about_nothing_gets_a_fault_and_no_verdict() {
    let stage = Stage::new();
    let headers = HeaderMap::new();
    let uri = CUSTOMERS.parse().expect("a target");
    let head =
        Head { method: &Method::GET, uri: &uri, headers: &headers, caller: Caller::default() };
    let place = Place::new("payments", "sandbox").expect("a place");
    for key in [&*stage.key, "no-key", &format!("{}x", stage.verifier)] {
        let client = stage.client_with(key);
        let fault = client.judge(&place, &head).await.expect_err("it may not ask");
        assert!(matches!(fault, Fault::NotAllowed { .. }), "{fault:?}");
        let fault = client.verify(&Question::new(&place, "GET", "/")).await;
        assert!(matches!(fault, Err(Fault::NotAllowed { .. })), "{fault:?}");
    }
    let client = stage.client();
    for (realm, environment) in [("none", "sandbox"), ("payments", "none")] {
        let place = Place::new(realm, environment).expect("a place");
        let fault = client.judge(&place, &head).await.expect_err("there is none");
        assert!(matches!(fault, Fault::Mistaken { status: 422, .. }), "{fault:?}");
    }
    let verdict = client.judge(&place, &head).await.expect("a verdict");
    assert!(matches!(verdict, Verdict::Refused(refusal) if refusal.status == 401));
}

#[tokio::test]
async fn a_head_larger_than_the_server_reads_is_answered_431() {
    let stage = Stage::with(&[("CHAVEIRO__LIMITS__HEADER_BYTES_MAX", "8192")]);
    let behind = stage.layered("payments", "sandbox");
    let mut request = with_key(&stage.key, CUSTOMERS);
    request.headers_mut().insert("x-long", "a".repeat(9_000).parse().expect("a value"));
    assert_eq!(answered(&behind, request).await.0, 431);
    assert_eq!(behind.seen().len(), 0);
}

#[tokio::test]
async fn the_example_serves_granted_requests_alone_and_the_page_shows_it()
-> Result<(), Box<dyn Error>> {
    let stage = Stage::new();
    let key = VerifierKey::new(stage.verifier.as_str())?;
    let service = example::service(&stage.url(), key)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let service = service.into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let good = stage.key.clone();
    let asked = tokio::task::spawn_blocking(move || {
        let get = |path: &str, key: &str| {
            let answer = wire::get(&address, path, &[("access_token", key)]);
            (answer.status, answer.text())
        };
        [
            get("/v3/customers", &good),
            get("/v3/customers", "x"),
            get("/other", "x"),
            get("/other", &good),
        ]
    });
    let [granted, refused, elsewhere, nowhere] = asked.await?;
    let account = stage.server.text("/realms/payments/sandbox/account_id");
    assert_eq!(granted, (200, format!("customers of {account}\n")));
    assert_eq!((refused.0, elsewhere.0, nowhere.0), (401, 401, 404));

    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/operating/rust.md"))?;
    let code = std::fs::read_to_string(root.join("crates/chaveiro-client/examples/axum.rs"))?;
    let (_, code) = code.split_once("\n\n").expect("an opening");
    assert!(page.contains(&format!("```rust\n{code}```")), "the page shows other code");
    Ok(())
}

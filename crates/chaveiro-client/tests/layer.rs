//! What the layer asks, what the service behind it sees, and in which order it is called.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod stage;

use chaveiro_client::{Identity, Settings};
use http::HeaderValue;
use http_body_util::BodyExt as _;
use stage::{Server, behind, grant, request, with};
use tower::{Service as _, ServiceExt as _};

/// What was asked about a request with these lines, without the lines that are always there.
async fn asked(lines: &[(&str, HeaderValue)]) -> Vec<String> {
    let server = Server::answering(&grant());
    let (layered, _) = behind(&server, Settings::default());
    layered.oneshot(with(lines)).await.expect("an answer");
    let [question] = &server.questions()[..] else { panic!("one question") };
    let mut lines = question.trim_end().lines();
    assert_eq!(lines.next(), Some("GET /auth/payments/sandbox HTTP/1.1"));
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    for own in [
        "chaveiro-verifier: verifier-key",
        "chaveiro-asked-method: GET",
        "chaveiro-asked-target: /v3/customers?limit=1",
        "chaveiro-asked-client: 203.0.113.9",
    ] {
        let at = lines.iter().position(|line| line == own);
        lines.remove(at.unwrap_or_else(|| panic!("no {own} in {lines:?}")));
    }
    lines.retain(|line| !line.starts_with("host: "));
    lines.sort_unstable();
    lines
}

fn line(name: &'static str, value: &'static str) -> (&'static str, HeaderValue) {
    (name, HeaderValue::from_static(value))
}

#[tokio::test]
async fn a_question_has_the_callers_lines_as_they_came() {
    let lines = [
        line("x-key", "one"),
        line("x-key", "two"),
        line("user-agent", ""),
        line("x-forwarded-for", "10.0.0.1"),
        line("x-forwarded-proto", "https"),
    ];
    let wanted = [
        "user-agent: ",
        "x-forwarded-for: 10.0.0.1",
        "x-forwarded-proto: https",
        "x-key: one",
        "x-key: two",
    ];
    assert_eq!(asked(&lines).await, wanted);
}

#[tokio::test]
async fn a_caller_does_not_speak_for_the_service() {
    let lines = [
        line("chaveiro-asked-method", "POST"),
        line("chaveiro-asked-client", "127.0.0.1"),
        line("chaveiro_asked-scheme", "https"),
        line("chaveiro-verifier", "spoofed"),
        line("chaveiro-refusal", "spoofed"),
        line("x-original-method", "POST"),
        line("x-original-uri", "/"),
        line("x-forwarded-method", "POST"),
        line("x-forwarded-uri", "/"),
        line("host", "elsewhere"),
        line("content-length", "7"),
        line("transfer-encoding", "chunked"),
        line("expect", "100-continue"),
        line("connection", "x-key"),
        line("upgrade", "h2c"),
    ];
    assert_eq!(asked(&lines).await, [""; 0]);
}

#[tokio::test]
async fn the_service_sees_who_calls_and_no_credential() {
    let server = Server::answering(&grant());
    let (layered, calls) = behind(&server, Settings::default());
    let lines = [
        line("x-key", "secret"),
        line("authorization", "Bearer secret"),
        line("chaveiro-account", "spoofed"),
        line("chaveiro_project", "spoofed"),
        line("accept", "*/*"),
        line("x-forwarded-for", "10.0.0.1"),
    ];
    let mut request = with(&lines);
    let told = |account: &str| Identity {
        realm: "payments".to_owned(),
        environment: "sandbox".to_owned(),
        account: account.to_owned(),
        project: None,
        key: "k".to_owned(),
        request_id: "r".to_owned(),
        token: "a.b.c".to_owned(),
    };
    // What stood there before is replaced.
    request.extensions_mut().insert(told("spoofed"));
    let response = layered.oneshot(request).await.expect("an answer");
    let seen = calls.last();
    let mut names: Vec<_> = seen.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "x-forwarded-for"]);
    assert_eq!(seen.extensions.get::<Identity>(), Some(&told("a")));
    assert!(!format!("{:?}", told("a")).contains("a.b.c"), "the token is shown");
    assert_eq!(seen.uri, "/v3/customers?limit=1");
    assert_eq!(response.headers()["ratelimit"], "\"second\";r=1");
    let limits: Vec<_> = response.headers().get_all("x-ratelimit-limit").iter().collect();
    assert_eq!(limits, ["2"], "what the server says takes the place of what the service says");
    assert!(!response.headers().contains_key("set-cookie"), "nothing else is passed on");
    let body = response.into_body().collect().await.expect("whole").to_bytes();
    assert_eq!(body, "from behind");
}

#[tokio::test]
async fn the_service_that_was_ready_is_the_one_that_is_called() {
    let server = Server::answering(&grant());
    let (mut layered, calls) = behind(&server, Settings::default());
    for number in 1..=3 {
        let ready = layered.ready().await.expect("ready");
        // Two clones of one that is ready: each has to be asked anew, and the service sees to it.
        let (first, second) = (ready.clone(), ready.clone());
        ready.call(request()).await.expect("an answer");
        first.oneshot(request()).await.expect("an answer");
        second.oneshot(request()).await.expect("an answer");
        assert_eq!(calls.count(), number * 3);
    }
    assert_eq!(server.asked(), 9);
}

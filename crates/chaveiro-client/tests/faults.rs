//! Whatever comes instead of a verdict is a fault, within its bounds, and the service behind the
//! layer is not called. The servers here are not Chaveiro's: they do what it never does.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod stage;

use std::time::Duration;

use chaveiro_client::{Caller, Client, Fault, Head, NotAClient, Question, Settings, VerifierKey};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use stage::{Server, behind, client, grant, place, request, with};
use tower::ServiceExt as _;

/// What the client makes of this answer, and the layer; the service behind must not be called.
async fn check(answer: &[u8], settings: Settings, is_it: impl Fn(&Fault) -> bool) {
    let server = Server::answering(answer);
    let shown = String::from_utf8_lossy(&answer[..answer.len().min(80)]).into_owned();
    let (layered, calls) = behind(&server, settings);
    let response = layered.oneshot(request()).await.expect("an answer");
    assert_eq!(response.status(), 503, "{shown}");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let fault = response.extensions().get::<Fault>().expect("the fault");
    assert!(is_it(fault), "{shown}: {fault:?}");
    assert_eq!(calls.count(), 0, "{shown}: the service was called");
}

fn unreadable(fault: &Fault) -> bool {
    matches!(fault, Fault::Unreadable { .. })
}

fn unreachable(fault: &Fault) -> bool {
    matches!(fault, Fault::Unreachable { .. })
}

/// For answers that never come: nothing is measured, it only has to end.
fn hurried() -> Settings {
    Settings { answer_max: Duration::from_millis(50), ..Settings::default() }
}

fn http(status: &str, lines: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{lines}\r\n{body}").into_bytes()
}

#[tokio::test]
async fn a_grant_calls_the_service_once() {
    let server = Server::answering(&grant());
    let (layered, calls) = behind(&server, Settings::default());
    let response = layered.oneshot(request()).await.expect("an answer");
    assert_eq!((response.status().as_u16(), calls.count()), (200, 1));
}

#[tokio::test]
async fn an_answer_that_does_not_come_ends_in_its_time() {
    check(b"", hurried(), |fault| *fault == Fault::TimedOut).await;
    check(b"HTTP/1.1 200 OK\r\n", hurried(), |fault| *fault == Fault::TimedOut).await;
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
    check(half, hurried(), |fault| *fault == Fault::TimedOut).await;
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let settings = Settings::default;
    let line = format!("a: {}\r\n", "b".repeat(100_000));
    check(&http("200 OK", &line, ""), settings(), unreadable).await;
    check(&http("200 OK", &"a: b\r\n".repeat(1_000), ""), settings(), unreadable).await;
    check(&http("200 OK", "", &"b".repeat(100_000)), settings(), unreadable).await;
    let chunk = format!("2000\r\n{}\r\n", "b".repeat(0x2000)).repeat(20);
    let chunks = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}");
    check(chunks.as_bytes(), settings(), unreadable).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_verdict() {
    for whole in [&b""[..], b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"] {
        let server = Server::closing_after(whole);
        let (layered, calls) = behind(&server, Settings::default());
        let response = layered.oneshot(request()).await.expect("an answer");
        let fault = response.extensions().get::<Fault>().expect("the fault");
        assert!(unreachable(fault), "{fault:?}");
        assert_eq!((response.status().as_u16(), calls.count()), (503, 0));
    }
}

#[tokio::test]
async fn what_is_no_verdict_is_none() {
    let granted = String::from_utf8(grant()).expect("text");
    let without = |line: &str| {
        let start = granted.find(line).unwrap_or_else(|| panic!("no {line}"));
        let end = start + granted[start..].find("\r\n").expect("its end") + 2;
        format!("{}{}", &granted[..start], &granted[end..]).into_bytes()
    };
    for line in ["realm", "environment", "account", "key", "request-id", "identity", "remove"] {
        check(&without(&format!("chaveiro-{line}: ")), Settings::default(), unreadable).await;
    }
    let other = granted.replace("environment: sandbox", "environment: production");
    let twice = granted.replace("chaveiro-key", "chaveiro-account: b\r\nchaveiro-key");
    let refused = granted.replace("chaveiro-key", "chaveiro-refusal: a\r\nchaveiro-key");
    for answer in [other, twice, refused] {
        check(answer.as_bytes(), Settings::default(), unreadable).await;
    }
    for answer in [
        b"no HTTP at all\r\n\r\n".to_vec(),
        http("204 No Content", "", ""),
        http("200 OK", "", "{}"),
        http("302 Found", "location: /\r\n", ""),
        http("401 Unauthorized", "content-type: text/html\r\n", "<p>"),
        http("403 Forbidden", "", ""),
        http("403 Forbidden", "chaveiro-refusal: SFRUUC8xLjEgMjAwIA0KDQo\r\n", ""),
    ] {
        check(&answer, Settings::default(), unreadable).await;
    }
    let unavailable = |fault: &Fault| *fault == Fault::Unavailable { status: 502 };
    check(&http("502 Bad Gateway", "", "<p>"), Settings::default(), unavailable).await;
    let problem = "content-type: application/problem+json\r\n";
    let words = r#"{"detail":"Use a verifier's key."}"#;
    let not_allowed = |fault: &Fault| matches!(fault, Fault::NotAllowed { .. });
    check(&http("401 Unauthorized", problem, words), Settings::default(), not_allowed).await;
    let mistaken = |fault: &Fault| matches!(fault, Fault::Mistaken { status: 422, .. });
    check(&http("422 Unprocessable", problem, words), Settings::default(), mistaken).await;
}

#[tokio::test]
async fn a_question_that_was_sent_is_not_sent_again() {
    let server = Server::closing_after(b"");
    let asked = client(&server, Settings::default());
    for number in 1..=3 {
        let fault =
            asked.verify(&Question::new(&place(), "GET", "/")).await.expect_err("no answer");
        assert!(unreachable(&fault), "{fault:?}");
        assert_eq!(server.asked(), number);
    }
}

#[tokio::test]
async fn as_many_questions_as_may_be_under_way_are_and_no_more() {
    let server = Server::answering(b"");
    let settings = Settings { at_once_max: 1, ..Settings::default() };
    let asked = client(&server, settings);
    let first = {
        let asked = asked.clone();
        tokio::spawn(async move { asked.verify(&Question::new(&place(), "GET", "/")).await })
    };
    server.wait_until_asked(1).await;
    let second = asked.verify(&Question::new(&place(), "GET", "/")).await;
    assert_eq!(second.expect_err("no place"), Fault::TooManyAtOnce);
    first.abort();
    assert!(first.await.expect_err("aborted").is_cancelled());
    // Its place is free again: this one waits for its answer, and ends because it must.
    let third = Question::new(&place(), "GET", "/");
    let third = tokio::time::timeout(Duration::from_millis(50), asked.verify(&third));
    assert!(third.await.is_err(), "it was not let in");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_not_sent() {
    let server = Server::answering(&grant());
    let (layered, calls) = behind(&server, Settings::default());
    let long = HeaderValue::from_str(&"a".repeat(16_000)).expect("a value");
    let response = layered.clone().oneshot(with(&[("x-long", long)])).await.expect("an answer");
    assert_eq!(response.status(), 431);
    let mut many = request();
    for number in 0..93 {
        let name = HeaderName::try_from(format!("x-{number}")).expect("a name");
        many.headers_mut().insert(name, HeaderValue::from_static("a"));
    }
    assert_eq!(layered.oneshot(many).await.expect("an answer").status(), 431);
    assert_eq!((server.asked(), calls.count()), (0, 0));
}

#[tokio::test]
async fn nobody_there_is_a_fault() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", free.local_addr().expect("its address"));
    drop(free);
    let key = VerifierKey::new("k").expect("a key");
    let client = Client::new(&url, key, Settings::default()).expect("a client");
    let uri = "/".parse().expect("a target");
    let (method, headers) = (&Method::GET, &HeaderMap::new());
    let head = Head { method, uri: &uri, headers, caller: Caller::default() };
    let fault = client.judge(&place(), &head).await.expect_err("nobody");
    assert!(unreachable(&fault), "{fault:?}");
    assert!(unreachable(&client.verify_batch(&[]).await.expect_err("nobody")));
}

#[test]
fn keys_go_in_the_clear_to_this_machine_alone() {
    use chaveiro_client::ClearText::Anywhere;
    let made = |url: &str, settings: Settings| {
        Client::new(url, VerifierKey::new("k").expect("a key"), settings).map(drop)
    };
    for url in
        ["http://127.0.0.1:8804", "http://[::1]:8804", "http://localhost/", "https://a.example"]
    {
        assert_eq!(made(url, Settings::default()), Ok(()), "{url}");
    }
    for url in ["http://10.0.0.1:8804", "http://localhost.example", "http://keys"] {
        let refused = Err(NotAClient::InTheClear(url.to_owned()));
        assert_eq!(made(url, Settings::default()), refused, "{url}");
        let allowed = Settings { clear_text: Anywhere, ..Settings::default() };
        assert_eq!(made(url, allowed), Ok(()), "{url}");
    }
    for url in [
        "",
        "/",
        "keys:8804",
        "ftp://a",
        "http://u:p@127.0.0.1",
        "http://127.0.0.1/a",
        "http://127.0.0.1?a",
    ] {
        let shown = url.replace("u:p", "…").replace("http://…", "…");
        assert_eq!(made(url, Settings::default()), Err(NotAClient::Url(shown)), "{url}");
    }
    let none = Settings { at_once_max: 0, ..Settings::default() };
    assert_eq!(made("http://127.0.0.1", none), Err(NotAClient::Nothing("at_once_max")));
}

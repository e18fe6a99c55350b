//! TLS from outside: both versions, nobody in the clear, and certificates that follow their files.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "tls/client.rs"]
mod client;
#[path = "tls/stage.rs"]
mod stage;

use std::time::Duration;

use chaveiro_client::{
    Client, Decision, Fault, NotAClient, Place, Question, Settings, Trust, VerifierKey,
};
use rustls::version::{TLS12, TLS13};
use stage::Stage;
use support::{http, wait};

/// The files are looked at every few seconds.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn requests_come_over_tls_1_2_and_1_3() {
    let stage = Stage::new();
    let trusted = [stage.certificate()];
    for version in [&TLS12, &TLS13] {
        let mut gateway = client::connect(&stage.address(1), &trusted, version).expect("let in");
        assert_eq!(gateway.conn.protocol_version(), Some(version.version));
        assert_eq!(gateway.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
        let line = format!("access_token: {}", stage.key);
        let answer = client::ask(&mut gateway, "GET", "/v3/customers", &line, "");
        assert_eq!((answer.status, answer.text().as_str()), (200, "from behind"));
        let line = "access_token: not a key";
        assert_eq!(client::ask(&mut gateway, "GET", "/v3/customers", line, "").status, 401);

        let mut verify = client::connect(&stage.address(4), &trusted, version).expect("let in");
        let line = format!("authorization: Bearer {}", stage.verifier);
        let question = stage.question();
        let answer = client::ask(&mut verify, "POST", "/api/v1/verify", &line, &question);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["verdict"], "granted", "{}", answer.text());
    }
}

#[test]
fn who_comes_in_the_clear_is_refused_in_the_dialects_words_and_not_redirected() {
    let stage = Stage::new();
    let check = |listener: u16, line: (&str, &str), part: &str| {
        let address = stage.address(listener);
        for path in ["/v3/customers", "/v1/contacts", "/api/v1/verify", "/", "/healthz"] {
            for method in ["GET", "POST"] {
                let answer = http::send(&address, method, path, &[line], b"");
                let text = answer.text();
                assert_eq!(answer.status, 403, "{listener} {method} {path}: {text}");
                assert!(text.contains(part), "{listener} {method} {path}: {text}");
                assert_eq!(answer.header("location"), None);
            }
        }
    };
    let bearer = |key: &str| format!("Bearer {key}");
    check(1, ("access_token", &stage.key), r#"{"errors":[{"code":"https_required""#);
    check(1, ("accept", "*/*"), r#"{"errors":[{"code":"https_required""#);
    check(3, ("authorization", &bearer("AS_none")), r#""error""#);
    check(4, ("authorization", &bearer(&stage.verifier)), "/problems/insecure_transport");
    check(0, ("authorization", &bearer(&stage.admin)), "/problems/insecure_transport");
    assert_eq!(stage.heard_behind(), 0, "nothing went on to the upstream");
}

#[test]
fn a_key_that_came_in_the_clear_is_told_of_once_however_often_it_came() {
    let stage = Stage::new();
    let exposures = || {
        let path = "/api/v1/realms/payments/environments/sandbox/events?kind=key.exposed";
        let mut api = client::connect(&stage.address(0), &[stage.certificate()], &TLS13);
        let line = format!("authorization: Bearer {}", stage.admin);
        let api = api.as_mut().expect("let in");
        client::ask(api, "GET", path, &line, "").json()["items"].clone()
    };
    let sent = |key: &str| {
        let line = [("access_token", key)];
        let answer = http::send(&stage.address(1), "GET", "/v3/customers", &line, b"");
        assert_eq!(answer.status, 403);
    };
    (0..20).for_each(|_| sent(&stage.key));
    let told = wait::within(SOON, "it is told", || {
        let told = exposures();
        (told != serde_json::json!([])).then_some(told)
    });
    let cause = serde_json::json!({"cause": "in_the_clear", "where": null});
    assert_eq!((told.as_array().map(Vec::len), &told[0]["exposure"]), (Some(1), &cause));
    sent(&stage.key);
    // Keys are told of in the order in which they came: once the other is, so would be this one.
    sent(&stage.another_key());
    let first = &told[0]["key_id"];
    let ids = wait::within(SOON, "the other is told", || {
        let told = exposures();
        let ids: Vec<_> = told.as_array()?.iter().map(|row| row["key_id"].clone()).collect();
        ids.iter().any(|id| id != first).then_some(ids)
    });
    assert_eq!((ids.len(), ids.iter().filter(|id| *id == first).count()), (2, 1));
}

#[test]
fn a_new_certificate_is_used_soon_and_a_broken_one_never() {
    let mut stage = Stage::new();
    let old = stage.certificate();
    let offered = |stage: &Stage, trusted: &[_]| {
        let connected = client::connect(&stage.address(1), trusted, &TLS13);
        connected.ok().map(|stream| client::certificate(&stream))
    };
    assert_eq!(offered(&stage, std::slice::from_ref(&old)), Some(old.clone()));

    stage.break_certificate();
    let stays = "the certificate before stays in use";
    wait::within(SOON, "the broken file is noticed", || stage.log().contains(stays).then_some(()));
    assert_eq!(offered(&stage, std::slice::from_ref(&old)), Some(old.clone()), "still the old one");

    let line = format!("access_token: {}", stage.key);
    let connected = client::connect(&stage.address(1), std::slice::from_ref(&old), &TLS13);
    let mut kept = connected.expect("let in");
    assert_eq!(client::ask(&mut kept, "GET", "/v3/customers", &line, "").status, 200);
    let new = stage.renew_certificate();
    let both = [old.clone(), new.clone()];
    wait::within(SOON, "the new one is used", || {
        (offered(&stage, &both).expect("let in at any moment") == new).then_some(())
    });
    assert_eq!(offered(&stage, &[old]), None, "the old one is not offered any more");
    let answer = client::ask(&mut kept, "GET", "/v3/customers", &line, "");
    assert_eq!(answer.status, 200, "a connection from before goes on");
    assert_eq!(stage.stop(), Some(0), "{}", stage.log());
}

#[tokio::test]
async fn a_service_asks_over_tls_and_believes_no_other_certificate() {
    let stage = Stage::new();
    let address = stage.address(4);
    let (_, port) = address.rsplit_once(':').expect("a port");
    let asking = |trust: Trust, host: &str| {
        let key = VerifierKey::new(stage.verifier.as_str()).expect("a key");
        let settings = Settings { trust, ..Settings::default() };
        Client::new(&format!("https://{host}:{port}"), key, settings)
    };
    let place = Place::new("payments", "sandbox").expect("a place");
    let question = Question::new(&place, "GET", "/v3/customers").key(stage.key.as_str());
    let own = || Trust::Only(stage.certificate_text());
    let client = asking(own(), "localhost").expect("a client");
    let decision = client.verify(&question).await.expect("a decision");
    assert!(matches!(decision, Decision::Granted(_)), "{decision:?}");
    for (trust, host) in [(Trust::Public, "localhost"), (own(), "127.0.0.1")] {
        let client = asking(trust, host).expect("a client");
        let fault = client.verify(&question).await.expect_err("nobody known");
        assert!(matches!(fault, Fault::Unreachable { .. }), "{host}: {fault:?}");
    }
    for text in
        [&b""[..], b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        let refused = asking(Trust::Only(text.to_vec()), "localhost");
        assert!(matches!(refused, Err(NotAClient::Trust(_))), "{refused:?}");
    }
}

//! Who may do what: every route, for nobody, for garbage, for a verifier and for an admin.

use axum::body::Body;
use http::header::AUTHORIZATION;
use http::{Method, Request};

use super::desk::{Answer, Desk, SANDBOX};

/// Every route, with the status that an admin gets for it without a body.
fn routes(desk: &Desk) -> Vec<(Method, String, u16)> {
    let key = |tail: &str| format!("{}{tail}", desk.key_path());
    vec![
        (Method::GET, "/api/v1/realms".to_owned(), 200),
        (Method::GET, "/api/v1/realms/payments".to_owned(), 200),
        (Method::GET, format!("{SANDBOX}/accounts"), 200),
        (Method::POST, format!("{SANDBOX}/accounts"), 415),
        (Method::GET, desk.account_path(), 200),
        (Method::PATCH, desk.account_path(), 415),
        (Method::DELETE, desk.account_path(), 409),
        (Method::POST, format!("{}/release", desk.account_path()), 200),
        (Method::DELETE, format!("{}/release", desk.account_path()), 200),
        (Method::GET, desk.keys_path(), 200),
        (Method::POST, desk.keys_path(), 415),
        (Method::GET, format!("{SANDBOX}/keys"), 200),
        (Method::POST, format!("{SANDBOX}/keys/bulk"), 415),
        (Method::GET, format!("{SANDBOX}/clock"), 200),
        (Method::POST, format!("{SANDBOX}/clock"), 415),
        (Method::GET, key(""), 200),
        (Method::PATCH, key(""), 415),
        (Method::POST, key("/disable"), 200),
        (Method::POST, key("/enable"), 200),
        (Method::POST, key("/rotate"), 415),
        (Method::DELETE, key(""), 200),
        (Method::POST, format!("{}/suspend", desk.account_path()), 200),
        (Method::POST, format!("{}/resume", desk.account_path()), 200),
        (Method::POST, "/api/v1/keys/owner".to_owned(), 415),
        (Method::GET, "/api/v1/operator-keys".to_owned(), 200),
        (Method::POST, "/api/v1/operator-keys".to_owned(), 415),
        (Method::DELETE, "/api/v1/operator-keys/x".to_owned(), 404),
        (Method::GET, format!("{}/webhooks", desk.account_path()), 200),
        (Method::POST, format!("{}/webhooks", desk.account_path()), 415),
        (Method::GET, format!("{SANDBOX}/webhooks/x"), 404),
        (Method::PATCH, format!("{SANDBOX}/webhooks/x"), 404),
        (Method::DELETE, format!("{SANDBOX}/webhooks/x"), 404),
        (Method::GET, format!("{SANDBOX}/webhooks/x/deliveries"), 404),
        (Method::GET, format!("{SANDBOX}/webhooks/x/deliveries/x"), 404),
        (Method::POST, format!("{SANDBOX}/webhooks/x/deliveries/x/resend"), 404),
        (Method::POST, format!("{SANDBOX}/webhooks/x/remove_backoff"), 404),
        (Method::GET, format!("{SANDBOX}/webhooks/x/alerts"), 404),
        (Method::GET, format!("{SANDBOX}/events"), 200),
        (Method::GET, format!("{}/events", desk.account_path()), 200),
        (Method::GET, "/api/v1/audit".to_owned(), 200),
        (Method::GET, format!("{SANDBOX}/audit"), 200),
        (Method::GET, "/api/v1/nothing".to_owned(), 404),
        (Method::GET, "/api/v1".to_owned(), 404),
        (Method::PUT, key(""), 405),
        (Method::GET, format!("{SANDBOX}/keys/x"), 404),
    ]
}

async fn send(desk: &Desk, method: &Method, path: &str, authorization: &[&str]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for value in authorization {
        request = request.header(AUTHORIZATION, *value);
    }
    // A body that would be refused if anybody looked at it.
    let body = if *method == Method::GET { "" } else { "{" };
    desk.send(request.body(Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn only_an_admin_is_served_and_nobody_else_learns_what_there_is() {
    let desk = Desk::open().await;
    let (admin, verifier) = (format!("Bearer {}", desk.admin), format!("Bearer {}", desk.verifier));
    let unknown = mutated(&desk.admin);
    for (method, path, expected) in routes(&desk) {
        let before = desk.world.engine.epoch();
        let check = async |authorization: &[&str], status: u16, code: &str| {
            let answer = send(&desk, &method, &path, authorization).await;
            answer.problem(status, code);
            let challenged = answer.header("www-authenticate").starts_with("Bearer ");
            assert_eq!(challenged, status == 401, "{method} {path} {authorization:?}");
            assert_eq!(answer.header("allow"), "", "{method} {path} {authorization:?}");
            answer.text
        };
        let no_key = check(&[], 401, "no_credential").await;
        let elsewhere = send(&desk, &Method::GET, "/api/v1/elsewhere", &[]).await.text;
        assert_eq!(no_key, elsewhere, "{method} {path}");
        check(&["Bearer rubbish"], 401, "malformed").await;
        check(&[&unknown], 401, "malformed").await;
        check(&[&format!("Bearer {}", desk.key.text)], 401, "malformed").await;
        check(&[&verifier], 403, "admin_key_needed").await;
        check(&[&admin, &admin], 400, "ambiguous").await;
        check(&[&admin, "Bearer rubbish"], 400, "ambiguous").await;
        assert_eq!(desk.world.engine.epoch(), before, "{method} {path}");

        let answer = send(&desk, &method, &path, &[&admin]).await;
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text);
    }
}

/// The same text with one letter of its secret changed.
fn mutated(key: &str) -> String {
    let at = key.len() - 20;
    let letter = if &key[at..=at] == "a" { "b" } else { "a" };
    format!("Bearer {}{letter}{}", &key[..at], &key[at + 1..])
}

#[tokio::test]
async fn a_key_of_another_server_is_unknown() {
    let (desk, other) = (Desk::open().await, Desk::open().await);
    // Both worlds have the same seed, so the other one's key must be a later one.
    let body = r#"{"name":"later","role":"admin"}"#;
    let later = other.post("/api/v1/operator-keys", body).await.ok(201);
    let bearer = format!("Bearer {}", later["key"].as_str().expect("a secret"));
    let answer = send(&desk, &Method::GET, "/api/v1/realms", &[&bearer]).await;
    answer.problem(401, "unknown");
}

#[tokio::test]
async fn the_scheme_is_read_as_http_defines_it() {
    let desk = Desk::open().await;
    let admin = &desk.admin;
    let check = async |value: String, expected: u16| {
        let answer = send(&desk, &Method::GET, "/api/v1/realms", &[&value]).await;
        assert_eq!(answer.status, expected, "{}", value.replace(admin, "KEY"));
    };
    check(format!("bEaReR {admin}"), 200).await;
    check(format!("Bearer   {admin}"), 200).await;
    for value in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        admin.clone(),
        format!("Basic {admin}"),
        format!("Bearer{admin}"),
        format!("Bearer:{admin}"),
        format!("Bearer {admin},{admin}"),
        format!("Bearer {admin} {admin}"),
        format!("Bearer \"{admin}\""),
        format!("Token {admin}"),
        String::new(),
    ] {
        check(value, 401).await;
    }
}

#[tokio::test]
async fn a_key_is_read_from_its_header_alone() {
    let desk = Desk::open().await;
    let admin = &desk.admin;
    for path in [
        format!("/api/v1/realms?access_token={admin}"),
        format!("/api/v1/realms?authorization=Bearer%20{admin}"),
        format!("/api/v1/realms/{admin}"),
    ] {
        let request = Request::builder().uri(&path).header("cookie", format!("key={admin}"));
        let request = request.header("x-api-key", admin).header("access_token", admin);
        let answer = desk.send(request.body(Body::empty()).expect("a request")).await;
        answer.problem(401, "no_credential");
    }
}

#[tokio::test]
async fn the_gate_stands_around_the_api_alone() {
    let desk = Desk::open().await;
    for (path, status) in [("/elsewhere", 404), ("/healthz", 200), ("/api/v10", 404)] {
        let answer = send(&desk, &Method::GET, path, &[]).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

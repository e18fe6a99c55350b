//! A key in the wrong place is not repeated by any error.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use serde_json::json;

use super::desk::{Answer, Desk, SANDBOX};

/// No error holds the secret part of a key, nor any long piece of it.
#[track_caller]
fn check(answer: &Answer, key: &str) {
    assert!(answer.status.is_client_error(), "{}", answer.status);
    let headers = format!("{:?}", answer.headers);
    let secret = &key[key.len() - 38..key.len() - 6];
    for at in 0..secret.len() - 8 {
        let piece = &secret[at..at + 8];
        assert!(!answer.text.contains(piece) && !headers.contains(piece), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_key_in_a_body_is_not_repeated() {
    let desk = Desk::open().await;
    for key in [&desk.key.text, &desk.admin, &desk.verifier] {
        let in_permission = |name: &str, scope: &str| json!([{ "name": name, "scope": scope }]);
        for body in [
            json!({ key.as_str(): 1 }),
            json!({"ip_list": [key]}),
            json!({"ip_list": [format!("{key}-{key}")]}),
            json!({"ip_list": [format!("{key}/8")]}),
            json!({"ip_list": key}),
            json!({"permissions": key}),
            json!({"permissions": [key]}),
            json!({"permissions": in_permission(key, "READ")}),
            json!({"permissions": in_permission("PAYMENT", key)}),
            json!({"permissions": [{ key.as_str(): 1 }]}),
            json!({"expires_at": key}),
            json!({"name": format!("{key}\n")}),
            json!({"name": [key]}),
        ] {
            let body = body.to_string();
            check(&desk.patch(&desk.key_path(), &body).await, key);
            check(&desk.post(&desk.keys_path(), &body).await, key);
        }
        for body in [
            json!({"name": "x", "kind": key}),
            json!({"name": "x", "kind": "subaccount", "parent": key}),
            json!({"name": "x", "require_user_agent": key}),
        ] {
            check(&desk.post(&format!("{SANDBOX}/accounts"), &body.to_string()).await, key);
            check(&desk.patch(&desk.account_path(), &body.to_string()).await, key);
        }
        let body = json!({"name": "x", "role": key}).to_string();
        check(&desk.post("/api/v1/operator-keys", &body).await, key);
        check(&desk.post(&desk.keys_path(), key).await, key);
        check(&desk.post(&desk.keys_path(), &format!("\"{key}\"")).await, key);
    }
}

#[tokio::test]
async fn a_key_in_a_path_or_query_or_header_is_not_repeated() {
    let desk = Desk::open().await;
    for key in [&desk.key.text, &desk.admin] {
        for path in [
            format!("/api/v1/{key}"),
            format!("/api/v1/realms/{key}"),
            format!("/api/v1/realms/payments/environments/{key}/keys"),
            format!("{SANDBOX}/accounts/{key}"),
            format!("{SANDBOX}/keys/{key}"),
            format!("{SANDBOX}/keys?{key}"),
            format!("{SANDBOX}/keys?after={key}"),
            format!("{SANDBOX}/keys?limit={key}"),
            format!("{SANDBOX}/accounts?parent={key}"),
        ] {
            check(&desk.get(&path).await, key);
        }
        let request = desk.request(&Method::POST, &desk.keys_path()).header(CONTENT_TYPE, key);
        check(&desk.send(request.body(Body::empty()).expect("a request")).await, key);
        for value in [key.clone(), format!("Basic {key}"), format!("Bearer {key}x")] {
            let request = Request::builder().uri("/api/v1/realms").header(AUTHORIZATION, value);
            check(&desk.send(request.body(Body::empty()).expect("a request")).await, key);
        }
    }
}

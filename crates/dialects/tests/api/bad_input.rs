//! Input that is wrong: refused quickly, named exactly, and without any change.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use http_body::{Frame, SizeHint};
use serde_json::{Value, json};

use super::desk::{Answer, Desk, SANDBOX};

/// Sends a body to the routes that make and change a key; both refuse it alike, and nothing changes.
async fn both(desk: &Desk, body: &str, check: impl Fn(&Answer)) {
    let before = desk.world.engine.epoch();
    check(&desk.post(&desk.keys_path(), body).await);
    check(&desk.patch(&desk.key_path(), body).await);
    assert_eq!(desk.world.engine.epoch(), before, "{body:.80}");
}

async fn wrong(desk: &Desk, members: &Value, fields: &[&str]) {
    let mut body = json!({"name": "fine"});
    for (name, value) in members.as_object().expect("an object") {
        body[name] = value.clone();
    }
    both(desk, &body.to_string(), |answer| answer.wrong(fields)).await;
}

#[tokio::test]
async fn a_member_that_comes_twice_is_refused() {
    let desk = Desk::open().await;
    both(&desk, r#"{"name":"a","name":"b"}"#, |answer| answer.wrong(&["name"])).await;
    both(&desk, r#"{"name":"a","n\u0061me":"a"}"#, |answer| answer.wrong(&["name"])).await;
}

#[tokio::test]
async fn a_member_that_nobody_knows_is_refused_by_name() {
    let desk = Desk::open().await;
    for name in [
        "role",
        "accountId",
        "account_id",
        "hash",
        "lastUsedAt",
        "last_used_at",
        "dateCreated",
        "id",
        "epoch",
        "state",
        "enabled",
        "__proto__",
        "Name",
        "key",
    ] {
        wrong(&desk, &json!({ name: 1 }), &[name]).await;
    }
    wrong(&desk, &json!({"b": 1, "a": 1, "name": 7}), &["name", "a", "b"]).await;
    let account = r#"{"name":"x","id":"y","epoch":7}"#;
    desk.post(&format!("{SANDBOX}/accounts"), account).await.wrong(&["id", "epoch"]);
}

#[tokio::test]
async fn deep_nesting_is_refused_without_descending_into_it() {
    let desk = Desk::open().await;
    let deep = |open: &str, close: &str| open.repeat(9_000) + &close.repeat(9_000);
    let invalid = |answer: &Answer| {
        answer.problem(400, "invalid_json");
    };
    both(&desk, &deep("[", "]"), invalid).await;
    both(&desk, &"[".repeat(60_000), invalid).await;
    let named = format!(r#"{{"name":{}}}"#, deep("[", "]"));
    both(&desk, &named, |answer| answer.wrong(&["name"])).await;
    let unknown = format!(r#"{{"name":"a","x":{}}}"#, deep(r#"{"a":"#, "}").replace(":}", ":1}"));
    both(&desk, &unknown, |answer| answer.wrong(&["x"])).await;
    let permissions = format!(r#"{{"name":"a","permissions":{}}}"#, deep("[", "]"));
    both(&desk, &permissions, |answer| answer.wrong(&["permissions[0]"])).await;
}

#[tokio::test]
async fn text_that_is_no_json_object_is_refused() {
    let desk = Desk::open().await;
    for body in [
        "",
        " ",
        "null",
        "7",
        "\"name\"",
        "[]",
        "{",
        "{}{}",
        "{} x",
        "{'name':'a'}",
        "{\"name\":}",
        "{\"name\":\"a\",}",
        "{\"name\":\"a\u{1}\"}",
        "\u{feff}{}",
        "{\"\\ud800\":1}",
        "NaN",
    ] {
        both(&desk, body, |answer| {
            answer.problem(400, "invalid_json");
        })
        .await;
    }
}

#[tokio::test]
async fn bytes_that_are_no_utf_8_are_refused() {
    let desk = Desk::open().await;
    for bytes in [&b"{\"name\":\"\xc3\x28\"}"[..], b"\xff\xfe{\0}\0", b"{\"\xed\xa0\x80\":1}"] {
        let request = desk.request(&Method::POST, &desk.keys_path());
        let request = request.header(CONTENT_TYPE, "application/json");
        let answer = desk.send(request.body(Body::from(bytes)).expect("a request")).await;
        answer.problem(400, "invalid_json");
    }
}

#[tokio::test]
async fn a_large_body_is_refused_and_never_read_past_its_limit() {
    let desk = Desk::open().await;
    let name = |len: usize| format!(r#"{{"name":"{}"}}"#, "a".repeat(len - 11));
    both(&desk, &name(64 * 1024), |answer| answer.wrong(&["name"])).await;
    both(&desk, &name(64 * 1024 + 1), |answer| {
        answer.problem(413, "body_too_large");
    })
    .await;

    let unannounced = [17, usize::MAX].map(|chunks| Body::new(Unannounced(chunks)));
    for body in unannounced.into_iter().chain([Body::new(Announced)]) {
        let request = desk.request(&Method::POST, &desk.keys_path());
        let request = request.header(CONTENT_TYPE, "application/json");
        let answer = desk.send(request.body(body).expect("a request")).await;
        answer.problem(413, "body_too_large");
    }
}

#[tokio::test]
async fn a_hundred_thousand_permissions_cost_nothing() {
    let desk = Desk::open().await;
    let one = r#"{"name":"PAYMENT","scope":"READ"}"#;
    let many = format!(r#"{{"name":"a","permissions":[{}]}}"#, vec![one; 100_000].join(","));
    both(&desk, &many, |answer| {
        answer.problem(413, "body_too_large");
    })
    .await;
    let fitting = vec!["0"; 30_000].join(",");
    for member in ["permissions", "ip_list"] {
        let body = format!(r#"{{"name":"a","{member}":[{fitting}]}}"#);
        both(&desk, &body, |answer| answer.wrong(&[member])).await;
    }
}

#[tokio::test]
async fn permissions_are_exact() {
    let desk = Desk::open().await;
    let with = |permissions: Value| json!({ "permissions": permissions });
    for value in [Value::Null, json!([]), json!({}), json!(7), json!("everything"), json!("*")] {
        wrong(&desk, &with(value), &["permissions"]).await;
    }
    let read = json!({"name": "PAYMENT", "scope": "READ"});
    let write = json!({"name": "PAYMENT", "scope": "READ_WRITE"});
    wrong(&desk, &with(json!([read, write])), &["permissions"]).await;
    for name in ["payment", "PAYMENT ", "PАYMENT", "", "REFUND", "PAYMENT\u{0}"] {
        let entry = json!([{"name": name, "scope": "READ"}]);
        wrong(&desk, &with(entry), &["permissions[0].name"]).await;
    }
    for scope in [json!("read_write"), json!("WRITE"), json!("READ "), json!(1), Value::Null] {
        let entry = json!([{"name": "PAYMENT", "scope": scope}]);
        wrong(&desk, &with(entry), &["permissions[0].scope"]).await;
    }
    let missing = json!([{"name": "PAYMENT"}, {"scope": "READ"}, "PAYMENT:READ"]);
    let fields = ["permissions[0].scope", "permissions[1].name", "permissions[2]"];
    wrong(&desk, &with(missing), &fields).await;
    let unknown = json!([{"name": "PAYMENT", "scope": "READ", "deny": true}]);
    wrong(&desk, &with(unknown), &["permissions[0].deny"]).await;
}

#[tokio::test]
async fn names_are_plain_text() {
    let desk = Desk::open().await;
    let good =
        ["🔑".repeat(256), "a\u{202e}b\u{200d}".to_owned(), "<script>=HYPERLINK(1)".to_owned()];
    for name in good {
        let body = json!({ "name": name }).to_string();
        assert_eq!(desk.patch(&desk.key_path(), &body).await.ok(200)["name"], name);
    }
    let bad = ["🔑".repeat(257), String::new(), " ".to_owned()];
    let controls = ["a\nb", "a\u{0}", "\u{1b}[31m", "a\u{2028}b"].map(str::to_owned);
    for name in bad.into_iter().chain(controls) {
        wrong(&desk, &json!({ "name": name }), &["name"]).await;
    }
    for name in [json!(7), Value::Null, json!(["a"]), json!({"a": 1})] {
        wrong(&desk, &json!({ "name": name }), &["name"]).await;
    }
    both(&desk, r#"{"name":"\ud800"}"#, |answer| answer.wrong(&["name"])).await;
    desk.post(&desk.keys_path(), "{}").await.wrong(&["name"]);
}

#[tokio::test]
async fn dates_that_do_not_exist_or_are_over_are_refused() {
    let desk = Desk::open().await;
    for text in [
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-12-31",
        "2026-12-31T00:00:00",
        "31/12/2026",
        "",
        "2026-01-14T11:59:59Z",
        "1969-12-31T00:00:00Z",
    ] {
        wrong(&desk, &json!({ "expires_at": text }), &["expires_at"]).await;
    }
    for value in [json!(1_798_761_600), json!(true), json!([])] {
        wrong(&desk, &json!({ "expires_at": value }), &["expires_at"]).await;
    }
}

#[tokio::test]
async fn lists_of_addresses_name_the_entry_that_is_wrong() {
    let desk = Desk::open().await;
    for entry in [
        "192.168.x.1",
        "1.2.3.4/33",
        "010.0.0.1",
        "0x7f.1",
        "fe80::1%eth0",
        "0.0.0.0/0",
        "::/0",
        "",
        "localhost",
        "10.0.0.2-10.0.0.1",
    ] {
        wrong(&desk, &json!({"ip_list": ["10.0.0.1", entry]}), &["ip_list[1]"]).await;
    }
    wrong(&desk, &json!({"ip_list": [1, null]}), &["ip_list[0]", "ip_list[1]"]).await;
    wrong(&desk, &json!({"ip_list": vec!["10.0.0.1"; 201]}), &["ip_list"]).await;
    for value in [Value::Null, json!("10.0.0.1"), json!({})] {
        wrong(&desk, &json!({ "ip_list": value }), &["ip_list"]).await;
    }
}

#[tokio::test]
async fn only_json_in_utf_8_is_read() {
    let desk = Desk::open().await;
    let check = async |types: &[&str], accepted: bool| {
        let mut request = desk.request(&Method::PATCH, &desk.key_path());
        for value in types {
            request = request.header(CONTENT_TYPE, *value);
        }
        let answer = desk.send(request.body(Body::from("{}")).expect("a request")).await;
        if accepted {
            answer.ok(200);
        } else {
            answer.problem(415, "unsupported_media_type");
        }
    };
    check(&["application/json"], true).await;
    check(&["Application/JSON; charset=utf-8"], true).await;
    check(&["application/json;charset=\"UTF-8\""], true).await;
    for value in [
        "text/plain",
        "application/json; charset=utf-16",
        "application/json; version=1",
        "application/json;",
        "application/jsonp",
        "application/merge-patch+json",
        "application/x-www-form-urlencoded",
        "",
    ] {
        check(&[value], false).await;
    }
    check(&[], false).await;
    check(&["application/json", "application/json"], false).await;
    let request = desk.request(&Method::PATCH, &desk.key_path());
    let request =
        request.header(CONTENT_TYPE, "application/json").header("content-encoding", "gzip");
    let answer = desk.send(request.body(Body::from("{}")).expect("a request")).await;
    answer.problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_path_has_one_spelling() {
    let desk = Desk::open().await;
    let account = desk.account_path();
    for path in [
        "/api/v1/realms/payments/../mail".to_owned(),
        "/api/v1/realms/%2e%2e/realms".to_owned(),
        "/api/v1/realms/%70ayments".to_owned(),
        "/api/v1//realms".to_owned(),
        "/api/v1///realms".to_owned(),
        "/api/v1/realms//payments".to_owned(),
        "/api/v1/".to_owned(),
        "/api/v1/realms/".to_owned(),
        "/api/v1/realms;x=1".to_owned(),
        "/api/v1/realms%00".to_owned(),
        "/api/v1/realms/%c0%af".to_owned(),
        "/api/v1/Realms".to_owned(),
        "/api/v1/realms.".to_owned(),
        format!("{account}/"),
        format!("{account}%20"),
        account.replace("sandbox", "sandbox/"),
        account.replace("sandbox", "sandbox%2fx"),
    ] {
        let answer = desk.get(&path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    for path in ["/api/v1/realms/payments.", "/api/v1/realms/PAYMENTS", "/api/v1/realms/.."] {
        desk.get(path).await.problem(404, "no_such_realm");
    }
}

#[tokio::test]
async fn a_method_is_what_it_says_and_nothing_else() {
    let desk = Desk::open().await;
    for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let request = desk.request(&Method::GET, &desk.key_path()).header(name, "DELETE");
        let request = request.header("x-original-url", desk.keys_path());
        let request = request.header("x-rewrite-url", desk.keys_path());
        let answer = desk.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.ok(200)["state"], "enabled");
    }
    let check = async |method: Method, path: String, allow: &[&str]| {
        let answer = desk.call(&method, &path).await;
        answer.problem(405, "method_not_allowed");
        let mut found: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        found.sort_unstable();
        assert_eq!(found, allow, "{method} {path}");
    };
    for method in [Method::TRACE, Method::PUT, Method::OPTIONS, Method::POST] {
        check(method, desk.key_path(), &["DELETE", "GET", "HEAD", "PATCH"]).await;
    }
    check(Method::PATCH, desk.keys_path(), &["GET", "HEAD", "POST"]).await;
    check(Method::PUT, desk.account_path(), &["DELETE", "GET", "HEAD", "PATCH"]).await;
    let release = format!("{}/release", desk.account_path());
    check(Method::GET, release, &["DELETE", "POST"]).await;
    check(Method::PUT, "/api/v1/operator-keys".to_owned(), &["GET", "HEAD", "POST"]).await;
    check(Method::GET, "/api/v1/keys/owner".to_owned(), &["POST"]).await;
    let odd = Method::from_bytes(b"PURGE").expect("a method");
    check(odd, desk.keys_path(), &["GET", "HEAD", "POST"]).await;
}

#[tokio::test]
async fn what_does_not_exist_is_said_before_the_body_is_judged() {
    let desk = Desk::open().await;
    let absent = super::desk::NOBODY;
    for id in [absent, "x"] {
        let path = format!("{SANDBOX}/keys/{id}");
        desk.patch(&path, "{").await.problem(404, "no_such_key");
        let path = format!("{SANDBOX}/accounts/{id}/keys");
        desk.post(&path, "{").await.problem(404, "no_such_account");
    }
    let request = Request::builder().method(Method::POST).uri(desk.keys_path());
    let answer = desk.send(request.body(Body::from("{")).expect("a request")).await;
    answer.problem(401, "no_credential");
}

/// A body of so many chunks of 4 KiB that does not say how long it is.
struct Unannounced(usize);

impl http_body::Body for Unannounced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
        self.0 = left;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 4096])))))
    }
}

/// A body that says how long it is, and is empty to those who read it all the same.
struct Announced;

impl http_body::Body for Announced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(10_737_418_240)
    }
}

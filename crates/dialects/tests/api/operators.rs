//! Keys of operators: listed, deleted, told apart by role; and whose key a text is.

use axum::body::Body;
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::desk::{Answer, Desk, NOBODY};

const KEYS: &str = "/api/v1/operator-keys";
const OWNER: &str = "/api/v1/keys/owner";

async fn made(desk: &Desk, role: &str) -> (String, String) {
    let made = desk.post(KEYS, &json!({ "name": role, "role": role }).to_string()).await.ok(201);
    let text = |member: &str| made[member].as_str().expect("a text").to_owned();
    (text("id"), text("key"))
}

async fn with(desk: &Desk, key: &str, method: &Method, path: &str, body: &str) -> Answer {
    let request = http::Request::builder().method(method).uri(path);
    let request = request.header(AUTHORIZATION, format!("Bearer {key}"));
    let request = request.header(CONTENT_TYPE, "application/json");
    desk.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn keys_of_operators_are_listed_page_by_page_without_their_texts() {
    let desk = Desk::open().await;
    let (id, text) = made(&desk, "support").await;
    let list = desk.get(KEYS).await;
    assert!(!list.text.contains(&text));
    let list = list.ok(200);
    let items = list["items"].as_array().expect("a list");
    let roles: Vec<&Value> = items.iter().map(|item| &item["role"]).collect();
    assert_eq!(roles, ["admin", "verifier", "support"]);
    let mut members: Vec<&String> = items[2].as_object().expect("an object").keys().collect();
    members.sort();
    assert_eq!(members, ["created_at", "hint", "id", "name", "role"]);
    let first = desk.get(&format!("{KEYS}?limit=2")).await.ok(200);
    let next = first["next"].as_str().expect("a cursor");
    let second = desk.get(&format!("{KEYS}?limit=2&after={next}")).await.ok(200);
    assert_eq!((&second["items"][0]["id"], &second["next"]), (&json!(id), &Value::Null));
    desk.get(&format!("{KEYS}?after={NOBODY}")).await.wrong(&["after"]);
}

#[tokio::test]
async fn a_deleted_key_of_an_operator_opens_nothing_and_is_not_listed() {
    let desk = Desk::open().await;
    let (id, text) = made(&desk, "admin").await;
    let path = format!("{KEYS}/{id}");
    with(&desk, &text, &Method::GET, KEYS, "").await.ok(200);
    for _ in 0..2 {
        assert_eq!(desk.call(&Method::DELETE, &path).await.ok(200)["id"], id);
        with(&desk, &text, &Method::GET, KEYS, "").await.problem(401, "unknown");
    }
    let list = desk.get(KEYS).await.ok(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    for absent in [NOBODY, "x"] {
        let path = format!("{KEYS}/{absent}");
        desk.call(&Method::DELETE, &path).await.problem(404, "no_such_operator_key");
    }
}

#[tokio::test]
async fn the_last_admin_key_is_not_deleted() {
    let desk = Desk::open().await;
    let list = desk.get(KEYS).await.ok(200);
    let id = list["items"][0]["id"].as_str().expect("an id").to_owned();
    desk.call(&Method::DELETE, &format!("{KEYS}/{id}")).await.problem(409, "last_admin");
    desk.get(KEYS).await.ok(200);
    // With another one it may go, and the other is the last then.
    let (_, other) = made(&desk, "admin").await;
    desk.call(&Method::DELETE, &format!("{KEYS}/{id}")).await.ok(200);
    desk.get(KEYS).await.problem(401, "unknown");
    with(&desk, &other, &Method::GET, KEYS, "").await.ok(200);
}

#[tokio::test]
async fn support_reads_and_changes_nothing() {
    let desk = Desk::open().await;
    let (_, support) = made(&desk, "support").await;
    let before = desk.world.engine.epoch();
    for path in ["/api/v1/realms", KEYS, &desk.account_path(), &desk.keys_path(), &desk.key_path()]
    {
        with(&desk, &support, &Method::GET, path, "").await.ok(200);
    }
    let account = desk.account_path();
    for (method, path) in [
        (Method::POST, desk.keys_path()),
        (Method::PATCH, account.clone()),
        (Method::POST, format!("{account}/suspend")),
        (Method::DELETE, desk.key_path()),
        (Method::POST, KEYS.to_owned()),
        (Method::DELETE, format!("{KEYS}/{NOBODY}")),
        (Method::POST, OWNER.to_owned()),
    ] {
        let answer = with(&desk, &support, &method, &path, r#"{"name":"a"}"#).await;
        let problem = answer.problem(403, "admin_key_needed");
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains("admin key")));
    }
    assert_eq!(desk.world.engine.epoch(), before);
}

async fn owner(desk: &Desk, text: &str) -> Answer {
    desk.post(OWNER, &json!({ "key": text }).to_string()).await
}

#[tokio::test]
async fn the_owner_of_a_whole_key_is_told_and_not_its_text() {
    let desk = Desk::open().await;
    let answer = owner(&desk, &desk.key.text).await;
    assert!(!answer.text.contains(&desk.key.text));
    let told = answer.ok(200);
    assert_eq!((&told["kind"], &told["secret"]), (&json!("key"), &json!("current")));
    assert_eq!((&told["realm"], &told["environment"]), (&json!("payments"), &json!("sandbox")));
    assert_eq!(told["account"], desk.get(&desk.account_path()).await.ok(200));
    assert_eq!(told["key"], desk.get(&desk.key_path()).await.ok(200));
    // A key that is over is still somebody's.
    desk.call(&Method::DELETE, &desk.key_path()).await.ok(200);
    assert_eq!(owner(&desk, &desk.key.text).await.ok(200)["key"]["state"], "deleted");
}

#[tokio::test]
async fn of_an_operators_key_no_more_than_its_id_and_role_is_told() {
    let desk = Desk::open().await;
    let (id, text) = made(&desk, "verifier").await;
    let told = owner(&desk, &text).await.ok(200);
    assert_eq!(told, json!({ "kind": "operator_key", "id": id, "role": "verifier" }));
    desk.call(&Method::DELETE, &format!("{KEYS}/{id}")).await.ok(200);
    owner(&desk, &text).await.problem(404, "key_not_recognized");
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret_are_answered_alike() {
    let (desk, other) = (Desk::open().await, Desk::open().await);
    // Both worlds have the same seed, so the other one's key must be a later one.
    let later = other.another_key(|_| {}).await.text;
    let unknown = owner(&desk, &later).await;
    let body = unknown.problem(404, "key_not_recognized");
    assert!(body["detail"].as_str().is_some_and(|text| text.starts_with("No such key is known")));
    // A key made in both worlds, whose text was changed in this one: its id is known, and its
    // secret is wrong.
    let retry = |desk: &Desk| {
        let request = desk.request(&Method::POST, &desk.keys_path());
        request.header(CONTENT_TYPE, "application/json").header("Idempotency-Key", "k")
    };
    let body = || Body::from(r#"{"name":"a"}"#);
    let first = desk.send(retry(&desk).body(body()).expect("a request")).await.ok(201);
    desk.send(retry(&desk).body(body()).expect("a request")).await.ok(201);
    let dead = owner(&desk, first["key"].as_str().expect("a text")).await;
    assert_eq!(dead.text, unknown.text);
    let cut = owner(&desk, &later[..later.len() - 3]).await.problem(404, "key_not_recognized");
    assert!(cut["detail"].as_str().is_some_and(|text| text.contains("its end was cut off")));
    for text in ["", "Bearer x", "\u{2028}", "$KEY"] {
        owner(&desk, text).await.problem(404, "key_not_recognized");
    }
}

#[tokio::test]
async fn a_question_for_an_owner_holds_a_text_and_nothing_else() {
    let desk = Desk::open().await;
    desk.post(OWNER, "{}").await.wrong(&["key"]);
    desk.post(OWNER, r#"{"key":1}"#).await.wrong(&["key"]);
    desk.post(OWNER, r#"{"key":"a","realm":"payments"}"#).await.wrong(&["realm"]);
    desk.post(OWNER, "[").await.problem(400, "invalid_json");
}

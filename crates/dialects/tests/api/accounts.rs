//! An account from its first change to the end of a project: what each answer shows, and what
//! verifying its keys says then.

use axum::body::Body;
use domain::method::Method as Asked;
use http::Method;
use http::header::USER_AGENT;
use serde_json::{Value, json};

use super::desk::{Answer, Desk, MAIL, NOBODY, PRODUCTION, SANDBOX};

/// Every request about one account of this path, with a body that is right.
async fn all(desk: &Desk, path: &str) -> Vec<Answer> {
    let name = r#"{"name":"x"}"#;
    vec![
        desk.get(path).await,
        desk.patch(path, name).await,
        desk.call(&Method::DELETE, path).await,
        desk.call(&Method::POST, &format!("{path}/release")).await,
        desk.call(&Method::DELETE, &format!("{path}/release")).await,
        desk.get(&format!("{path}/keys")).await,
        desk.post(&format!("{path}/keys"), name).await,
    ]
}

/// The ids of a root account of the mail realm and of a project below it.
async fn project(desk: &Desk) -> (String, String) {
    let root = desk.post(&format!("{MAIL}/accounts"), r#"{"name":"root"}"#).await.ok(201);
    let body = json!({"name": "news", "kind": "project", "parent": root["id"]}).to_string();
    let project = desk.post(&format!("{MAIL}/accounts"), &body).await.ok(201);
    let id = |account: &Value| account["id"].as_str().expect("an id").to_owned();
    (id(&root), id(&project))
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let desk = Desk::open().await;
    let path = desk.account_path();
    let before = desk.get(&path).await.ok(200);
    assert_eq!(desk.patch(&path, "{}").await.ok(200), before);
    let check = async |body: Value, member: &str, expected: Value| {
        let old = desk.get(&path).await.ok(200);
        let mut new = desk.patch(&path, &body.to_string()).await.ok(200);
        assert_eq!(desk.get(&path).await.ok(200), new);
        assert_eq!(new[member], expected);
        assert_ne!(new["epoch"], old["epoch"]);
        new[member] = old[member].clone();
        new["epoch"] = old["epoch"].clone();
        assert_eq!(new, old, "{body}");
    };
    check(json!({"name": " Other "}), "name", json!("Other")).await;
    check(json!({"ip_list": ["::ffff:10.0.0.1"]}), "ip_list", json!(["10.0.0.1"])).await;
    check(json!({"require_user_agent": true}), "require_user_agent", json!(true)).await;
    check(json!({"ip_list": []}), "ip_list", json!([])).await;
    check(json!({"require_user_agent": false}), "require_user_agent", json!(false)).await;
}

#[tokio::test]
async fn a_change_that_was_answered_holds_for_the_next_verification() {
    let desk = Desk::open().await;
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
    desk.patch(&desk.account_path(), r#"{"ip_list":["10.0.0.1"]}"#).await.ok(200);
    assert_eq!(desk.verify(&desk.key.text).await, "ip_not_allowed");
    desk.patch(&desk.account_path(), r#"{"ip_list":[]}"#).await.ok(200);
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
}

#[tokio::test]
async fn a_change_that_is_wrong_is_named_and_not_made() {
    let desk = Desk::open().await;
    let before = desk.get(&desk.account_path()).await.ok(200);
    let check = async |body: Value, fields: &[&str]| {
        desk.patch(&desk.account_path(), &body.to_string()).await.wrong(fields);
    };
    for name in [Value::Null, json!(7), json!(""), json!(" "), json!(["a"]), json!("a\nb")] {
        check(json!({ "name": name }), &["name"]).await;
    }
    for list in [Value::Null, json!("10.0.0.1"), json!({}), json!(7), json!(true)] {
        check(json!({ "ip_list": list }), &["ip_list"]).await;
    }
    check(json!({"ip_list": ["10.0.0.1", "0.0.0.0/0", null]}), &["ip_list[1]", "ip_list[2]"]).await;
    for rule in [Value::Null, json!("true"), json!(1), json!([]), json!({})] {
        check(json!({ "require_user_agent": rule }), &["require_user_agent"]).await;
    }
    for member in
        ["kind", "parent", "release_until", "state", "id", "epoch", "created_at", "Name", "note"]
    {
        check(json!({ member: null, "name": "fine" }), &[member]).await;
    }
    check(json!({"name": 7, "x": 1, "ip_list": null}), &["name", "ip_list", "x"]).await;
    desk.patch(&desk.account_path(), r#"{"name":"a","name":"b"}"#).await.wrong(&["name"]);
    for body in ["", "null", "[]", "{", "\"name\""] {
        desk.patch(&desk.account_path(), body).await.problem(400, "invalid_json");
    }
    assert_eq!(desk.get(&desk.account_path()).await.ok(200), before);
}

#[tokio::test]
async fn accounts_of_every_kind_can_be_changed() {
    let desk = Desk::open().await;
    let body = json!({"name": "b", "kind": "subaccount", "parent": desk.account}).to_string();
    let below = desk.post(&format!("{SANDBOX}/accounts"), &body).await.ok(201);
    let below = format!("{SANDBOX}/accounts/{}", below["id"].as_str().expect("an id"));
    let (root, project) = project(&desk).await;
    for path in [below, format!("{MAIL}/accounts/{root}"), format!("{MAIL}/accounts/{project}")] {
        let changed = desk.patch(&path, r#"{"name":"changed"}"#).await.ok(200);
        assert_eq!(changed["name"], "changed", "{path}");
    }
}

#[tokio::test]
async fn an_account_that_is_elsewhere_nowhere_or_no_id_cannot_be_touched() {
    let desk = Desk::open().await;
    let before = desk.world.engine.epoch();
    for path in [
        format!("{PRODUCTION}/accounts/{}", desk.account),
        format!("{MAIL}/accounts/{}", desk.account),
        format!("{SANDBOX}/accounts/{NOBODY}"),
        format!("{SANDBOX}/accounts/x"),
        format!("{SANDBOX}/accounts/{}", desk.key.key.id),
    ] {
        for answer in all(&desk, &path).await {
            answer.problem(404, "no_such_account");
        }
        desk.patch(&path, "{").await.problem(404, "no_such_account");
    }
    assert_eq!(desk.world.engine.epoch(), before);
}

#[tokio::test]
async fn a_deleted_project_takes_its_keys_along_and_is_absent_from_then_on() {
    let desk = Desk::open().await;
    let (root, id) = project(&desk).await;
    let (accounts, path) = (format!("{MAIL}/accounts"), format!("{MAIL}/accounts/{id}"));
    let key = async |owner: &str| {
        let made = desk.post(&format!("{accounts}/{owner}/keys"), r#"{"name":"k"}"#).await.ok(201);
        (made["id"].clone(), made["key"].as_str().expect("a secret").to_owned())
    };
    let (own, above) = ([key(&id).await, key(&id).await], key(&root).await);
    let verdict = async |text: &str, path: &str| {
        let place = desk.world.place("mail", "production");
        desk.world.verify_request(place, text, Asked::Get, path, None).await
    };
    assert_eq!(verdict(&own[0].1, "/v1/x").await, "granted");

    let before = desk.get(&path).await.ok(200);
    let mut deleted = desk.call(&Method::DELETE, &path).await.ok(200);
    assert_eq!(deleted["state"], "deleted");
    deleted["state"] = before["state"].clone();
    deleted["epoch"] = before["epoch"].clone();
    assert_eq!(deleted, before);
    for (key, text) in &own {
        assert_eq!(verdict(text, "/v1/x").await, "deleted");
        let shown = desk.get(&format!("{MAIL}/keys/{}", key.as_str().expect("an id"))).await;
        assert_eq!(shown.ok(200)["state"], "deleted");
    }
    assert_eq!(verdict(&above.1, "/v1/account").await, "granted");

    for answer in all(&desk, &path).await {
        answer.problem(404, "no_such_account");
    }
    desk.get(&format!("{accounts}?parent={id}")).await.problem(404, "no_such_account");
    let list = desk.get(&format!("{accounts}?parent={root}")).await.ok(200);
    assert_eq!(list["items"], json!([]));
    let keys = desk.get(&format!("{MAIL}/keys")).await.ok(200);
    assert_eq!(keys["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_deleted_project_makes_room_for_another() {
    let desk = Desk::open().await;
    let (root, id) = project(&desk).await;
    let body = json!({"name": "more", "kind": "project", "parent": root}).to_string();
    let another = async || desk.post(&format!("{MAIL}/accounts"), &body).await;
    another().await.ok(201);
    another().await.ok(201);
    let problem = another().await.problem(409, "limit_reached");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("3 projects")));
    desk.call(&Method::DELETE, &format!("{MAIL}/accounts/{id}")).await.ok(200);
    another().await.ok(201);
}

#[tokio::test]
async fn a_root_account_alone_is_not_deleted() {
    let desk = Desk::open().await;
    let body = json!({"name": "b", "kind": "subaccount", "parent": desk.account}).to_string();
    let below = desk.post(&format!("{SANDBOX}/accounts"), &body).await.ok(201);
    let below = format!("{SANDBOX}/accounts/{}", below["id"].as_str().expect("an id"));
    let (root, _) = project(&desk).await;
    let before = desk.world.engine.epoch();
    for path in [desk.account_path(), format!("{MAIL}/accounts/{root}")] {
        let problem = desk.call(&Method::DELETE, &path).await.problem(409, "is_root");
        let told = problem["detail"].as_str().is_some_and(|text| text.contains("a root account"));
        assert!(told, "{problem}");
        assert_eq!(desk.get(&path).await.ok(200)["state"], "active");
    }
    assert_eq!(desk.world.engine.epoch(), before);
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
    assert_eq!(desk.call(&Method::DELETE, &below).await.ok(200)["state"], "deleted");
    desk.call(&Method::DELETE, &below).await.problem(404, "no_such_account");
}

#[tokio::test]
async fn a_deletion_asks_for_no_body_and_no_type() {
    let desk = Desk::open().await;
    let (_, id) = project(&desk).await;
    let request = desk.request(&Method::DELETE, &format!("{MAIL}/accounts/{id}"));
    let request = request.header(USER_AGENT, "test").body(Body::from("{")).expect("a request");
    assert_eq!(desk.send(request).await.ok(200)["state"], "deleted");
}

#[tokio::test]
async fn a_sub_account_alone_is_white_label() {
    let desk = Desk::open().await;
    let accounts = format!("{SANDBOX}/accounts");
    let wish = |kind: &str| {
        let parent = (kind != "root").then_some(&desk.account);
        json!({"name": "b", "kind": kind, "parent": parent, "white_label": true}).to_string()
    };
    let below = desk.post(&accounts, &wish("subaccount")).await.ok(201);
    assert_eq!(below["white_label"], true);
    let path = format!("{accounts}/{}", below["id"].as_str().expect("an id"));
    for branding in [false, true] {
        let body = json!({"white_label": branding}).to_string();
        assert_eq!(desk.patch(&path, &body).await.ok(200)["white_label"], branding);
    }
    assert_eq!(desk.get(&path).await.ok(200)["white_label"], true);
    let problem = desk.post(&accounts, &wish("root")).await.problem(400, "invalid_request");
    assert_eq!(problem["errors"][0]["field"], "white_label");
    let body = json!({"white_label": true}).to_string();
    let problem = desk.patch(&desk.account_path(), &body).await.problem(400, "invalid_request");
    assert_eq!(problem["errors"][0]["field"], "white_label");
}

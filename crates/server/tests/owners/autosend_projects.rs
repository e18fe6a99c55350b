//! AutoSend: projects of an account, managed with a key of the whole account.
//!
//! Must not look into the database: what holds is what the API shows.

use std::thread;

use serde_json::{Value, json};

use crate::shape::shape;
use crate::support::http::Answer;
use crate::support::{Quickstart, http};

const PROJECTS: &str = "/v1/account/projects";

fn ask(server: &Quickstart, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {key}");
    let head = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let text = if body.is_null() { String::new() } else { body.to_string() };
    http::send(&server.address(3), method, path, &head, text.as_bytes())
}

fn account_key(server: &Quickstart) -> String {
    server.text("/realms/mail/production/account_key")
}

fn create(server: &Quickstart, body: &Value) -> Value {
    let answer = ask(server, &account_key(server), "POST", PROJECTS, body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["data"].clone()
}

/// A key of this project, made by the operator.
fn key_of(server: &Quickstart, project: &str) -> String {
    let path = format!("/api/v1/realms/mail/environments/production/accounts/{project}/keys");
    let admin = server.text("/control/admin_key");
    let answer = http::json(&server.address(0), "POST", &path, &admin, &json!({"name": "mailer"}));
    answer.json()["key"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}

#[test]
fn a_project_is_made_listed_shown_and_deleted() {
    let server = Quickstart::fresh();
    let key = account_key(&server);
    let wish = json!({"name": "Shop", "domain": "shop.example.com", "regionKey": "us-east-2"});
    let made = create(&server, &wish);
    for (member, value) in wish.as_object().expect("an object") {
        assert_eq!(&made[member], value);
    }
    let id = made["id"].as_str().expect("an id");
    assert_eq!(id.len(), 24, "{id}");
    let list = ask(&server, &key, "GET", PROJECTS, &Value::Null).json();
    let projects = list["data"]["projects"].as_array().expect("a list");
    assert_eq!((projects.len(), &projects[1]), (2, &made));
    let path = format!("{PROJECTS}/{id}");
    let shown = ask(&server, &key, "GET", &path, &Value::Null).json();
    assert_eq!(shown["data"]["domain"], "shop.example.com");
    assert!(shown["data"]["createdAt"].as_str().is_some_and(|text| text.ends_with('Z')));
    let gone = ask(&server, &key, "DELETE", &path, &Value::Null);
    assert_eq!((gone.status, &gone.json()["success"]), (200, &json!(true)));
    for method in ["GET", "DELETE"] {
        assert_eq!(ask(&server, &key, method, &path, &Value::Null).status, 404, "{method}");
    }
    let list = ask(&server, &key, "GET", PROJECTS, &Value::Null).json();
    assert_eq!(list["data"]["projects"].as_array().map(Vec::len), Some(1));
}

/// A project in a list, or just made, by the types of its members.
fn shape_of_a_project(kept: &Value) -> Value {
    json!({
        "id": "an object id",
        "name": "a text",
        "domain": kept,
        "domains": [],
        "regionKey": kept,
        "industry": null,
        "logo": null,
        "address": null,
        "trackingOpen": "a boolean",
        "trackingClick": "a boolean",
    })
}

#[test]
fn every_view_of_a_project_has_the_members_of_the_contract_and_no_others() {
    let server = Quickstart::fresh();
    let seen = |method: &str, path: &str, body: &Value| {
        ask(&server, &account_key(&server), method, path, body).json()
    };
    let listed = |kept: &[Value]| {
        let projects: Vec<Value> = kept.iter().map(shape_of_a_project).collect();
        json!({"success": "a boolean", "data": {"projects": projects}})
    };
    assert_eq!(shape(&seen("GET", PROJECTS, &Value::Null)), listed(&[Value::Null]));
    let kept = json!({"name": "Shop", "domain": "shop.example.com", "regionKey": "us-east-2"});
    for (wish, kept) in [(json!({"name": "Shop"}), Value::Null), (kept, json!("a text"))] {
        let made = seen("POST", PROJECTS, &wish);
        let short = shape_of_a_project(&kept);
        assert_eq!(shape(&made), json!({"success": "a boolean", "data": short}));
        let path = format!("{PROJECTS}/{}", made["data"]["id"].as_str().expect("an id"));
        let mut whole = short;
        whole["createdAt"] = json!("an instant");
        whole["inboundEmailDomain"] = Value::Null;
        let shown = seen("GET", &path, &Value::Null);
        assert_eq!(shape(&shown), json!({"success": "a boolean", "data": whole}));
    }
    let both = listed(&[Value::Null, json!("a text")]);
    assert_eq!(shape(&seen("GET", PROJECTS, &Value::Null)), both);
}

#[test]
fn the_keys_of_a_deleted_project_are_refused_when_it_is_answered() {
    let server = Quickstart::fresh();
    let project = create(&server, &json!({"name": "Shop"}))["id"].as_str().expect("id").to_owned();
    let keys: Vec<String> = (0..3).map(|_| key_of(&server, &project)).collect();
    let send = |key: &str| ask(&server, key, "GET", "/v1/contacts", &Value::Null).status;
    assert!(keys.iter().all(|key| send(key) == 200));
    let path = format!("{PROJECTS}/{project}");
    assert_eq!(ask(&server, &account_key(&server), "DELETE", &path, &Value::Null).status, 200);
    assert!(keys.iter().all(|key| send(key) == 401));
    let bearer = format!("Bearer {}", account_key(&server));
    let head = [("authorization", bearer.as_str()), ("x-project-id", project.as_str())];
    let answer = http::send(&server.address(3), "GET", "/v1/contacts", &head, b"");
    assert_eq!(answer.status, 403, "the account cannot name it any more");
}

#[test]
fn a_project_that_is_deleted_while_keys_are_made_leaves_none_that_works() {
    let server = Quickstart::fresh();
    for _ in 0..5 {
        let made = create(&server, &json!({"name": "Shop"}));
        let project = made["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/realms/mail/environments/production/accounts/{project}/keys");
        let admin = server.text("/control/admin_key");
        let keys: Vec<String> = thread::scope(|scope| {
            let make = || {
                let wish = json!({"name": "mailer"});
                let answer = http::json(&server.address(0), "POST", &path, &admin, &wish);
                answer.json()["key"].as_str().map(str::to_owned)
            };
            let makers: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            let gone = ask(
                &server,
                &account_key(&server),
                "DELETE",
                &format!("{PROJECTS}/{project}"),
                &Value::Null,
            );
            assert_eq!(gone.status, 200, "{}", gone.text());
            makers.into_iter().filter_map(|maker| maker.join().expect("an answer")).collect()
        });
        for key in keys {
            assert_eq!(ask(&server, &key, "GET", "/v1/contacts", &Value::Null).status, 401);
        }
    }
}

#[test]
fn a_deletion_outlives_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let base = crate::support::ports::free_base();
    let data = dir.path().join("data");
    let mut server = Quickstart::start(&data, base);
    let account_key = account_key(&server);
    let project = create(&server, &json!({"name": "Shop"}))["id"].as_str().expect("id").to_owned();
    let key = key_of(&server, &project);
    let path = format!("{PROJECTS}/{project}");
    assert_eq!(ask(&server, &account_key, "DELETE", &path, &Value::Null).status, 200);
    server.kill();
    let server = Quickstart::start(&data, base);
    assert_eq!(ask(&server, &key, "GET", "/v1/contacts", &Value::Null).status, 401);
    assert_eq!(ask(&server, &account_key, "GET", &path, &Value::Null).status, 404);
}

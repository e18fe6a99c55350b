//! Realms, accounts, operator keys, health: what can be made is shown, and lists have an end.

use http::Method;
use serde_json::{Value, json};

use super::desk::{Desk, MAIL, NOBODY, PRODUCTION, SANDBOX};

#[tokio::test]
async fn a_realm_tells_what_its_keys_can_be() {
    let desk = Desk::open().await;
    let payments = json!({
        "name": "payments",
        "dialect": "asaas",
        "environments": ["sandbox", "production"],
        "permissions": ["CUSTOMER", "PAYMENT"],
        "permissions_required": false,
        "projects": false,
        "projects_per_account": null,
        "key_prefixes": [
            {"prefix": "pay_live_", "environment": "production", "reach": "own"},
            {"prefix": "pay_test_", "environment": "sandbox", "reach": "own"},
        ],
        "keys_per_account": 10,
        "webhooks_per_account": 4,
        "webhook_events": ["KEY_CREATED", "KEY_DELETED", "KEY_DISABLED"],
        "require_user_agent": false,
    });
    assert_eq!(desk.get("/api/v1/realms/payments").await.ok(200), payments);
    let list = desk.get("/api/v1/realms").await.ok(200);
    assert_eq!(list["items"][0], payments);
    assert_eq!(list["items"][1]["name"], "mail");
    assert_eq!(list["items"][1]["projects_per_account"], 3);
    assert_eq!(list["items"][1]["dialect"], Value::Null);
    assert_eq!(list["next"], Value::Null);
}

#[tokio::test]
async fn an_account_is_shown_as_it_was_made() {
    let desk = Desk::open().await;
    let body = r#"{"name":" Shop ","ip_list":["10.0.0.1","192.168.1.x"],"require_user_agent":true,"contacts":["ana@example.com","Rui@example.com"],"language":"pt"}"#;
    let answer = desk.post(&format!("{SANDBOX}/accounts"), body).await;
    let made = answer.ok(201);
    let id = made["id"].as_str().expect("an id");
    let expected = json!({
        "id": id,
        "kind": "root",
        "parent": null,
        "name": "Shop",
        "state": "active",
        "ip_list": ["10.0.0.1", "192.168.1.0/24"],
        "require_user_agent": true,
        "white_label": false,
        "release_until": null,
        "keys_max": null,
        "projects_max": null,
        "contacts": ["ana@example.com", "Rui@example.com"],
        "email": null,
        "language": "pt",
        "created_at": "2026-01-14T12:00:00.000Z",
        "epoch": made["epoch"],
    });
    assert_eq!(made, expected);
    assert_eq!(answer.header("location"), format!("{SANDBOX}/accounts/{id}"));
    assert_eq!(desk.get(answer.header("location")).await.ok(200), expected);
}

#[tokio::test]
async fn accounts_stand_two_levels_deep() {
    let desk = Desk::open().await;
    let accounts = format!("{SANDBOX}/accounts");
    let body = json!({"name": "below", "kind": "subaccount", "parent": desk.account}).to_string();
    let below = desk.post(&accounts, &body).await.ok(201);
    assert_eq!(below["kind"], "subaccount");
    assert_eq!(below["parent"], desk.account);

    let body = json!({"name": "x", "kind": "subaccount", "parent": below["id"]}).to_string();
    desk.post(&accounts, &body).await.problem(409, "parent_not_root");
    let body = json!({"name": "x", "kind": "project", "parent": desk.account}).to_string();
    desk.post(&accounts, &body).await.wrong(&["kind"]);
    let body = json!({"name": "x", "parent": desk.account}).to_string();
    desk.post(&accounts, &body).await.wrong(&["parent"]);
    desk.post(&accounts, r#"{"name":"x","kind":"project"}"#).await.wrong(&["parent"]);
    desk.post(&accounts, r#"{"name":"x","kind":"Root"}"#).await.wrong(&["kind"]);

    let page = desk.get(&format!("{accounts}?parent={}", desk.account)).await.ok(200);
    assert_eq!(page["items"], json!([below]));
}

#[tokio::test]
async fn a_project_has_keys_of_its_own_and_the_account_above_reaches_all() {
    let desk = Desk::open().await;
    let accounts = format!("{MAIL}/accounts");
    let root = desk.post(&accounts, r#"{"name":"root"}"#).await.ok(201)["id"].clone();
    let body = json!({"name": "p", "kind": "project", "parent": root}).to_string();
    let project = desk.post(&accounts, &body).await.ok(201)["id"].clone();
    for (owner, reach, prefix) in [(root, "descendants", "mail_all_"), (project, "own", "mail_")] {
        let owner = owner.as_str().expect("an id");
        let key = desk.post(&format!("{accounts}/{owner}/keys"), r#"{"name":"k"}"#).await.ok(201);
        assert_eq!(key["reach"], reach);
        assert_eq!(key["account_id"], owner);
        assert!(key["key"].as_str().is_some_and(|text| text.starts_with(prefix)), "{prefix}");
    }
}

#[tokio::test]
async fn whoever_misspells_a_place_is_told_which_there_are() {
    let desk = Desk::open().await;
    for path in ["realms/payment/environments/sandbox", "realms/payments/environments/sand"] {
        let answer = desk.get(&format!("/api/v1/{path}/accounts")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text.contains("There are payments/sandbox,"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_is_elsewhere_nowhere_or_no_id_gets_one_answer() {
    let desk = Desk::open().await;
    let check = async |paths: [String; 3], code: &str| {
        let mut answers = Vec::new();
        for path in paths {
            answers.push(desk.get(&path).await.problem(404, code));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    };
    let ids = |id: String| [id, NOBODY.to_owned(), "x".to_owned()];
    let accounts = ids(desk.account.clone());
    check(accounts.clone().map(|id| format!("{PRODUCTION}/accounts/{id}")), "no_such_account")
        .await;
    let lists = accounts.clone().map(|id| format!("{PRODUCTION}/accounts/{id}/keys"));
    check(lists, "no_such_account").await;
    let below = accounts.clone().map(|id| format!("{PRODUCTION}/accounts?parent={id}"));
    check(below, "no_such_account").await;
    let keys = ids(desk.key.key.id.to_string());
    check(keys.map(|id| format!("{PRODUCTION}/keys/{id}")), "no_such_key").await;
    let places =
        ["payments/environments/nowhere", "nowhere/environments/sandbox", "P/environments/."];
    check(places.map(|at| format!("/api/v1/realms/{at}/keys")), "no_such_place").await;
    let realms = ["nowhere", "Payments", "."].map(|name| format!("/api/v1/realms/{name}"));
    check(realms, "no_such_realm").await;
    for parent in accounts {
        let body = json!({"name": "x", "kind": "subaccount", "parent": parent}).to_string();
        let answer = desk.post(&format!("{PRODUCTION}/accounts"), &body).await;
        answer.problem(404, "no_such_account");
    }
}

#[tokio::test]
async fn a_key_answers_to_its_id_in_its_place_and_to_nothing_else() {
    let desk = Desk::open().await;
    let key = &desk.key.key;
    let before = desk.world.engine.epoch();
    let kid = desk.key.text.trim_start_matches("pay_test_").get(..17).expect("a public id");
    let id = key.id.to_string();
    let others = [
        key.name.as_str(),
        key.secret.hint.as_str().split('…').next().expect("a beginning"),
        kid,
        &desk.key.text,
        &id[..8],
        &id.to_uppercase(),
        &id.replace('-', ""),
        &desk.account,
    ];
    let paths = others.map(|name| format!("{SANDBOX}/keys/{name}"));
    let elsewhere = [PRODUCTION, MAIL].map(|place| format!("{place}/keys/{id}"));
    for path in paths.into_iter().chain(elsewhere) {
        desk.get(&path).await.problem(404, "no_such_key");
        desk.patch(&path, r#"{"name":"x"}"#).await.problem(404, "no_such_key");
        desk.call(&Method::DELETE, &path).await.problem(404, "no_such_key");
        for tail in ["enable", "disable"] {
            let answer = desk.call(&Method::POST, &format!("{path}/{tail}")).await;
            answer.problem(404, "no_such_key");
        }
    }
    assert_eq!(desk.world.engine.epoch(), before);
}

#[tokio::test]
async fn pages_show_everything_once_and_end() {
    let desk = Desk::open().await;
    let accounts = format!("{SANDBOX}/accounts");
    for number in 0..4 {
        desk.post(&accounts, &json!({"name": number.to_string()}).to_string()).await.ok(201);
    }
    let whole = desk.get(&accounts).await.ok(200);
    assert_eq!(whole["next"], Value::Null);
    let mut seen = Vec::new();
    let mut path = format!("{accounts}?limit=2");
    loop {
        let page = desk.get(&path).await.ok(200);
        seen.extend(page["items"].as_array().expect("a list").clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{accounts}?limit=2&after={next}");
    }
    assert_eq!(Value::Array(seen), whole["items"]);
}

#[tokio::test]
async fn the_query_of_a_list_is_read_strictly() {
    let desk = Desk::open().await;
    for limit in ["0", "101", "-1", "+5", "1e1", "", "5%30", "99999999999999999999"] {
        desk.get(&format!("{SANDBOX}/keys?limit={limit}")).await.wrong(&["limit"]);
    }
    desk.get(&format!("{SANDBOX}/keys?limit=1&limit=2")).await.wrong(&["limit"]);
    desk.get(&format!("{SANDBOX}/keys?Limit=1")).await.wrong(&["Limit"]);
    desk.get(&format!("{SANDBOX}/keys?parent={NOBODY}")).await.wrong(&["parent"]);
    desk.get("/api/v1/realms?limit=1").await.wrong(&["limit"]);
    desk.get(&format!("{SANDBOX}/keys?limit=1&")).await.ok(200);
}

#[tokio::test]
async fn an_operator_key_that_is_made_here_opens_what_its_role_says() {
    let desk = Desk::open().await;
    for role in ["admin", "verifier"] {
        let body = json!({"name": "gateway", "role": role}).to_string();
        let made = desk.post("/api/v1/operator-keys", &body).await.ok(201);
        let text = made["key"].as_str().expect("a secret");
        let operator = desk.world.engine.operator(text.as_bytes()).expect("an operator");
        assert_eq!(operator.role.name(), role);
        assert_eq!(made["role"], role);
        assert_eq!(made["id"], operator.key.to_string());
    }
    desk.post("/api/v1/operator-keys", r#"{"name":"x","role":"Admin"}"#).await.wrong(&["role"]);
    desk.post("/api/v1/operator-keys", "{}").await.wrong(&["name", "role"]);
}

#[tokio::test]
async fn health_is_open_and_tells_numbers_only() {
    let desk = Desk::open().await;
    let open = async |path: &str| {
        let request = http::Request::builder().uri(path).body(axum::body::Body::empty());
        desk.send(request.expect("a request")).await
    };
    assert_eq!(open("/healthz").await.ok(200), json!({"status": "ok"}));
    let ready = open("/readyz").await.ok(200);
    assert_eq!(ready, json!({"status": "ready", "keys": 1, "epoch": desk.world.engine.epoch()}));
    let metrics = open("/metrics").await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert!(metrics.text.contains("\nchaveiro_keys 1\n"), "{}", metrics.text);
    assert!(metrics.text.contains("\nchaveiro_build_info{version=\""), "{}", metrics.text);
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let desk = Desk::open().await;
    let first = desk.get("/api/v1/realms").await;
    let second = desk.get("/api/v1/nothing").await;
    let ids = [first, second].map(|answer| answer.header("chaveiro-request-id").to_owned());
    assert!(ids.iter().all(|id| id.len() == 36) && ids[0] != ids[1], "{ids:?}");

    let known = domain::ids::RequestId::parse(NOBODY).expect("an id");
    let request = desk.request(&Method::GET, "/api/v1/realms").extension(known);
    let answer = desk.send(request.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!(answer.header("chaveiro-request-id"), NOBODY);
}

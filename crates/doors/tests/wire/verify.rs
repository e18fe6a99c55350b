//! The call by which verifiers ask, over a raw socket: decisions, mistakes, batches.

use serde_json::{Value, json};
use testkit::world::World;

use crate::scene::Scene;
use crate::socket::{Head, Socket};

fn call(path: &str, lines: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: v\r\n{lines}content-length: {length}\r\n\r\n{body}")
}

async fn ask_at(scene: &Scene, path: &str, body: &str) -> (Head, Value) {
    let mut socket = Socket::to(scene.verify).await;
    let lines =
        format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", scene.verifier);
    socket.send(&call(path, &lines, body)).await;
    let (head, body) = socket.message().await;
    (head, serde_json::from_str(&body).expect("JSON"))
}

async fn ask(scene: &Scene, body: &Value) -> (Head, Value) {
    ask_at(scene, "/api/v1/verify", &body.to_string()).await
}

/// A question about the key of the scene, with some members replaced.
fn question(scene: &Scene, members: &Value) -> Value {
    let mut question = json!({
        "realm": "payments", "environment": "sandbox", "key": scene.key.text,
        "method": "POST", "path": "/v3/payments", "ip": "203.0.113.9",
        "user_agent": "shop/1.0", "project": null, "min_epoch": null,
    });
    for (name, value) in members.as_object().expect("members") {
        question[name] = value.clone();
    }
    question
}

#[tokio::test(flavor = "local")]
async fn a_granted_request_is_described() {
    let scene = Scene::new().await;
    for path in ["/v3/payments", "/v3/payments?limit=1"] {
        let (head, answer) = ask(&scene, &question(&scene, &json!({ "path": path }))).await;
        assert_eq!(head.status(), 200);
        assert_eq!(head.get("content-type"), Some("application/json"));
        assert_eq!(head.get("cache-control"), Some("no-store"));
        let expected = json!({
            "verdict": "granted", "key_id": scene.key.key.id.to_string(),
            "account_id": scene.account, "project_id": null, "permission": "PAYMENT:WRITE",
            "limits": [], "epoch": scene.world.engine.epoch(),
        });
        assert_eq!(answer, expected);
    }
}

#[tokio::test(flavor = "local")]
async fn a_refusal_is_an_answer_too() {
    let scene = Scene::new().await;
    let epoch = scene.world.engine.epoch();
    for (members, reason, status) in [
        (json!({ "key": "" }), "no_credential", 401),
        (json!({ "key": null }), "no_credential", 401),
        (json!({ "key": "pay_test_x" }), "malformed", 401),
        (json!({ "environment": "production" }), "wrong_environment", 403),
        (json!({ "min_epoch": epoch + 1 }), "undecidable", 503),
    ] {
        let (head, answer) = ask(&scene, &question(&scene, &members)).await;
        assert_eq!(head.status(), 200, "{members}");
        assert_eq!(answer["verdict"], "refused", "{members}");
        assert_eq!((answer["reason"].as_str(), &answer["status"]), (Some(reason), &json!(status)));
        assert!(answer["hint"].is_string() && answer.get("needed").is_none(), "{members}");
        assert_eq!(answer["epoch"], epoch);
    }
    let (_, answer) = ask(&scene, &question(&scene, &json!({ "min_epoch": epoch }))).await;
    assert_eq!(answer["verdict"], "granted");
}

#[tokio::test(flavor = "local")]
async fn a_missing_permission_is_named() {
    let scene = Scene::new().await;
    let owner = scene.key.key.owner;
    let only = domain::permission::PermissionSet::from_compact("CUSTOMER:R").expect("permissions");
    let wish = engine::create_key::NewKey { permissions: Some(only), ..World::wish(owner) };
    let narrow = scene.world.key(scene.world.sandbox(), wish).await;
    let (_, answer) = ask(&scene, &question(&scene, &json!({ "key": narrow.text }))).await;
    assert_eq!(answer["reason"], "permission_missing");
    assert_eq!(answer["needed"], "PAYMENT:WRITE");
    let elsewhere = json!({ "key": narrow.text, "path": "/v3/unknown" });
    let (_, answer) = ask(&scene, &question(&scene, &elsewhere)).await;
    assert_eq!(answer["needed"], "*:WRITE");
}

#[tokio::test(flavor = "local")]
async fn the_callers_own_mistakes_are_problems() {
    let scene = Scene::new().await;
    let good = question(&scene, &json!({}));
    let with = |members: Value| question(&scene, &members).to_string();
    let doubled = good.to_string().replacen('{', r#"{"realm":"payments","#, 1);
    for (body, status, kind) in [
        (with(json!({ "realm": "other" })), 422, "no_such_realm"),
        (with(json!({ "environment": "other" })), 422, "no_such_place"),
        (with(json!({ "ip": "203.0.113.9:80" })), 400, "invalid_request"),
        (with(json!({ "path": "/v3/../x" })), 400, "ambiguous_path"),
        (with(json!({ "path": "v3" })), 400, "ambiguous_path"),
        (with(json!({ "min_epoch": "1" })), 400, "invalid_request"),
        (with(json!({ "min_epoch": -1 })), 400, "invalid_request"),
        (with(json!({ "extra": 1 })), 400, "invalid_request"),
        (with(json!({ "realm": null })), 400, "invalid_request"),
        (doubled, 400, "invalid_request"),
        ("[]".to_owned(), 400, "invalid_request"),
        ("{".to_owned(), 400, "invalid_json"),
        (String::new(), 400, "invalid_json"),
        ("[".repeat(60_000), 400, "invalid_request"),
        (" ".repeat(65_537), 413, "body_too_large"),
    ] {
        let (head, problem) = ask_at(&scene, "/api/v1/verify", &body).await;
        let shown = &body[..body.len().min(80)];
        assert_eq!(head.status(), status, "{shown}: {problem}");
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{shown}");
        assert_eq!(head.get("content-type"), Some("application/problem+json"));
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"].as_str(), head.get("chaveiro-request-id"));
    }
    let (_, problem) = ask(&scene, &question(&scene, &json!({ "environment": "x" }))).await;
    let detail = "The realm has no environment of this name; it has sandbox, production.";
    assert_eq!(problem["detail"], detail);
}

#[tokio::test(flavor = "local")]
async fn a_secret_in_the_wrong_place_is_not_repeated() {
    let scene = Scene::new().await;
    let key = &*scene.key.text;
    for members in [json!({ "min_epoch": key }), json!({ key: 1 }), json!({ "realm": key })] {
        let (_, problem) = ask(&scene, &question(&scene, &members)).await;
        assert!(!problem.to_string().contains(key), "{problem}");
    }
}

#[tokio::test(flavor = "local")]
async fn only_operators_may_ask() {
    let scene = Scene::new().await;
    let json = "content-type: application/json\r\n";
    let unknown = {
        let text = &scene.verifier;
        let prefix = domain::prefix::KeyPrefix::new(
            &text[..text.len() - domain::key_text::BODY_LEN],
            None,
            domain::prefix::Reach::Own,
        );
        let mut chance = testkit::chance::Seeded::new(99);
        let minted = domain::key_text::mint(&prefix.expect("a prefix"), &mut chance);
        minted.text.expose().to_owned()
    };
    let verifier = &scene.verifier;
    for (lines, status, challenge) in [
        (json.to_owned(), 401, Some(r#"Bearer realm="chaveiro""#)),
        (format!("{json}authorization: Basic x\r\n"), 401, Some(r#"Bearer realm="chaveiro""#)),
        (
            format!("{json}authorization: Bearer x\r\n"),
            401,
            Some(r#"Bearer realm="chaveiro", error="invalid_token""#),
        ),
        (
            format!("{json}authorization: Bearer {unknown}\r\n"),
            401,
            Some(r#"Bearer realm="chaveiro", error="invalid_token""#),
        ),
        (
            format!(
                "{json}authorization: Bearer {verifier}\r\nauthorization: Bearer {verifier}\r\n"
            ),
            400,
            None,
        ),
    ] {
        let mut socket = Socket::to(scene.verify).await;
        socket.send(&call("/api/v1/verify", &lines, "{}")).await;
        let (head, body) = socket.message().await;
        assert_eq!(head.status(), status, "{body}");
        assert_eq!(head.get("www-authenticate"), challenge);
        assert!(!body.contains(verifier.as_str()));
    }
}

#[tokio::test(flavor = "local")]
async fn path_method_and_type_are_checked() {
    let scene = Scene::new().await;
    let key = format!("authorization: Bearer {}\r\n", scene.verifier);
    let check = async |request: String, status: u16, allow: Option<&str>| {
        let mut socket = Socket::to(scene.verify).await;
        socket.send(&request).await;
        let (head, _) = socket.message().await;
        assert_eq!(head.status(), status, "{request}");
        assert_eq!(head.get("allow"), allow);
    };
    let json = format!("{key}content-type: application/json\r\n");
    check(call("/api/v1/verify/", &json, "{}"), 404, None).await;
    check(call("/", &json, "{}"), 404, None).await;
    let get = "GET /api/v1/verify HTTP/1.1\r\nhost: v\r\n\r\n";
    check(get.to_owned(), 405, Some("POST")).await;
    for kind in
        ["", "content-type: text/plain\r\n", "content-type: application/json; charset=utf-16\r\n"]
    {
        check(call("/api/v1/verify", &format!("{key}{kind}"), "{}"), 415, None).await;
    }
}

#[tokio::test(flavor = "local")]
async fn a_batch_is_answered_in_order_and_a_mistake_spoils_no_other() {
    let scene = Scene::new().await;
    let questions = json!([
        question(&scene, &json!({})),
        question(&scene, &json!({ "realm": "other" })),
        7,
        question(&scene, &json!({ "key": "" })),
        { "key": 1 },
        question(&scene, &json!({ "path": "/v3/payments?x" })),
    ]);
    let (head, answers) = ask_at(&scene, "/api/v1/verify/batch", &questions.to_string()).await;
    assert_eq!((head.status(), head.get("cache-control")), (200, Some("no-store")));
    let answers = answers.as_array().expect("an array");
    assert_eq!(answers.len(), 6);
    assert_eq!(answers[0]["verdict"], "granted");
    assert_eq!(answers[1]["error"]["type"], "/problems/no_such_realm");
    assert_eq!(answers[2]["error"]["type"], "/problems/invalid_request");
    assert_eq!(answers[3]["reason"], "no_credential");
    assert_eq!(answers[4]["error"]["status"], 400);
    assert_eq!(answers[5]["verdict"], "granted");
}

#[tokio::test(flavor = "local")]
async fn a_batch_has_its_own_bounds() {
    let scene = Scene::new().await;
    let batch = |body: String| {
        let scene = &scene;
        async move { ask_at(scene, "/api/v1/verify/batch", &body).await }
    };
    let (head, answers) = batch("[]".to_owned()).await;
    assert_eq!((head.status(), answers), (200, json!([])));
    let many = |count| format!("[{}]", vec!["1"; count].join(","));
    let (head, answers) = batch(many(1_000)).await;
    assert_eq!((head.status(), answers.as_array().map(Vec::len)), (200, Some(1_000)));
    assert_eq!(batch(many(1_001)).await.0.status(), 422);
    assert_eq!(batch("{}".to_owned()).await.0.status(), 400);
    assert_eq!(batch("[1,".to_owned()).await.0.status(), 400);
    assert_eq!(batch("[".repeat(100_000)).await.0.status(), 400);
    assert_eq!(batch(" ".repeat(1_048_577)).await.0.status(), 413);
}

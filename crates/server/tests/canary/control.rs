//! A key through the control plane: each route of the native API, and everything beside it.

use serde_json::{Value, json};

use super::stage::Ending::{Cut, Whole};
use super::stage::{Stage, request};
use super::texts::{forms, in_address};

const LISTENER: u16 = 0;
const SANDBOX: &str = "/api/v1/realms/payments/environments/sandbox";

/// Every form of this key, everywhere.
pub(crate) fn walk(stage: &mut Stage, key: &str) {
    let account = stage.key("/realms/payments/sandbox/account_id");
    let page = stage.manage("GET", &format!("{SANDBOX}/keys"), &Value::Null).json();
    let id = page["items"][0]["id"].as_str().expect("a key").to_owned();
    for (form, text) in forms(key) {
        for (method, path) in routes(&account, &id) {
            shown(stage, form, &text, method, &path);
        }
        for (method, path) in routes(&in_address(&text), &in_address(&text)) {
            stage.manage(method, &path, &json!({ "name": "a" }));
            stage.manage(method, &path, &Value::Null);
        }
        queries(stage, form, &text, &account);
        for (method, path, body) in bodies(&text, &account, &id) {
            stage.manage(method, &path, &body);
        }
        if text.contains(key) {
            names(stage, &text, &account, &id);
        }
        broken(stage, form, &text, &account);
    }
}

fn routes(account: &str, key: &str) -> Vec<(&'static str, String)> {
    let at = |rest: String| format!("{SANDBOX}{rest}");
    vec![
        ("GET", "/api/v1/realms".to_owned()),
        ("GET", format!("/api/v1/realms/{account}")),
        ("GET", at("/accounts".to_owned())),
        ("POST", at("/accounts".to_owned())),
        ("GET", at(format!("/accounts/{account}"))),
        ("GET", at(format!("/accounts/{account}/keys"))),
        ("POST", at(format!("/accounts/{account}/keys"))),
        ("GET", at("/keys".to_owned())),
        ("GET", at(format!("/keys/{key}"))),
        ("PATCH", at(format!("/keys/{key}"))),
        ("DELETE", at(format!("/keys/{key}-"))),
        ("POST", at(format!("/keys/{key}/enable"))),
        ("POST", at("/keys/bulk".to_owned())),
        ("GET", at("/clock".to_owned())),
        ("POST", at("/clock".to_owned())),
        ("POST", at(format!("/keys/{key}/disable-"))),
        ("POST", at(format!("/keys/{key}-/rotate"))),
        ("POST", "/api/v1/operator-keys".to_owned()),
        ("GET", "/api/v1/operator-keys".to_owned()),
        ("DELETE", format!("/api/v1/operator-keys/{key}")),
        ("POST", "/api/v1/keys/owner".to_owned()),
        ("POST", at(format!("/accounts/{account}/suspend-"))),
        ("POST", at(format!("/accounts/{account}/resume"))),
        ("POST", format!("/api/v1/realms/{key}/environments/{key}/accounts")),
        ("GET", format!("/api/v1/{key}")),
        ("GET", format!("/{key}")),
        ("GET", "/healthz".to_owned()),
        ("GET", "/readyz".to_owned()),
        ("GET", "/metrics".to_owned()),
        ("GET", "/openapi.json".to_owned()),
        ("GET", "/docs".to_owned()),
        ("GET", "/".to_owned()),
        ("GET", "/.well-known/jwks.json".to_owned()),
    ]
}

/// As the credential of a route, in the right place and in wrong ones.
fn shown(stage: &mut Stage, form: &str, text: &str, method: &str, path: &str) {
    let json = ("content-type", "application/json");
    let bearer = format!("Bearer {text}");
    for lines in [
        &[json, ("authorization", bearer.as_str())][..],
        &[json, ("authorization", text)],
        &[json, ("x-api-key", text), ("cookie", text), ("access_token", text)],
        &[json, ("authorization", bearer.as_str()), ("authorization", bearer.as_str())],
        &[json, ("authorization", bearer.as_str()), ("idempotency-key", text)],
    ] {
        let bytes = request(method, path, lines, Some("{}"));
        stage.send(&format!("{form} as a credential"), LISTENER, &bytes, Whole);
    }
}

fn queries(stage: &mut Stage, form: &str, text: &str, account: &str) {
    let word = in_address(text);
    for path in [
        format!("{SANDBOX}/keys?after={word}"),
        format!("{SANDBOX}/keys?limit={word}"),
        format!("{SANDBOX}/keys?{word}=1"),
        format!("{SANDBOX}/keys?name={word}"),
        format!("{SANDBOX}/keys?prefix={word}&name={word}"),
        format!("{SANDBOX}/keys?permission={word}&state={word}"),
        format!("{SANDBOX}/keys?permission=PAYMENT:{word}&never_used={word}"),
        format!("{SANDBOX}/keys?expires_before={word}&last_used_before={word}"),
        format!("{SANDBOX}/keys?{word}"),
        format!("{SANDBOX}/accounts?parent={word}"),
        format!("{SANDBOX}/accounts?after={word}&parent={account}"),
        format!("/api/v1/realms?{word}={word}"),
        format!("/metrics?{word}"),
        format!("/healthz?key={word}"),
    ] {
        stage.manage("GET", &path, &Value::Null);
        let open = request("GET", &path, &[], None);
        stage.send(&format!("{form} in a query"), LISTENER, &open, Whole);
    }
}

/// In members of every type that the API reads, and in ones that it does not know.
fn bodies(text: &str, account: &str, id: &str) -> Vec<(&'static str, String, Value)> {
    let values = [
        json!(text),
        json!([text]),
        json!({ text: text }),
        json!([{ "resource": text, "access": text }]),
        json!([[{ "a": text }]]),
    ];
    let accounts = format!("{SANDBOX}/accounts");
    let keys = format!("{SANDBOX}/accounts/{account}/keys");
    let key = format!("{SANDBOX}/keys/{id}");
    let operators = "/api/v1/operator-keys".to_owned();
    let owner = "/api/v1/keys/owner".to_owned();
    let mut bodies = Vec::new();
    for value in &values {
        for member in ["kind", "parent", "ip_list", "require_user_agent", "note", text] {
            let body = json!({ "name": "a", "kind": "subaccount", "parent": account });
            bodies.push(("POST", accounts.clone(), with(body, member, value)));
        }
        for member in ["permissions", "ip_list", "expires_at", "key", text] {
            bodies.push(("POST", keys.clone(), with(json!({ "name": "a" }), member, value)));
            bodies.push(("PATCH", key.clone(), with(json!({}), member, value)));
        }
        for member in ["overlap_seconds", "overlap_starts", "key", text] {
            bodies.push(("POST", format!("{key}/rotate"), with(json!({}), member, value)));
        }
        for member in ["role", "key", text] {
            let body = with(json!({ "name": "a", "role": "admins" }), member, value);
            bodies.push(("POST", operators.clone(), body));
        }
        for member in ["key", "secret", text] {
            bodies.push(("POST", owner.clone(), with(json!({}), member, value)));
        }
        for member in ["keys_max", "projects_max", "contacts", "language", text] {
            let path = format!("{accounts}/{account}");
            bodies.push(("PATCH", path, with(json!({}), member, value)));
        }
        let bulk = format!("{SANDBOX}/keys/bulk");
        for member in ["action", "keys", "filter", "all", "account", "limit", text] {
            let body = json!({ "action": "delete", "dry_run": true, "keys": [id] });
            bodies.push(("POST", bulk.clone(), with(body, member, value)));
        }
        for member in ["state", "expires_before", "permission", "name", "prefix", text] {
            let filter = with(json!({}), member, value);
            let body = json!({ "action": "delete", "dry_run": true, "filter": filter });
            bodies.push(("POST", bulk.clone(), body));
        }
        // A name may be any text; those that hold a key come below.
        let nameless = value.is_string();
        for (method, path) in
            [("POST", &accounts), ("POST", &keys), ("PATCH", &key), ("POST", &operators)]
        {
            let name = if nameless { json!([text]) } else { value.clone() };
            bodies.push((method, path.clone(), json!({ "name": name })));
            bodies.push((method, path.clone(), value.clone()));
        }
    }
    bodies
}

/// As the name of something: it would be shown for ever.
fn names(stage: &mut Stage, text: &str, account: &str, id: &str) {
    for (method, path) in [
        ("POST", format!("{SANDBOX}/accounts")),
        ("POST", format!("{SANDBOX}/accounts/{account}/keys")),
        ("PATCH", format!("{SANDBOX}/keys/{id}")),
        ("POST", "/api/v1/operator-keys".to_owned()),
    ] {
        let answer = stage.manage(method, &path, &json!({ "name": text, "role": "admin" }));
        assert_eq!(answer.status, 400, "{path}: a name with a key");
        stage.manage(method, &path, &json!({ "name": text }));
    }
}

fn with(mut body: Value, member: &str, value: &Value) -> Value {
    body[member] = value.clone();
    body
}

fn broken(stage: &mut Stage, form: &str, text: &str, account: &str) {
    let admin = format!("Bearer {}", stage.key("/control/admin_key"));
    let own = ("authorization", admin.as_str());
    let json = ("content-type", "application/json");
    let path = format!("{SANDBOX}/accounts/{account}/keys");
    let retry = [own, json, ("idempotency-key", text)];
    for (path, body) in [(path.as_str(), r#"{"name":""}"#), ("/api/v1/keys/owner", "{}")] {
        let bytes = request("POST", path, &retry, Some(body));
        stage.send(&format!("{form} as an idempotency key"), LISTENER, &bytes, Whole);
    }
    let asked = serde_json::json!({ "key": text }).to_string();
    let bytes = request("POST", "/api/v1/keys/owner", &[own, json], Some(&asked));
    stage.send(&format!("{form} whose owner is asked for"), LISTENER, &bytes, Whole);
    let bodies = [
        text.to_owned(),
        format!("{text:?}"),
        format!("{{\"name\":{text:?}"),
        format!("{{\"name\":\"{text}"),
        format!("{{\"{text}\":1,\"{text}\":2}}"),
        format!("{{\"name\":1}}{text}"),
        format!("{{\"a\":{text:?}}}").repeat(2_000),
    ];
    for body in bodies {
        for lines in [&[own, json][..], &[own, ("content-type", text)], &[json]] {
            let bytes = request("POST", &path, lines, Some(&body));
            stage.send(&format!("{form} in a broken body"), LISTENER, &bytes, Whole);
        }
    }
    let word = in_address(text);
    let heads = [
        format!("{word} {path} HTTP/1.1\r\nhost: a\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\nhost: {text}\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\nhost: a\r\n{text}\r\n\r\n"),
        format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: {admin}\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{{\"name\":\"{text}"
        ),
        format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: {admin}\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n{text}\r\n"
        ),
    ];
    for head in heads {
        stage.send(&format!("{form} in a broken request"), LISTENER, head.as_bytes(), Cut);
    }
}

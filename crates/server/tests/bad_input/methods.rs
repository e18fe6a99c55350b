//! Methods that nobody serves, and headers that ask for another method or path than the one sent.

use serde_json::{Value, json};

use super::request::{Exchange, Request};
use super::stage::{Door, GOOD, OFFICE, Stage};

const OVERRIDES: [&str; 5] =
    ["x-http-method-override", "x-http-method", "x-method-override", "_method", "method"];
const REWRITES: [&str; 6] = [
    "x-original-url",
    "x-rewrite-url",
    "x-original-uri",
    "x-forwarded-uri",
    "x-forwarded-prefix",
    "x-envoy-original-path",
];

#[test]
fn a_method_that_a_door_does_not_serve_is_told_which_ones_it_does() {
    let stage = Stage::open();
    let key = format!("{OFFICE}/keys/{}", stage.new_key(&json!({})).0);
    let mut cases = Vec::new();
    for method in ["TRACE", "CONNECT"] {
        cases.extend([
            (Door::Sandbox, format!("{method} /v3/payments")),
            (Door::Mail, format!("{method} /v1/contacts")),
        ]);
    }
    for method in ["TRACE", "CONNECT", "PUT", "POST", "BREW", "get"] {
        cases.push((Door::Control, format!("{method} {key}")));
    }
    for method in ["TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "GET", "HEAD", "BREW"] {
        cases.push((Door::Verify, format!("{method} /api/v1/verify")));
        cases.push((Door::Verify, format!("{method} /api/v1/verify/batch")));
        cases.push((Door::Control, format!("{method} {key}/disable")));
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE"] {
        cases.extend(
            ["/healthz", "/readyz", "/metrics"]
                .map(|path| (Door::Control, format!("{method} {path}"))),
        );
    }
    for (door, line) in cases {
        let request =
            Request::last(&line).line(stage.credential(door)).line("x-echo: mirror").end();
        let exchange = stage.check(&line, door, &request, 405);
        stage.note(&line, exchange.header("allow").is_some(), ("no Allow", &exchange));
        stage.note(&line, !exchange.text.contains("mirror"), ("echoed", &exchange));
    }
    let shown = stage.office(&format!("GET {key}"), &Value::Null).json();
    stage.note("changed", shown["state"] == "enabled", shown);
}

#[test]
fn a_head_changes_nothing_and_brings_no_body() {
    let stage = Stage::open();
    let (id, _) = stage.new_key(&json!({}));
    let account = stage.text("/realms/payments/sandbox/account_id");
    let list = format!("{OFFICE}/accounts/{account}/keys");
    let count = || stage.office(&format!("GET {list}"), &Value::Null).json();
    let before = count()["items"].as_array().map(Vec::len);
    for path in [format!("{OFFICE}/keys/{id}"), format!("{OFFICE}/keys/{id}/disable"), list.clone()]
    {
        let own = stage.credential(Door::Control);
        let request = Request::last(&format!("HEAD {path}")).line(own).end();
        let exchange = Exchange::with(&stage.address(Door::Control), &request);
        let expected = if path.ends_with("disable") { 405 } else { 200 };
        stage.note(&path, exchange.status() == expected, &exchange);
        stage.note(&path, exchange.body().is_empty(), &exchange);
        stage.serves(&path);
    }
    stage.note("made", count()["items"].as_array().map(Vec::len) == before, count());
    stage.note("state", stage.shown(&id)["state"] == "enabled", stage.shown(&id));
}

#[test]
fn a_header_that_names_another_method_does_not_widen_a_key() {
    let stage = Stage::open();
    let narrow = json!({"permissions": [{"name": "PAYMENT", "scope": "READ"}]});
    let (_, key) = stage.new_key(&narrow);
    let own = format!("access_token: {key}");
    for name in OVERRIDES {
        let writes = Request::last("POST /v3/payments").line(&own).line(format!("{name}: GET"));
        stage.check(name, Door::Sandbox, &writes.body(""), 403);
        let reads = Request::last(GOOD).line(&own).line(format!("{name}: DELETE")).end();
        stage.check(name, Door::Sandbox, &reads, 200);
    }
    let told = stage.upstream.seen();
    stage.note("reads", told.iter().all(|head| head.starts_with("GET /v3/payments ")), &told);
    let names = |head: &String, name: &str| head.to_ascii_lowercase().contains(&format!("{name}:"));
    for name in OVERRIDES.iter().filter(|name| name.starts_with("x-")) {
        stage.note(name, !told.iter().any(|head| names(head, name)), &told);
    }
    let (id, _) = stage.new_key(&json!({}));
    for name in OVERRIDES {
        let line = format!("GET {OFFICE}/keys/{id}");
        let request = Request::last(&line).line(stage.credential(Door::Control));
        let request = request.line(format!("{name}: DELETE")).end();
        stage.check(name, Door::Control, &request, 200);
        stage.note(name, stage.shown(&id)["state"] == "enabled", stage.shown(&id));
    }
}

#[test]
fn a_header_that_names_another_path_does_not_widen_a_key() {
    let stage = Stage::open();
    let narrow = json!({"permissions": [{"name": "PAYMENT", "scope": "READ"}]});
    let (_, key) = stage.new_key(&narrow);
    let own = format!("access_token: {key}");
    for name in REWRITES {
        let line = format!("{name}: /v3/payments");
        let request = Request::last("GET /v3/customers").line(&own).line(line).end();
        stage.check(name, Door::Sandbox, &request, 403);
        let line = format!("{name}: /healthz");
        let request = Request::last("GET /api/v1/realms").line(line).end();
        stage.check(name, Door::Control, &request, 401);
    }
    stage.note("upstream", stage.upstream.count("/v3/customers") == 0, "reached");
    // What it may read is no way to what it may not, by no spelling.
    for name in
        REWRITES.map(str::to_owned).into_iter().chain(REWRITES.map(|it| it.replace('-', "_")))
    {
        let line = format!("{name}: /v3/customers");
        let request = Request::last(GOOD).line(&own).line(line).end();
        stage.check(&name, Door::Sandbox, &request, 200);
    }
    let told = stage.upstream.seen();
    stage.note(
        "lines",
        !told.is_empty() && !told.iter().any(|head| head.contains("/v3/customers")),
        &told,
    );
}

#[test]
fn nobody_but_the_gateway_tells_the_upstream_who_calls() {
    let stage = Stage::open();
    let (id, key) = stage.new_key(&json!({}));
    let request = Request::last("GET /v3/customers")
        .line(format!("access_token: {key}"))
        .line("Chaveiro-Account: forged")
        .line("CHAVEIRO-KEY: forged")
        .line("chaveiro-identity: forged")
        .line("chaveiro-anything: forged")
        .line("chaveiro_account: forged")
        .line("connection: close, chaveiro-account, chaveiro-key, chaveiro-identity")
        .line("te: trailers")
        .line("upgrade: h2c")
        .line("keep-alive: forged")
        .line("proxy-authorization: forged")
        .end();
    stage.check("forged", Door::Sandbox, &request, 200);
    let heads = stage.upstream.seen();
    let head = heads.iter().find(|head| head.starts_with("GET /v3/customers ")).expect("it came");
    let lower = head.to_ascii_lowercase();
    stage.note("forged", !lower.contains("forged"), head);
    stage.note("the key", !head.contains(&key[12..]), head);
    stage.note("whose key", lower.contains(&format!("chaveiro-key: {id}")), head);
    for name in ["chaveiro-realm", "chaveiro-account", "chaveiro-identity", "chaveiro-request-id"] {
        stage.note(name, lower.matches(&format!("\r\n{name}: ")).count() == 1, head);
    }
    stage.note("upgrade", !lower.contains("\r\nupgrade: "), head);
}

//! Paths that can be read in two ways: what is judged is, byte for byte, what the upstream is asked.

use serde_json::json;

use super::request::{Exchange, Request};
use super::stage::{Door, Stage};

/// Refused to a key that may do everything, and never seen by the upstream.
const TRICKS: [&str; 46] = [
    "/v3/payments/../planted",
    "/v3/payments/..",
    "/v3/../../planted",
    "/../planted",
    "/./planted",
    "/v3/./planted",
    "/v3/planted/.",
    "/v3/payments/%2e%2e/planted",
    "/v3/payments/%2E%2E/planted",
    "/v3/payments/.%2e/planted",
    "/v3/payments/%2e./planted",
    "/v3/%2e/planted",
    "/v3/payments/%252e%252e/planted",
    "/v3/payments/..%2fplanted",
    "/v3/payments/..%2Fplanted",
    "/v3/payments%2fplanted",
    "/v3/payments%252fplanted",
    "/v3/payments/..%5cplanted",
    "/v3/payments\\planted",
    "/v3/payments/..\\planted",
    "//planted",
    "//planted/v3/payments",
    "/v3//planted",
    "/v3/payments//planted",
    "/v3/planted//",
    "/v3/payments;x=/planted",
    "/v3/payments;planted",
    "/v3/payments/..;/planted",
    "/v3/payments%3bplanted",
    "/v3/payments%00/planted",
    "/v3/payments/planted%00",
    "/v3/payments/planted%0a",
    "/v3/payments/planted%0d%0ax:%20y",
    "/v3/payments/planted%1b",
    "/v3/payments/planted%7f",
    "/v3/payments/%c0%ae%c0%ae/planted",
    "/v3/payments/%c0%afplanted",
    "/v3/payments/%e0%80%afplanted",
    "/v3/payments/%ed%a0%80planted",
    "/v3/payments/%ffplanted",
    "/v3/payments/planted%",
    "/v3/payments/planted%2",
    "/v3/payments/planted%zz",
    "/v3/payments/%u002e%u002e/planted",
    "/v3/plant\u{e9}d/planted",
    "/v3/payments/\u{2215}planted",
];

fn ask(stage: &Stage, key: &str, target: &str) -> Exchange {
    let request = Request::last(&format!("GET {target}")).line(format!("access_token: {key}"));
    Exchange::with(&stage.address(Door::Sandbox), &request.end())
}

#[test]
fn a_path_with_two_readings_is_refused_and_never_reaches_the_upstream() {
    let stage = Stage::open();
    let key = stage.key();
    let before = stage.upstream.seen().len();
    let mut good = 0;
    for target in TRICKS {
        let exchange = ask(&stage, &key, target);
        stage.note(target, [400, 404].contains(&exchange.status()), &exchange);
        stage.serves(target);
        good += 1;
    }
    let seen = stage.upstream.seen();
    let planted: Vec<&String> = seen.iter().filter(|head| head.contains("plant")).collect();
    stage.note("reached the upstream", planted.is_empty(), planted);
    stage.note("reached the upstream", seen.len() == before + good, (seen.len(), before + good));
}

#[test]
fn another_spelling_of_a_path_opens_nothing_to_a_narrowed_key() {
    let stage = Stage::open();
    let narrow = json!({"permissions": [{"name": "PAYMENT", "scope": "READ"}]});
    let (_, key) = stage.new_key(&narrow);
    stage.note("its own", ask(&stage, &key, "/v3/payments/planted-id").status() == 200, "");
    for target in TRICKS {
        let exchange = ask(&stage, &key, target);
        stage.note(target, [400, 403, 404].contains(&exchange.status()), exchange);
    }
    for target in [
        "/V3/payments",
        "/v3/Payments",
        "/v3/PAYMENTS",
        "/v3/payment%73",
        "/v3/%70ayments",
        "/v3/payments.",
        "/v3/payments.json",
        "/v3/payments%20",
        "/v3/payments/",
        "/v3/payments/a/b/c/d",
        "/v3",
        "/",
        "/payments",
        "/v3/payments-other",
        "/v3/paymentsx",
        "/x/v3/payments",
        "/api/api/v3/payments",
        "/api/V3/payments",
        "/v3/customers?/v3/payments",
        "/v3/customers?path=../payments",
    ] {
        let exchange = ask(&stage, &key, target);
        let refused = [400, 403, 404].contains(&exchange.status());
        // Where it is let in nevertheless, the upstream is asked the very same.
        let same = exchange.status() == 200 && stage.upstream.count(target) == 1;
        let alike = ["/v3/payments/", "/v3/payment%73", "/v3/%70ayments"].contains(&target);
        stage.note(target, refused || alike && same, &exchange);
        stage.serves(target);
    }
}

#[test]
fn what_the_upstream_is_asked_is_what_the_caller_sent() {
    let stage = Stage::open();
    let key = stage.key();
    for target in [
        "/V3/Unheard.Of/~a-b_c!$&'()*+,=:@",
        "/v3/pay%20ments/%C3%A7",
        "/v3/payments/...",
        "/v3/payments/a..b",
        "/v3/payments?",
        "/v3/payments?a=%2e%2e/../%00&b=//;x=[]|\\^`{}",
        "/v3/payments?a=1&a=2&A=3&%61=4",
        "/v3/payments?a=?b=/../",
        "/v3/payments/",
    ] {
        let exchange = ask(&stage, &key, target);
        let reached = stage.upstream.count(target);
        let refused = [400, 404].contains(&exchange.status()) && reached == 0;
        stage.note(
            target,
            refused || exchange.status() == 200 && reached == 1,
            (&exchange, reached),
        );
        stage.serves(target);
    }
    let plain = ask(&stage, &key, "/v3/payments?a=%2e%2e&b=1");
    stage.note("a plain query", plain.status() == 200, plain);
}

#[test]
fn a_target_in_another_form_is_refused_or_read_as_its_path() {
    let stage = Stage::open();
    let key = stage.key();
    let host = stage.address(Door::Sandbox);
    for target in ["*", "v3/payments", "", "?a=b", "javascript:alert(1)", "127.0.0.1:80"] {
        let exchange = ask(&stage, &key, target);
        stage.note(target, exchange.status() == 400, &exchange);
        stage.serves(target);
    }
    for target in [
        format!("http://{host}/v3/customers"),
        "http://evil.test/v3/customers".to_owned(),
        "http://user:pass@evil.test/v3/customers".to_owned(),
        "https://evil.test:444/v3/customers".to_owned(),
    ] {
        let exchange = ask(&stage, &key, &target);
        stage.note(&target, [200, 400].contains(&exchange.status()), &exchange);
        stage.serves(&target);
    }
    let narrow = json!({"permissions": [{"name": "PAYMENT", "scope": "READ"}]});
    let (_, narrow) = stage.new_key(&narrow);
    let other = ask(&stage, &narrow, "http://evil.test/v3/transfers");
    stage.note("a narrowed key", [400, 403].contains(&other.status()), other);
    // Behind a `#` there is nothing that a server is to see.
    let exchange = ask(&stage, &narrow, "/v3/payments#/../planted");
    stage.note("a fragment", [200, 400].contains(&exchange.status()), exchange);
    let told = stage.upstream.seen().into_iter().find(|head| {
        let line = head.lines().next().unwrap_or_default();
        line.contains("evil.test") || line.contains("planted") || line.contains('#')
    });
    stage.note("the upstream", told.is_none(), told);
}

#[test]
fn no_spelling_of_a_path_opens_the_native_api_without_a_key() {
    let stage = Stage::open();
    for path in [
        "/healthz/../api/v1/realms",
        "/healthz/%2e%2e/api/v1/realms",
        "/healthz/..%2fapi/v1/realms",
        "/healthz;/api/v1/realms",
        "/healthz%2f..%2fapi/v1/realms",
        "//api/v1/realms",
        "/api//v1/realms",
        "/api/v1//realms",
        "/api/v1/realms/",
        "/API/V1/REALMS",
        "/api/v1/./realms",
        "/api/v1/realms%00",
        "/api/v1/realms%2f",
        "/api/v1/realms?/healthz",
        "/api/v1/%72ealms",
    ] {
        let request = Request::last(&format!("GET {path}")).end();
        let exchange = Exchange::with(&stage.address(Door::Control), &request);
        stage.note(path, [400, 401, 404].contains(&exchange.status()), &exchange);
        stage.note(path, !exchange.text.contains("\"items\""), &exchange);
        let own = stage.credential(Door::Control);
        let request = Request::last(&format!("GET {path}")).line(own).end();
        let exchange = Exchange::with(&stage.address(Door::Control), &request);
        let plain = path.contains('?') || path == "/api/v1/%72ealms";
        let so = plain || [400, 404].contains(&exchange.status());
        stage.note(("with a key", path), so, &exchange);
        stage.serves(path);
    }
    let own = stage.credential(Door::Control);
    for path in [
        "/api/v1/realms/..",
        "/api/v1/realms/%2e%2e/realms",
        "/api/v1/realms/payments%2fenvironments",
        "/api/v1/realms/payments'--",
        "/api/v1/realms/PAYMENTS",
        "/api/v1/realms/payments%00",
        "/api/v1/realms/%ff",
        "/api/v1/realms/payments/environments/sandbox/keys/not-an-id",
        "/api/v1/realms/payments/environments/sandbox/keys/../accounts",
        "/api/v1/realms/mail/environments/sandbox/keys",
    ] {
        let request = Request::last(&format!("GET {path}")).line(&own).end();
        let exchange = Exchange::with(&stage.address(Door::Control), &request);
        stage.note(path, [400, 404].contains(&exchange.status()), &exchange);
        stage.serves(path);
    }
}

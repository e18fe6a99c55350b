//! Forward-auth over a raw socket: who may ask, what is understood, what is answered.

use domain::ip_list::IpList;
use doors::asker::Askers;
use engine::create_key::NewKey;
use testkit::world::World;

use crate::dialect::{KEY_HEADER, OWN};
use crate::scene::{PEER, Plan, Scene};
use crate::socket::{Head, Socket};

const PASSED_ON: [&str; 2] = ["x-forwarded-method", "x-forwarded-uri"];
const STATUS_ALONE: [&str; 2] = ["x-original-method", "x-original-uri"];
const FOR_ITSELF: [&str; 2] = ["chaveiro-asked-method", "chaveiro-asked-target"];
const SANDBOX: &str = "/auth/payments/sandbox";

/// Sends a GET with these lines.
async fn get(scene: &Scene, path: &str, lines: &str) -> (Head, String) {
    let mut socket = Socket::to(scene.verify).await;
    socket.send(&format!("GET {path} HTTP/1.1\r\nhost: v\r\n{lines}\r\n")).await;
    socket.message().await
}

/// The line by which a proxy shows that it may ask.
fn asker(scene: &Scene) -> String {
    format!("chaveiro-verifier: {}\r\n", scene.verifier)
}

/// The lines that describe a request.
fn described([method_line, target_line]: [&str; 2], method: &str, target: &str) -> String {
    format!("{method_line}: {method}\r\n{target_line}: {target}\r\n")
}

/// Asks in the form in which answers are passed on.
async fn ask(scene: &Scene, method: &str, target: &str, lines: &str) -> (Head, String) {
    let lines = format!("{}{}{lines}", asker(scene), described(PASSED_ON, method, target));
    get(scene, SANDBOX, &lines).await
}

fn with_key(scene: &Scene) -> String {
    format!("{KEY_HEADER}: {}\r\n", scene.key.text)
}

#[tokio::test(flavor = "local")]
async fn a_granted_request_is_answered_with_what_an_upstream_is_told() {
    let scene = Scene::new().await;
    for form in [PASSED_ON, STATUS_ALONE, FOR_ITSELF] {
        let lines = format!(
            "{}{}{}",
            asker(&scene),
            described(form, "POST", "/v3/payments?a=b"),
            with_key(&scene)
        );
        let (head, body) = get(&scene, SANDBOX, &lines).await;
        assert_eq!((head.status(), body.as_str()), (200, ""));
        assert_eq!(head.get("chaveiro-realm"), Some("payments"));
        assert_eq!(head.get("chaveiro-environment"), Some("sandbox"));
        assert_eq!(head.get("chaveiro-account"), Some(&*scene.account));
        assert_eq!(head.get("chaveiro-key"), Some(&*scene.key.key.id.to_string()));
        assert_eq!(head.get("chaveiro-project"), None);
        assert_eq!(head.get("chaveiro-identity").map(|token| token.split('.').count()), Some(3));
        assert!(head.get("chaveiro-request-id").is_some());
        assert_eq!(head.get("cache-control"), Some("no-store"));
        let told = (form == FOR_ITSELF).then_some(KEY_HEADER);
        assert_eq!(head.get("chaveiro-remove"), told, "{form:?}");
    }
}

#[tokio::test(flavor = "local")]
async fn a_refusal_is_what_the_gateway_answers() {
    let scene = Scene::new().await;
    for (lines, target) in [
        ("", "/v3/payments"),
        ("x-test-key: pay_test_x\r\n", "/v3/payments"),
        ("", "/v3/../payments"),
        ("", "/v3/p%2fq"),
        ("", "//v3"),
    ] {
        let mut client = scene.client().await;
        client.send(&format!("GET {target} HTTP/1.1\r\nhost: a\r\n{lines}\r\n")).await;
        let (wanted, wanted_body) = client.message().await;
        let (head, body) = ask(&scene, "GET", target, lines).await;
        assert_eq!((head.status(), &body), (wanted.status(), &wanted_body), "{target}");
        for name in ["content-type", "www-authenticate", "chaveiro-hint", "retry-after"] {
            assert_eq!(head.get(name), wanted.get(name), "{target}: {name}");
        }
        assert!(head.get("chaveiro-request-id").is_some());
    }
}

#[tokio::test(flavor = "local")]
async fn a_refusal_that_was_packed_is_the_same_when_unpacked() {
    let scene = Scene::new().await;
    let (wanted, wanted_body) = ask(&scene, "GET", "/v3/payments", "").await;
    let asking = |form| format!("{}{}", asker(&scene), described(form, "GET", "/v3/payments"));
    let (packed, _) = get(&scene, SANDBOX, &asking(FOR_ITSELF)).await;
    assert!(packed.status() == 403 && packed.get("chaveiro-refusal").is_some());
    let (packed, nothing) = get(&scene, SANDBOX, &asking(STATUS_ALONE)).await;
    assert_eq!((packed.status(), nothing.as_str()), (403, ""));
    let refusal = packed.get("chaveiro-refusal").expect("an answer");
    let lines = format!("{}chaveiro-refusal: {refusal}\r\n", asker(&scene));
    let (head, body) = get(&scene, "/auth/payments/sandbox/refusal", &lines).await;
    assert_eq!((head.status(), body), (wanted.status(), wanted_body));
    for name in ["content-type", "www-authenticate", "chaveiro-hint"] {
        assert_eq!(head.get(name), wanted.get(name), "{name}");
    }
    assert!(head.get("chaveiro-request-id").is_some());
    for lines in [asker(&scene), format!("{}chaveiro-refusal: x\r\n", asker(&scene))] {
        let (head, _) = get(&scene, "/auth/payments/sandbox/refusal", &lines).await;
        assert_eq!(head.status(), 400);
    }
}

#[tokio::test(flavor = "local")]
async fn only_proxies_that_are_trusted_may_ask() {
    let scene = Scene::new().await;
    let lines = format!("{}{}", described(PASSED_ON, "GET", "/v3/payments"), with_key(&scene));
    let own_key = format!("chaveiro-verifier: {}\r\n", scene.key.text);
    let verifier = asker(&scene);
    for (shown, status, kind) in [
        (String::new(), 401, "no_credential"),
        (own_key, 401, "malformed"),
        ("chaveiro-verifier:\r\n".to_owned(), 401, "malformed"),
        (format!("{verifier}{verifier}"), 400, "ambiguous"),
        (format!("authorization: Bearer {}\r\n", scene.verifier), 401, "no_credential"),
    ] {
        for path in [SANDBOX, "/auth/payments/sandbox/refusal", "/auth/nobody/knows"] {
            let (head, body) = get(&scene, path, &format!("{shown}{lines}")).await;
            assert_eq!(head.status(), status, "{path} {shown}: {body}");
            assert!(body.contains(kind), "{path} {shown}: {body}");
            assert_eq!(head.get("chaveiro-account"), None);
        }
    }
}

#[tokio::test(flavor = "local")]
async fn an_address_is_trusted_where_it_is_listed() {
    for (listed, status) in [(PEER, 200), ("203.0.113.10", 401)] {
        let addresses = IpList::parse([listed]).expect("a list");
        let askers = Askers::WithKeyOrFrom(addresses);
        let scene = Scene::planned(Plan { askers, ..Plan::default() }).await;
        let lines = format!("{}{}", described(PASSED_ON, "GET", "/v3/payments"), with_key(&scene));
        assert_eq!(get(&scene, SANDBOX, &lines).await.0.status(), status);
        // A key that is shown has to be good all the same.
        let wrong = format!("chaveiro-verifier: x\r\n{lines}");
        assert_eq!(get(&scene, SANDBOX, &wrong).await.0.status(), 401);
    }
}

#[tokio::test(flavor = "local")]
async fn what_is_not_described_whole_is_never_granted() {
    let scene = Scene::new().await;
    let [method, target] = ["x-forwarded-method: GET\r\n", "x-forwarded-uri: /v3/payments\r\n"];
    let twice = format!("{method}{target}");
    let nginx = described(STATUS_ALONE, "GET", "/v3/payments");
    for lines in [
        String::new(),
        method.to_owned(),
        target.to_owned(),
        format!("{twice}{method}"),
        format!("{twice}{target}"),
        format!("{twice}{nginx}"),
        format!("{twice}x-original-uri: /v3/payments\r\n"),
        format!("{twice}x-forwarded-for: 203.0.113.9:80\r\n"),
        format!("{twice}x-forwarded-proto: gopher\r\n"),
    ] {
        let all = format!("{}{}{lines}", asker(&scene), with_key(&scene));
        let (head, body) = get(&scene, SANDBOX, &all).await;
        assert_eq!(head.status(), 400, "{lines}: {body}");
        assert!(body.contains("/problems/invalid_request"), "{lines}: {body}");
    }
}

#[tokio::test(flavor = "local")]
async fn a_target_with_two_readings_is_never_granted() {
    let scene = Scene::new().await;
    for target in [
        "",
        "*",
        "v3/payments",
        "http://a/v3/payments",
        "/v3/payments#x",
        "/v3//payments",
        "/v3/./payments",
        "/v3/%2e%2e/payments",
        "/v3\\payments",
        "/v3/payments;x",
        "/v3/%70ayments",
        "/v3/a b",
    ] {
        let (head, body) = ask(&scene, "GET", target, &with_key(&scene)).await;
        assert_eq!((head.status(), body.as_str()), (400, "AmbiguousPath"), "{target}");
    }
    let (head, _) = ask(&scene, "GET", "/v3/payments?q=//../%2e#", &with_key(&scene)).await;
    assert_eq!(head.status(), 400);
    let (head, _) = ask(&scene, "GET", "/v3/payments?q=//../%2e", &with_key(&scene)).await;
    assert_eq!(head.status(), 200);
}

#[tokio::test(flavor = "local")]
async fn what_the_dialect_answers_itself_is_not_served_through_a_proxy() {
    let scene = Scene::new().await;
    for lines in [String::new(), with_key(&scene)] {
        let (head, body) = ask(&scene, "POST", &format!("{OWN}x"), &lines).await;
        assert_eq!((head.status(), body.as_str()), (421, "NotServedHere"));
    }
}

#[tokio::test(flavor = "local")]
async fn the_method_and_the_circumstances_of_the_caller_are_judged() {
    let scene = Scene::new().await;
    let list = IpList::parse(["198.51.100.7"]).expect("a list");
    let wish = NewKey { ip_list: list, ..World::wish(scene.key.key.owner) };
    let listed = scene.world.key(scene.world.sandbox(), wish).await;
    let key = format!("{KEY_HEADER}: {}\r\n", listed.text);
    for (method, lines, status) in [
        ("GET", "x-forwarded-for: 198.51.100.7\r\n", 200),
        ("GET", "x-forwarded-for: 10.0.0.1, 198.51.100.7\r\nx-forwarded-proto: wss\r\n", 200),
        ("GET", "x-forwarded-for: 198.51.100.7, 10.0.0.1\r\n", 403),
        ("GET", "", 403),
        ("GET", "x-forwarded-for: 198.51.100.7\r\nx-forwarded-proto: http\r\n", 403),
        ("TRACE", "x-forwarded-for: 198.51.100.7\r\n", 405),
        ("CONNECT", "x-forwarded-for: 198.51.100.7\r\n", 405),
    ] {
        let (head, body) = ask(&scene, method, "/v3/payments", &format!("{key}{lines}")).await;
        assert_eq!(head.status(), status, "{method} {lines}: {body}");
    }
}

#[tokio::test(flavor = "local")]
async fn only_known_places_are_asked_about_and_only_by_get() {
    let scene = Scene::new().await;
    let lines = format!("{}{}", asker(&scene), described(PASSED_ON, "GET", "/v3/payments"));
    for (path, status) in [
        ("/auth/payments", 404),
        ("/auth/payments/sandbox/", 404),
        ("/auth/payments/sandbox/refusal/x", 404),
        ("/auth/other/sandbox", 422),
        ("/auth/payments/other", 422),
        ("/auth//", 422),
    ] {
        assert_eq!(get(&scene, path, &lines).await.0.status(), status, "{path}");
    }
    let mut socket = Socket::to(scene.verify).await;
    socket.send(&format!("POST {SANDBOX} HTTP/1.1\r\nhost: v\r\n{lines}\r\n")).await;
    let (head, _) = socket.message().await;
    assert_eq!((head.status(), head.get("allow")), (405, Some("GET")));
}

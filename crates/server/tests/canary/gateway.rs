//! A key through a gateway: in its header, in every other, in the address, in broken requests.

use super::stage::Ending::{Cut, Whole};
use super::stage::{Stage, request};
use super::texts::{forms, in_address};

/// Headers into which a key may come.
pub(crate) const HEADERS: [&str; 22] = [
    "access_token",
    "access-token",
    "authorization",
    "x-api-key",
    "api-key",
    "x-project-id",
    "cookie",
    "user-agent",
    "referer",
    "origin",
    "accept",
    "content-type",
    "x-forwarded-for",
    "forwarded",
    "via",
    "expect",
    "upgrade",
    "chaveiro-key",
    "chaveiro-identity",
    "x-request-id",
    "traceparent",
    "host",
];

/// One gateway, and how it is let in.
pub(crate) struct Gateway {
    pub(crate) listener: u16,
    pub(crate) path: &'static str,
    /// The line with a key of its own.
    pub(crate) line: (&'static str, String),
}

/// All gateways of the quickstart.
pub(crate) fn all(stage: &Stage) -> Vec<Gateway> {
    let sandbox = stage.key("/realms/payments/sandbox/key");
    let production = stage.key("/realms/payments/production/key");
    let project = format!("Bearer {}", stage.key("/realms/mail/production/project_key"));
    vec![
        Gateway { listener: 1, path: "/v3/customers", line: ("access_token", sandbox) },
        Gateway { listener: 2, path: "/v3/customers", line: ("access_token", production) },
        Gateway { listener: 3, path: "/v1/contacts", line: ("authorization", project) },
    ]
}

/// Every form of this key, everywhere.
pub(crate) fn walk(stage: &mut Stage, gateway: &Gateway, key: &str) {
    let Gateway { listener, path, line } = gateway;
    let own = (line.0, line.1.as_str());
    for (form, text) in forms(key) {
        for header in HEADERS {
            let what = format!("{header}, {form}");
            let alone = request("POST", path, &[(header, &text)], Some("{}"));
            stage.send(&what, *listener, &alone, Whole);
            let beside = request("GET", path, &[own, (header, &text)], None);
            stage.send(&format!("{what}, beside a key"), *listener, &beside, Whole);
        }
        let bearer = format!("Bearer {text}");
        let lines = [("authorization", bearer.as_str()), ("access_token", text.as_str())];
        stage.send(form, *listener, &request("GET", path, &lines, None), Whole);
        in_the_address(stage, *listener, form, &text);
        in_the_body(stage, gateway, form, &text);
        in_the_framing(stage, gateway, form, &text);
    }
}

fn in_the_address(stage: &mut Stage, listener: u16, form: &str, text: &str) {
    let text = in_address(text);
    for target in [
        format!("/v3/customers?access_token={text}"),
        format!("/v3/customers?q=1&{text}"),
        format!("/v3/customers/{text}"),
        format!("/{text}/v3/customers"),
        format!("//{text}"),
        format!("/v3/../{text}"),
        format!("/v3/customers#{text}"),
        format!("http://{text}@localhost/v3/customers"),
        format!("http://localhost/v3/customers?{text}"),
        format!("*{text}"),
        text.clone(),
    ] {
        for method in ["GET", "POST", "CONNECT", "TRACE", "OPTIONS"] {
            let what = format!("{form} in the address, {method}");
            stage.send(&what, listener, &request(method, &target, &[], None), Whole);
        }
    }
}

/// Beside a key that is let in, so that the body goes on to the upstream.
fn in_the_body(stage: &mut Stage, gateway: &Gateway, form: &str, text: &str) {
    let Gateway { listener, path, line } = gateway;
    let own = (line.0, line.1.as_str());
    let json = serde_json::json!({ "note": text, text: text }).to_string();
    for (method, lines) in [("POST", &[own][..]), ("POST", &[]), ("GET", &[own]), ("DELETE", &[])] {
        let whole = request(method, path, lines, Some(&json));
        stage.send(&format!("{form} in the body, {method}"), *listener, &whole, Whole);
    }
    let mut short = request("POST", path, &[own, ("content-length", "100000")], None);
    short.extend_from_slice(json.as_bytes());
    stage.send(&format!("{form} in half a body"), *listener, &short, Cut);
    let large = [own, ("content-length", "99999999")];
    let mut large = request("POST", path, &large, None);
    large.extend_from_slice(json.as_bytes());
    stage.send(&format!("{form} in a body that is too large"), *listener, &large, Whole);
}

fn in_the_framing(stage: &mut Stage, gateway: &Gateway, form: &str, text: &str) {
    let Gateway { listener, path, line } = gateway;
    let (name, own) = (line.0, line.1.as_str());
    let word = in_address(text);
    let framed = |lines: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: a\r\n{name}: {own}\r\n{lines}\r\n{body}")
    };
    let chunked = "transfer-encoding: chunked\r\n";
    let cases = [
        text.to_owned(),
        format!("{text}\r\n\r\n"),
        format!("{word} {path} HTTP/1.1\r\nhost: a\r\n\r\n"),
        format!("GET {path} {word}\r\nhost: a\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\nhost: a\r\n{word}: 1\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\nhost: a\r\n{text}\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\n{text}"),
        format!("GET {path} HTTP/1.1\r\nhost: a\r\nhost: {text}\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\nhost: a\r\naccess_token: {text}\0\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\nhost: a\r\naccess_token: {}\r\n\r\n", text.repeat(300)),
        format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{text}"),
        framed(&format!("content-length: {text}\r\n"), text),
        framed(&format!("content-length: 1\r\ncontent-length: {text}\r\n"), text),
        framed(&format!("transfer-encoding: {text}\r\n"), text),
        framed(chunked, &format!("{text}\r\n{text}\r\n0\r\n\r\n")),
        framed(chunked, &format!("3;{word}={word}\r\nabc\r\n0\r\n\r\n")),
        framed(chunked, &format!("3\r\nabc\r\n0\r\nx-trailer: {text}\r\n\r\n")),
        framed(chunked, &format!("{:x}\r\n{text}", text.len() + 9)),
    ];
    for (at, bytes) in cases.iter().enumerate() {
        let what = format!("{form} in broken request {at}");
        stage.send(&what, *listener, bytes.as_bytes(), Cut);
    }
}

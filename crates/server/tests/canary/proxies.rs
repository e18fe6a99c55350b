//! A key through forward-auth: as the caller's credential, as the proxy's own, and in every line
//! that describes a request.

use super::stage::Ending::Whole;
use super::stage::{Stage, request};
use super::texts::{forms, in_address};

const LISTENER: u16 = 4;
const ENVOY: u16 = 5;

/// Every form of this key, everywhere.
pub(crate) fn walk(stage: &mut Stage, path: &str, key: &str) {
    let refusal = format!("{path}/refusal");
    for (form, text) in forms(key) {
        let what = format!("{form} at {path}");
        for lines in heads(&text) {
            let lines: Vec<(&str, &str)> =
                lines.iter().map(|(name, value)| (*name, value.as_str())).collect();
            stage.send(&what, LISTENER, &request("GET", path, &lines, None), Whole);
            // Nothing else is read there.
            if lines.iter().any(|(name, _)| name.starts_with("chaveiro-")) {
                stage.send(&what, LISTENER, &request("GET", &refusal, &lines, None), Whole);
            }
        }
        let address = format!("/auth/{}/{0}", in_address(&text));
        let what = format!("{form} in the address");
        stage.send(&what, LISTENER, &request("GET", &address, &[], None), Whole);
        // Something that is no gRPC; what speaks it is walked through by the corpus of all doors.
        stage.send(&what, ENVOY, &request("POST", &address, &[], Some(&text)), Whole);
    }
}

/// The text in each line in turn, beside lines that are in order.
fn heads(text: &str) -> Vec<Vec<(&'static str, String)>> {
    let good = [
        ("x-forwarded-method", "GET".to_owned()),
        ("x-forwarded-uri", "/v3/customers".to_owned()),
        ("x-forwarded-for", "203.0.113.9".to_owned()),
    ];
    let with = |name: &'static str, value: String| {
        let mut lines: Vec<_> = good.iter().filter(|(other, _)| *other != name).cloned().collect();
        lines.push((name, value));
        lines
    };
    let address = format!("/v3/{0}?key={0}", in_address(text));
    let mut heads = vec![with("x-forwarded-uri", address.clone())];
    for name in [
        "access_token",
        "authorization",
        "x-api-key",
        "chaveiro-verifier",
        "chaveiro-refusal",
        "chaveiro-account",
        "x-project-id",
        "x-forwarded-method",
        "x-forwarded-uri",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-original-uri",
    ] {
        heads.push(with(name, text.to_owned()));
    }
    heads.push(with("authorization", format!("Bearer {text}")));
    heads.push(vec![
        ("x-original-method", text.to_owned()),
        ("x-original-uri", address),
        ("access_token", text.to_owned()),
    ]);
    heads
}

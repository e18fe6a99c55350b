//! Who asks, and of what: a request of each actor for each route.
//!
//! Must not decide what the answer should be.

use crate::routes::{self, Route};
use crate::support::http::{self, Answer};
use crate::world::{ABSENT_OBJECT, ABSENT_UUID, Scene};

/// What a proxy says of the request that it asks about, and an answer that was packed: a 429.
const PROXIED: [(&str, &str); 4] = [
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-method", "GET"),
    ("x-forwarded-uri", "/v3/payments"),
    ("chaveiro-refusal", "SFRUUC8xLjEgNDI5IA0KDQo"),
];

/// Sends the request of this actor.
pub(crate) fn ask(scene: &Scene<'_>, route: &Route, actor: &str) -> Answer {
    let path = path(scene, route, actor);
    let server = &scene.world.server;
    let address = match route.section {
        "control" => server.control(),
        "verify" => server.verifiers(),
        _ => server.gateway(scene.here),
    };
    let mut head: Vec<(&str, String)> = vec![("content-type", "application/json".to_owned())];
    let by_proxy = route.path.starts_with("/auth/");
    if by_proxy {
        head.extend(PROXIED.map(|(name, value)| (name, value.to_owned())));
        head.push(("access_token", scene.ours.full.text.clone()));
    }
    if let Some(key) = key(scene, route, actor) {
        match route.section {
            "verify" if by_proxy => head.push(("chaveiro-verifier", key)),
            "asaas" | "upstream" => head.push(("access_token", key)),
            _ => head.push(("authorization", format!("Bearer {key}"))),
        }
    }
    let head: Vec<(&str, &str)> =
        head.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = routes::body(scene, route);
    let body = if body.is_null() { String::new() } else { body.to_string() };
    http::send(&address, &route.method, &path, &head, body.as_bytes())
}

/// The key that the actor shows.
fn key(scene: &Scene<'_>, route: &Route, actor: &str) -> Option<String> {
    let server = &scene.world.server;
    let operator = matches!(route.section, "control" | "verify");
    let text = match actor {
        "anonymous" => return None,
        "misshapen" => "chv_admin_short",
        "customer" => &scene.ours.full.text,
        "support" => {
            return Some(scene.world.operator_key("support").text);
        }
        "verifier" => &server.verifier_key,
        "admin" => &server.admin_key,
        "elsewhere" | "absent" if operator => &server.admin_key,
        "other_environment" | "other_realm" => &scene.other_environment.1.text,
        "deleted" if operator => &scene.over.operator,
        "deleted" => &scene.deleted.text,
        "expired" => &scene.over.expired,
        "suspended" => &scene.over.suspended,
        "replaced" => &scene.over.replaced,
        "disabled" => &scene.disabled.text,
        "unscoped" => &scene.unscoped.text,
        "reader" => &scene.reader.text,
        "child" | "project_key" => &scene.ours.below_key.text,
        "sibling" => &scene.sibling_key.text,
        "stranger" => &scene.theirs.full.text,
        "parent" | "account_key" | "own" | "foreign" | "absent" => &scene.ours.full.text,
        other => panic!("there is no actor {other}"),
    };
    Some(text.to_owned())
}

/// The path, with the ids that this actor asks about in the place of names.
fn path(scene: &Scene<'_>, route: &Route, actor: &str) -> String {
    let words = route.path.split('/').map(|word| {
        let name = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        name.map_or(word, |name| id(scene, route, actor, name))
    });
    words.collect::<Vec<_>>().join("/")
}

fn id<'s>(scene: &'s Scene<'_>, route: &Route, actor: &str, name: &str) -> &'s str {
    let absent = if route.section == "autosend" { ABSENT_OBJECT } else { ABSENT_UUID };
    match (route.section, name, actor) {
        (_, "realm", "absent") if route.path.ends_with("{realm}") => "nowhere",
        (_, "realm", "elsewhere") if route.path.ends_with("{realm}") => "elsewhere",
        (_, "realm", _) => scene.here.realm,
        ("control", "environment", "absent") if route.path.matches('{').count() == 2 => "nowhere",
        ("control", "environment", "elsewhere") if route.path.matches('{').count() == 2 => {
            "elsewhere"
        }
        (_, "environment", _) => scene.here.name,
        (_, _, "absent") if is_last(route, name) => absent,
        ("control", "account", "elsewhere") => &scene.other_environment.0,
        ("control", "key", "elsewhere") => &scene.other_environment.1.id,
        ("control", "account", _) if route.path.contains("/release") => &scene.ours.id,
        ("control", "account", _) if route.method == "DELETE" => &scene.ours.below,
        ("control", "account", _) => &scene.ours.id,
        ("control", "key", _) => &scene.ours.full.id,
        // The event is real, and was never for that webhook.
        ("control", "webhook", "elsewhere") if is_last(route, "event") => &scene.webhooks[1],
        ("control", "webhook", "elsewhere") => &scene.webhooks[2],
        (_, "webhook", "foreign") => &scene.webhooks[1],
        (_, "webhook", _) => &scene.webhooks[0],
        ("control", "event", _) => scene.delivered(),
        (_, "operator_key", _) => &scene.operator_key,
        (_, "account" | "project", "foreign") if is_last(route, name) => &scene.theirs.below,
        (_, "account" | "project", _) => &scene.ours.below,
        (_, "key", "foreign") => &scene.theirs.below_key.id,
        (_, "key", _) => &scene.ours.below_key.id,
        (_, other, _) => panic!("nothing is named {other}"),
    }
}

/// Whether this is the last name in the path: what is asked about.
fn is_last(route: &Route, name: &str) -> bool {
    let last = route.path.split('/').rfind(|word| word.starts_with('{'));
    last.is_some_and(|word| word.trim_matches(['{', '}']) == name)
}

//! The routes that there are, as the server and its dialects list them.

use std::fmt;

use serde_json::{Value, json};

use crate::support::http;
use crate::world::{Scene, World};

/// A route, in the section of the matrix to which its listener belongs.
pub(crate) struct Route {
    pub(crate) section: &'static str,
    pub(crate) method: String,
    /// With names in braces.
    pub(crate) path: String,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// All of them.
pub(crate) fn all(world: &World) -> Vec<Route> {
    let mut all = described(world);
    for (section, dialect) in [("asaas", "asaas"), ("autosend", "autosend"), ("native", "native")] {
        for own in dialects::registry::own_routes(dialect) {
            let (method, path) = (own.method.to_string(), own.path.to_owned());
            all.push(Route { section, method, path });
        }
    }
    let route = |section, method: &str, path: &str| Route {
        section,
        method: method.to_owned(),
        path: path.to_owned(),
    };
    all.push(route("verify", "POST", "/api/v1/verify"));
    all.push(route("verify", "POST", "/api/v1/verify/batch"));
    all.push(route("verify", "GET", "/auth/{realm}/{environment}"));
    all.push(route("verify", "GET", "/auth/{realm}/{environment}/refusal"));
    // Two that stand for all that is passed on: one that reads and one that writes.
    all.push(route("upstream", "GET", "/v3/payments"));
    all.push(route("upstream", "POST", "/v3/payments"));
    all
}

/// The native API, by its own description.
fn described(world: &World) -> Vec<Route> {
    let document = http::get(&world.server.control(), "/openapi.json", &[]).json();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        if path.starts_with("/api/v1/verify") || path.starts_with("/auth/") {
            continue;
        }
        for method in item.as_object().expect("operations").keys() {
            let method = method.to_uppercase();
            routes.push(Route { section: "control", method, path: path.clone() });
        }
    }
    routes
}

/// A body that the route takes.
pub(crate) fn body(scene: &Scene<'_>, route: &Route) -> Value {
    let (method, path) = (route.method.as_str(), route.path.as_str());
    match (route.section, method) {
        (_, "GET" | "DELETE") => Value::Null,
        ("control", "POST") if path.ends_with("/operator-keys") => {
            json!({"name": "made", "role": "verifier"})
        }
        ("control", "POST" | "PATCH") => control_body(scene, path),
        ("verify", _) => {
            let question = json!({"realm": "payments", "environment": "sandbox", "key": "x",
                "method": "GET", "path": "/v3/payments"});
            if path.ends_with("/batch") { json!([question]) } else { question }
        }
        ("asaas", "POST") if path == "/v3/accounts" => json!({
            "name": "made", "email": "made@example.com", "cpfCnpj": "24971563792",
            "mobilePhone": "47999999999", "incomeValue": 1000, "address": "Rua A",
            "addressNumber": "1", "province": "Centro", "postalCode": "89223005",
        }),
        ("asaas", "POST") if path == "/v3/webhooks" => json!({
            "name": "made", "url": "https://hooks.example.com/b", "email": "ops@example.com",
            "sendType": "SEQUENTIALLY", "events": ["ACCESS_TOKEN_CREATED"],
        }),
        ("autosend", _) => json!({"name": "made", "domain": "made.example"}),
        _ => json!({}),
    }
}

fn control_body(scene: &Scene<'_>, path: &str) -> Value {
    match path.rsplit('/').next().expect("a path has words") {
        "accounts" | "keys" | "{account}" | "{key}" => json!({"name": "made"}),
        "webhooks" => json!({"name": "made", "url": "https://hooks.example.com/b",
            "email": "ops@example.com", "events": ["ACCESS_TOKEN_CREATED"]}),
        "bulk" => json!({"action": "disable", "all": true, "filter": {}, "dry_run": true}),
        // So little ahead that nothing comes of it.
        "clock" => json!({"to": scene.world.a_little_ahead(scene.here)}),
        // Nothing is held up there.
        "approve" => json!({"keys": 1}),
        "owner" => json!({"key": scene.ours.full.text}),
        _ => json!({}),
    }
}

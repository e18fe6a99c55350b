//! A request through the gateway, verified, counted and passed on, beside nginx that only passes it
//! on to the same upstream, nginx that asks another server first, and HAProxy that checks a map.
//!
//! Must not count the upstream: it answers for both, and belongs to neither.

use super::chaveiro::Binary;
use super::config::Config;
use super::connection::Connection;
use super::duel::{self, Peer, Rules};
use super::haproxy::{self, Haproxy};
use super::nginx::{self, Duty, Nginx};
use super::report::Row;
use super::request::Request;
use super::server::Server;
use super::{Bar, Options, rows_of_duel};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::path::Path;

const BESIDE_PROXY: Bar = Bar { throughput: Some(1.0), processor: Some(1.0) };
const BESIDE_ASKING: Bar = Bar { throughput: Some(4.0), processor: None };
const LOOKED_AT: Bar = Bar { throughput: None, processor: None };
const REALM: &str = "payments";
const ENVIRONMENT: &str = "sandbox";
/// How clients of that realm send their key.
const KEY_HEADER: &str = "access_token";
/// A small answer, as of one payment's status.
const ANSWER_BYTES: usize = 200;

/// Runs the comparison.
pub(super) fn run(binary: &Binary, options: &Options, folder: &Path) -> Result<Vec<Row>> {
    // The quickstart makes accounts and keys; its own upstream would be the slowest part.
    let data = folder.join("gateway");
    let quickstart = binary.quickstart(&data, folder)?;
    let key = quickstart.text(&["realms", REALM, ENVIRONMENT, "key"])?.to_owned();
    quickstart.server.stop().context("After the first start")?;

    let answer = nginx::filler(ANSWER_BYTES);
    let duty = Duty::Answer(answer.clone());
    let upstream = Nginx::start(&duty, "nginx upstream", binary.threads, folder, &[])?;
    let mut config = Config::copy_of(&data, "bench.toml")?;
    config.set_upstream(REALM, ENVIRONMENT, upstream.address)?;
    let config = config.relisten()?;
    let (server, _) = binary.serve(&config, folder)?;
    let address = config.gateway(REALM, ENVIRONMENT)?;
    let request = Request {
        method: "GET",
        path: "/v3/payments/pay_080225913252",
        host: address,
        headers: &[(KEY_HEADER, &key)],
        body: None,
    };
    let request = request.to_bytes();
    let mut connection = Connection::open(address)?;
    connection.send(&request)?;
    let response = connection.expect(200)?;
    ensure!(
        connection.body(response) == answer.as_bytes(),
        "The gateway answered something else than its upstream did."
    );
    drop(connection);

    let rules = Rules {
        request: &request,
        rounds: options.rounds,
        requests: options.requests,
        pressure: options.pressure,
    };
    beside_peers(binary, &rules, folder, Field { server, address, upstream, key })
}

/// What stands when the peers come.
struct Field {
    server: Server,
    address: SocketAddr,
    upstream: Nginx,
    key: String,
}

/// Three peers: one that passes on and checks nothing, one that asks another server about each
/// request, and one that checks and counts by itself.
fn beside_peers(
    binary: &Binary,
    rules: &Rules<'_>,
    folder: &Path,
    field: Field,
) -> Result<Vec<Row>> {
    let Field { server, address, upstream, key } = field;
    let nginx =
        |duty: &Duty, name| Nginx::start(duty, name, binary.threads, folder, &binary.prefix);
    let plain = nginx(&Duty::PassOn(upstream.address), "nginx proxy_pass")?;
    let asks = Duty::AskAndPassOn { asked: upstream.address, upstream: upstream.address };
    let asking = nginx(&asks, "nginx auth_request")?;
    let duty = haproxy::Duty { header: KEY_HEADER, key: &key, upstream: upstream.address };
    let checking = Haproxy::start(&duty, binary.threads, folder, &binary.prefix)?;
    let peer = |name, address, server: &Server| Peer { name, address, pid: server.pid() };
    let [ours, plain_score, asking_score, checking_score] = duel::fight(
        [
            &peer("chaveiro gateway", address, &server),
            &peer("nginx proxy_pass", plain.address, &plain.server),
            &peer("nginx auth_request", asking.address, &asking.server),
            &peer("HAProxy map", checking.address, &checking.server),
        ],
        rules,
    )?;
    for server in [plain.server, asking.server, checking.server, server, upstream.server] {
        server.stop().context("After the gateway")?;
    }
    let beside = |name, theirs, bar| rows_of_duel("gateway", name, [&ours, theirs], bar);
    let mut rows = beside("nginx proxy_pass", &plain_score, BESIDE_PROXY);
    rows.extend(beside("nginx auth_request", &asking_score, BESIDE_ASKING));
    rows.extend(beside("HAProxy, map and stick table", &checking_score, LOOKED_AT));
    Ok(rows)
}

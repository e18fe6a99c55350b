//! A request through the gateway, verified and passed on, beside nginx that only passes it on to
//! the same upstream.
//!
//! Must not count the upstream: it answers for both, and belongs to neither.

use super::chaveiro::Binary;
use super::config::Config;
use super::connection::Connection;
use super::duel::{self, Peer, Rules};
use super::nginx::{self, Duty, Nginx};
use super::report::{Row, Target};
use super::request::Request;
use super::{Options, rows_of_duel};
use anyhow::{Context, Result, ensure};
use std::path::Path;

const TARGET: Target = Target::RatioAtLeast(0.7);
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

    let duty = Duty::PassOn(upstream.address);
    let peer = Nginx::start(&duty, "nginx proxy_pass", binary.threads, folder, &binary.prefix)?;
    let rules = Rules {
        request: &request,
        rounds: options.rounds,
        requests: options.requests,
        pressure: options.pressure,
    };
    let ours = Peer { name: "chaveiro gateway", address, pid: server.pid() };
    let theirs = Peer { name: "nginx proxy_pass", address: peer.address, pid: peer.server.pid() };
    let scores = duel::fight([&ours, &theirs], &rules)?;
    for server in [peer.server, server, upstream.server] {
        server.stop().context("After the gateway")?;
    }
    Ok(rows_of_duel("gateway", "nginx proxy_pass", scores, TARGET))
}

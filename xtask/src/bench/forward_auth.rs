//! A proxy's question about a request, beside nginx that answers as many bytes without a thought.
//!
//! Must not use a shortcut: what a quickstart made, limits that count, a real verifier's key, a real key, and the lines that
//! Traefik and Caddy send.

use super::chaveiro::{Binary, printed};
use super::connection::Connection;
use super::duel::{self, Peer, Rules};
use super::nginx::{self, Duty, Nginx};
use super::report::Row;
use super::request::Request;
use super::{Bar, Options, rows_of_duel};
use anyhow::{Context, Result};
use std::path::Path;

const BAR: Bar = Bar { throughput: Some(0.95), processor: Some(1.2) };

/// Runs the comparison.
pub(super) fn run(binary: &Binary, options: &Options, folder: &Path) -> Result<Vec<Row>> {
    let (server, ready, config) = binary.serve_copy(&folder.join("forward-auth"), folder)?;
    let address = config.verifiers()?;
    let request = Request {
        method: "GET",
        path: "/auth/payments/sandbox",
        host: address,
        headers: &[
            ("Chaveiro-Verifier", printed(&ready, &["verifier", "key"])?),
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-Uri", "/v3/payments/pay_080225913252"),
            ("X-Forwarded-For", "203.0.113.9"),
            ("User-Agent", "shop/1.0"),
            ("access_token", printed(&ready, &["realms", "payments", "sandbox", "key"])?),
        ],
        body: None,
    };
    let request = request.to_bytes();
    let mut connection = Connection::open(address)?;
    connection.send(&request)?;
    let answered = connection.expect(200)?.end;
    drop(connection);

    // As many bytes in all: what we say in headers, the peer says in a body.
    let duty = Duty::Answer(nginx::filler(answered.saturating_sub(nginx::HEAD_BYTES)));
    let peer = Nginx::start(&duty, "nginx static", binary.threads, folder, &binary.prefix)?;
    let rules = Rules {
        request: &request,
        rounds: options.rounds,
        requests: options.requests,
        pressure: options.pressure,
    };
    let ours = Peer { name: "chaveiro /auth", address, pid: server.pid() };
    let theirs = Peer { name: "nginx static", address: peer.address, pid: peer.server.pid() };
    let [ours, theirs] = duel::fight([&ours, &theirs], &rules)?;
    peer.server.stop().context("After forward-auth")?;
    server.stop().context("After forward-auth")?;
    Ok(rows_of_duel("forward-auth", "nginx static", [&ours, &theirs], BAR))
}

//! The verify call over loopback, beside nginx that answers as many bytes without a thought.
//!
//! Must not use a shortcut: what a quickstart made, limits that count, a real verifier's key, a real key.

use super::chaveiro::{Binary, printed};
use super::connection::Connection;
use super::duel::{self, Peer, Rules};
use super::nginx::{self, Duty, Nginx};
use super::report::Row;
use super::request::Request;
use super::{Bar, Options, rows_of_duel};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;

const BAR: Bar = Bar { throughput: Some(0.9), processor: Some(1.2) };

/// Runs the comparison.
pub(super) fn run(binary: &Binary, options: &Options, folder: &Path) -> Result<Vec<Row>> {
    let (server, ready, config) = binary.serve_copy(&folder.join("verify"), folder)?;
    let address = config.verifiers()?;
    let authorization = format!("Bearer {}", printed(&ready, &["verifier", "key"])?);
    let body = json!({
        "realm": "payments",
        "environment": "sandbox",
        "key": printed(&ready, &["realms", "payments", "sandbox", "key"])?,
        "method": "GET",
        "path": "/v3/payments",
        "ip": "203.0.113.9",
        "user_agent": "shop/1.0",
        "project": null,
        "min_epoch": null,
    });
    let body = body.to_string();
    let request = Request {
        method: "POST",
        path: "/api/v1/verify",
        host: address,
        headers: &[("Authorization", &authorization)],
        body: Some(&body),
    };
    let request = request.to_bytes();
    let answer = granted(address, &request)?;
    let duty = Duty::Answer(nginx::filler(answer.len()));
    let peer = Nginx::start(&duty, "nginx static", binary.threads, folder, &binary.prefix)?;
    let rules = Rules {
        request: &request,
        rounds: options.rounds,
        requests: options.requests,
        pressure: options.pressure,
    };
    let ours = Peer { name: "chaveiro verify", address, pid: server.pid() };
    let theirs = Peer { name: "nginx static", address: peer.address, pid: peer.server.pid() };
    let [ours, theirs] = duel::fight([&ours, &theirs], &rules)?;
    // A refusal is an answer too, and a cheaper one: none may have been among them.
    granted(address, &request)?;
    peer.server.stop().context("After the verify call")?;
    server.stop().context("After the verify call")?;
    Ok(rows_of_duel("verify", "nginx static", [&ours, &theirs], BAR))
}

/// Asks once; the answer has to be a grant.
fn granted(address: SocketAddr, request: &[u8]) -> Result<String> {
    let mut connection = Connection::open(address)?;
    connection.send(request)?;
    let response = connection.expect(200)?;
    let answer = String::from_utf8_lossy(connection.body(response)).into_owned();
    ensure!(answer.contains("\"granted\""), "The example key was not granted: {answer}");
    Ok(answer)
}

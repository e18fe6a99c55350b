//! A door that is asked about a request, beside nginx that answers as many bytes without a thought:
//! what the verify call and forward-auth have in common.
//!
//! Must not use a shortcut: what a quickstart made, limits that count, a real verifier's key, a real key.

use super::beside::Beside;
use super::chaveiro::{Binary, printed};
use super::connection::Connection;
use super::duel::{self, Peer, Rules};
use super::floor;
use super::nginx::{self, Duty};
use super::report::Row;
use super::{Bar, LOOKED_AT, Options, latency, rows_of_duel};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;

const PEER: &str = "nginx static";

/// One such door.
pub(super) struct Door {
    /// The part of the benchmark, and its folder.
    pub(super) part: &'static str,
    /// How our side is called while it runs.
    pub(super) name: &'static str,
    /// What the body of an answer that grants has in it.
    pub(super) grants_with: &'static str,
    pub(super) bar: Bar,
    /// The question as bytes.
    pub(super) ask: fn(&Asker<'_>) -> Result<Vec<u8>>,
}

/// What a question is made of.
pub(super) struct Asker<'a> {
    /// Where verifiers ask.
    pub(super) address: SocketAddr,
    /// What the quickstart printed.
    pub(super) ready: &'a Value,
}

impl Asker<'_> {
    /// The key of whoever asks.
    pub(super) fn verifier(&self) -> Result<&str> {
        printed(self.ready, &["verifier", "key"])
    }

    /// The key that is asked about.
    pub(super) fn key(&self) -> Result<&str> {
        printed(self.ready, &["realms", "payments", "sandbox", "key"])
    }
}

/// Runs the comparison.
pub(super) fn run(
    door: &Door,
    binary: &Binary,
    floor: Option<&Path>,
    options: &Options,
    folder: &Path,
) -> Result<Vec<Row>> {
    let Door { part, name, grants_with, bar, ask } = *door;
    let (server, ready, config) = binary.serve_copy(&folder.join(part), folder)?;
    let address = config.verifiers()?;
    let request = ask(&Asker { address, ready: &ready })?;
    let answered = granted(address, &request, grants_with)?;

    // As many bytes in all: what we say in headers, the peer says in a body.
    let duty = Duty::Answer(nginx::filler(answered.saturating_sub(nginx::HEAD_BYTES)));
    let mut others =
        vec![(PEER, bar, nginx::start(&duty, PEER, binary.threads, folder, &binary.prefix)?)];
    if let Some(program) = floor {
        let duty = floor::Duty::Answer(answered.saturating_sub(floor::HEAD_BYTES));
        let bare = floor::start(program, &duty, binary.threads, folder, &binary.prefix)?;
        others.push((floor::SHOWN, LOOKED_AT, bare));
    }
    let rules = Rules::new(options, &request);
    let ours = Peer { name, address, pid: server.pid() };
    let peer = |(name, _, peer): &(&'static str, Bar, Beside)| {
        let (name, address, pid) = (*name, peer.address, peer.server.pid());
        Peer { name, address, pid }
    };
    let theirs: Vec<_> = others.iter().map(peer).collect();
    let (our_score, their_scores) = duel::fight(&ours, &theirs, &rules)?;
    let mut rows = Vec::new();
    for ((their, (shown, bar, _)), their_score) in theirs.iter().zip(&others).zip(&their_scores) {
        let scores = [&our_score, their_score];
        rows.extend(rows_of_duel(part, shown, scores, *bar));
        if *shown == PEER {
            rows.extend(latency::compare(part, [&ours, their], scores, &rules, PEER)?);
        }
    }
    // A refusal is an answer too, and a cheaper one: none may have been among them.
    granted(address, &request, grants_with)?;
    for server in others.into_iter().map(|(_, _, other)| other.server).chain([server]) {
        server.stop().with_context(|| format!("After {part}"))?;
    }
    Ok(rows)
}

/// Asks once; the answer has to be a grant. Returns its length in bytes, head and body.
fn granted(address: SocketAddr, request: &[u8], grants_with: &str) -> Result<usize> {
    let mut connection = Connection::open(address)?;
    connection.send(request)?;
    let response = connection.expect(200)?;
    let body = String::from_utf8_lossy(connection.body(response));
    ensure!(body.contains(grants_with), "The example key was not granted: {body}");
    Ok(response.end)
}

//! A request through the gateway, verified, counted and passed on, beside nginx that only passes it
//! on to the same upstream, nginx that asks another server first, HAProxy that checks a map, and
//! Envoy that checks a list.
//!
//! Must not count the upstream: it answers for both, and belongs to neither.

use super::beside::{Beside, LooksUp};
use super::chaveiro::Binary;
use super::config::Config;
use super::connection::Connection;
use super::duel::{self, Peer, Rules};
use super::envoy;
use super::floor;
use super::haproxy;
use super::nginx::{self, Duty};
use super::report::Row;
use super::request::Request;
use super::server::Server;
use super::{Bar, LOOKED_AT, Options, latency, rows_of_duel};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::path::Path;

const BESIDE_PROXY: Bar = Bar { throughput: Some(1.0), processor: Some(1.0) };
const BESIDE_ASKING: Bar = Bar { throughput: Some(4.0), processor: None };
const REALM: &str = "payments";
const ENVIRONMENT: &str = "sandbox";
/// How clients of that realm send their key.
const KEY_HEADER: &str = "access_token";
/// A small answer, as of one payment's status.
const ANSWER_BYTES: usize = 200;

/// Runs the comparison; gives also what the reader has to know about it.
pub(super) fn run(
    root: &Path,
    binary: &Binary,
    options: &Options,
    folder: &Path,
) -> Result<(Vec<Row>, Vec<String>)> {
    // The quickstart makes accounts and keys; its own upstream would be the slowest part.
    let data = folder.join("gateway");
    let quickstart = binary.quickstart(&data, folder)?;
    let key = quickstart.text(&["realms", REALM, ENVIRONMENT, "key"])?.to_owned();
    quickstart.server.stop().context("After the first start")?;

    let answer = nginx::filler(ANSWER_BYTES);
    let duty = Duty::Answer(answer.clone());
    let upstream = nginx::start(&duty, "nginx upstream", binary.threads, folder, &[])?;
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
    let peers = Others::start(root, binary, folder, upstream.address, &key)?;
    for at in peers.0.iter().map(|other| other.address).chain([address]) {
        passes_on(at, &request, &answer)?;
    }

    let ours = Peer { name: "chaveiro gateway", address, pid: server.pid() };
    let rows = peers.compare(&ours, &Rules::new(options, &request))?;
    let notes = if peers.has_envoy() { None } else { Some(envoy::MISSING.to_owned()) };
    for server in peers.0.into_iter().map(|other| other.server).chain([server, upstream.server]) {
        server.stop().context("After the gateway")?;
    }
    Ok((rows, notes.into_iter().collect()))
}

/// Asks once: what comes back has to be what the upstream said.
fn passes_on(address: SocketAddr, request: &[u8], answer: &str) -> Result<()> {
    let mut connection = Connection::open(address)?;
    connection.send(request)?;
    let response = connection.expect(200)?;
    ensure!(
        connection.body(response) == answer.as_bytes(),
        "Somebody answered something else than the upstream did."
    );
    Ok(())
}

/// One of those that we are compared with.
struct Other {
    /// While it runs.
    name: &'static str,
    /// In the table.
    shown: &'static str,
    bar: Bar,
    server: Server,
    address: SocketAddr,
}

/// One that passes on and checks nothing, one that asks another server about each request, one that
/// checks and counts by itself, and one that checks by itself, if it is installed.
struct Others(Vec<Other>);

impl Others {
    fn start(
        root: &Path,
        binary: &Binary,
        folder: &Path,
        upstream: SocketAddr,
        key: &str,
    ) -> Result<Self> {
        let Binary { threads, prefix, .. } = binary;
        let with_nginx = |duty: &Duty, name, bar| {
            let Beside { server, address } = nginx::start(duty, name, *threads, folder, prefix)?;
            anyhow::Ok(Other { name, shown: name, bar, server, address })
        };
        let asks = Duty::AskAndPassOn { asked: upstream, upstream };
        let mut all = vec![
            with_nginx(&Duty::PassOn(upstream), PLAIN, BESIDE_PROXY)?,
            with_nginx(&asks, "nginx auth_request", BESIDE_ASKING)?,
        ];
        let duty = LooksUp { header: KEY_HEADER, key, upstream };
        let Beside { server, address } = haproxy::start(&duty, *threads, folder, prefix)?;
        let shown = "HAProxy, map and stick table";
        all.push(Other { name: "HAProxy map", shown, bar: LOOKED_AT, server, address });
        if let Some(program) = envoy::program(root) {
            let started = envoy::start(&program, &duty, *threads, folder, prefix)?;
            let Beside { server, address } = started;
            all.push(Other { name: ENVOY, shown: ENVOY, bar: LOOKED_AT, server, address });
        } else {
            eprintln!("  {}", envoy::MISSING);
        }
        if let Some(program) = floor::program(root) {
            let duty = floor::Duty::PassOn(upstream);
            let Beside { server, address } =
                floor::start(&program, &duty, *threads, folder, prefix)?;
            let (name, bar) = (floor::SHOWN, LOOKED_AT);
            all.push(Other { name, shown: name, bar, server, address });
        }
        Ok(Self(all))
    }

    fn has_envoy(&self) -> bool {
        self.0.iter().any(|other| other.name == ENVOY)
    }

    /// All in turns; then by a schedule, beside the one that passes on and no more.
    fn compare(&self, ours: &Peer<'_>, rules: &Rules<'_>) -> Result<Vec<Row>> {
        let peer = |&Other { name, address, ref server, .. }: &Other| {
            let pid = server.pid();
            Peer { name, address, pid }
        };
        let theirs: Vec<_> = self.0.iter().map(peer).collect();
        let (our_score, scores) = duel::fight(ours, &theirs, rules)?;
        let mut rows = Vec::new();
        for ((other, peer), score) in self.0.iter().zip(&theirs).zip(&scores) {
            let scores = [&our_score, score];
            rows.extend(rows_of_duel(PART, other.shown, scores, other.bar));
            if other.name == PLAIN {
                rows.extend(latency::compare(PART, [ours, peer], scores, rules, PLAIN)?);
            }
        }
        Ok(rows)
    }
}

const PART: &str = "gateway";
const PLAIN: &str = "nginx proxy_pass";
const ENVOY: &str = "Envoy api_key_auth";

//! Peers under the same requests, in turns, so that all see the same changes of the machine.
//!
//! Must not favour one: same bytes, same number, same connections; and neither is warmer.

use super::load::{Load, Pressure, as_float};
use super::{Options, usage};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::time::Duration;

/// One side.
pub(super) struct Peer<'a> {
    pub(super) name: &'a str,
    pub(super) address: SocketAddr,
    /// The process whose tree is charged.
    pub(super) pid: u32,
}

/// How it is fought.
pub(super) struct Rules<'a> {
    pub(super) request: &'a [u8],
    pub(super) rounds: usize,
    /// Requests of a round.
    pub(super) requests: usize,
    /// How long a round by a schedule lasts.
    pub(super) span: Duration,
    pub(super) pressure: Pressure,
}

impl<'a> Rules<'a> {
    /// As the options say, with these bytes.
    pub(super) fn new(options: &Options, request: &'a [u8]) -> Self {
        let Options { rounds, requests, span, pressure, .. } = *options;
        Self { request, rounds, requests, span, pressure }
    }
}

/// What one side came to, a value for each round.
#[derive(Debug)]
pub(super) struct Score {
    pub(super) per_second: Vec<f64>,
    pub(super) batch_p50_us: Vec<f64>,
    pub(super) batch_p99_us: Vec<f64>,
    pub(super) processor_us: Vec<f64>,
}

impl Score {
    pub(super) const NONE: Self = Self {
        per_second: Vec::new(),
        batch_p50_us: Vec::new(),
        batch_p99_us: Vec::new(),
        processor_us: Vec::new(),
    };
}

/// Lets all answer, round by round: the first, the next, and the first again. Gives our score, and
/// those of the others in their order.
pub(super) fn fight(
    ours: &Peer<'_>,
    others: &[Peer<'_>],
    rules: &Rules<'_>,
) -> Result<(Score, Vec<Score>)> {
    let mut our_score = Score::NONE;
    let mut scores: Vec<Score> = others.iter().map(|_| Score::NONE).collect();
    for round in 1..=rules.rounds {
        let first = std::iter::once((ours, &mut our_score));
        for (peer, score) in first.chain(others.iter().zip(&mut scores)) {
            once(peer, rules, score)
                .with_context(|| format!("Round {round} of {} failed", peer.name))?;
            eprintln!(
                "  round {round}: {:<22} {:>8.0} requests/s",
                peer.name,
                score.per_second.last().copied().unwrap_or(f64::NAN)
            );
        }
    }
    Ok((our_score, scores))
}

fn once(peer: &Peer<'_>, rules: &Rules<'_>, score: &mut Score) -> Result<()> {
    let mut load = Load::open(peer.address, rules.request, 200, rules.pressure)?;
    let before_us = usage::processor_us(peer.pid)?;
    let throughput = load.drive(rules.requests)?;
    let spent_us = usage::processor_us(peer.pid)?.saturating_sub(before_us);
    score.per_second.push(throughput.per_second);
    score.batch_p50_us.push(throughput.batch_p50_us);
    score.batch_p99_us.push(throughput.batch_p99_us);
    let spent_us = as_float(usize::try_from(spent_us).context("a span of centuries")?);
    score.processor_us.push(spent_us / as_float(throughput.requests));
    Ok(())
}

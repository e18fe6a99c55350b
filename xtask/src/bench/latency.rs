//! How late answers come when a server has time to spare: two peers under one schedule, in turns.
//!
//! Must not give one of them an easier rate: both are asked at half of what the slower did in a
//! closed loop just before.

use super::duel::{Peer, Rules, Score};
use super::open_loop::{OpenLoop, Schedule, Sorted};
use super::report::{Row, median};
use anyhow::{Context, Result, ensure};

/// The quantiles that are shown, of a thousand.
const QUANTILES: [(usize, &str); 3] = [(500, "p50"), (990, "p99"), (999, "p99.9")];

/// What one side came to: for each of the quantiles a value for each round, in microseconds.
type Rounds = [Vec<f64>; QUANTILES.len()];

/// Runs the comparison; the scores are those of the same two peers.
pub(super) fn compare(
    part: &'static str,
    [ours, theirs]: [&Peer<'_>; 2],
    scores: [&Score; 2],
    rules: &Rules<'_>,
    peer_name: &'static str,
) -> Result<Vec<Row>> {
    let rate = half_of_the_slower(scores);
    let schedule = Schedule::new(rate, rules.span)?;
    let (mut our_rounds, mut their_rounds) = (Rounds::default(), Rounds::default());
    for round in 1..=rules.rounds {
        for (peer, rounds) in [(ours, &mut our_rounds), (theirs, &mut their_rounds)] {
            let latencies = once(peer, rules, schedule)
                .with_context(|| format!("Round {round} of {} by a schedule failed", peer.name))?;
            for (values, (of_a_thousand, _)) in rounds.iter_mut().zip(QUANTILES) {
                values.push(latencies.quantile_us(of_a_thousand));
            }
            eprintln!(
                "  round {round}: {:<22} p99.9 {:>8.0} µs at {rate} requests/s",
                peer.name,
                latencies.quantile_us(999)
            );
        }
    }
    let mut rows = Vec::new();
    for ((_, quantile), (ours, theirs)) in
        QUANTILES.iter().zip(our_rounds.into_iter().zip(their_rounds))
    {
        let what = format!("latency at {rate} requests/s, {quantile}");
        rows.push(Row::alone(part, what, "µs", ours).beside(peer_name, theirs));
    }
    Ok(rows)
}

fn once(peer: &Peer<'_>, rules: &Rules<'_>, schedule: Schedule) -> Result<Sorted> {
    let requests = [rules.request];
    let mut open = OpenLoop::open(peer.address, &requests, rules.pressure)?;
    let answers = open.drive(schedule)?;
    let granted = Sorted::of(&answers, |answer| answer.status == 200);
    ensure!(
        granted.len() == answers.len(),
        "{} of {} answers were not 200.",
        answers.len() - granted.len(),
        answers.len()
    );
    Ok(granted)
}

fn half_of_the_slower([ours, theirs]: [&Score; 2]) -> u64 {
    let half = median(&ours.per_second).min(median(&theirs.per_second)) / 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate lies far below 2^64 and is never negative"
    )]
    let rate = half as u64;
    rate.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_asked_at_half_of_what_the_slower_did() {
        let score = |per_second: &[f64]| Score { per_second: per_second.to_vec(), ..Score::NONE };
        let check = |ours: &[f64], theirs: &[f64], expected| {
            assert_eq!(half_of_the_slower([&score(ours), &score(theirs)]), expected);
        };
        check(&[100.0, 300.0, 200.0], &[1_000.0], 100);
        check(&[1_000.0], &[301.0], 150);
        check(&[1.0], &[1.0], 1);
    }
}

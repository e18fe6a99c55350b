//! Twice what an upstream can do, in an open loop through the gateway: its cap on requests per
//! upstream turns the excess away at once, and those that are let in hardly notice.
//!
//! Every seventh request carries a deleted key: whatever the load, it is refused as such. Must not
//! depend on the machine's speed: the capacity is the upstream's, and a gateway has more.

use super::Options;
use super::chaveiro::{Binary, printed};
use super::config::Config;
use super::connection::Connection;
use super::load::{Pressure, as_float};
use super::open_loop::{Answer, OpenLoop, Schedule, Sorted};
use super::paced::{Pace, Paced, Seen};
use super::report::{Row, Target};
use super::request::Request;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

const PART: &str = "overload";
const REALM: &str = "payments";
const ENVIRONMENT: &str = "sandbox";
/// Workers of the upstream, and how long each is busy with a request.
const WORKERS: usize = 32;
const TAKES: Duration = Duration::from_millis(20);
/// Requests that the upstream can answer in a second.
const CAPACITY: u64 = 1_600;
/// As many as can be served at once, and as many again in line.
const CAP: usize = 2 * WORKERS;
/// Four times the cap: nobody who asks waits for a connection.
const CONNECTIONS: usize = 4 * CAP;
/// Of this many requests, the last carries the deleted key.
const TURN: usize = 7;

/// Those that were let in, beside their usual p99.9.
const ADMITTED: Target = Target::RatioAtMost(5.0);
/// Half of what the upstream needs for an answer.
const REFUSED_US: Target = Target::AtMost(10_000.0);
/// None of the capacity may be lost over those that are turned away.
const SERVED: Target = Target::RatioAtLeast(0.9);
const WRONG: Target = Target::AtMost(0.0);
const MOST: Target = Target::AtMost(CAP as f64);

/// Runs the measurement.
pub(super) fn run(binary: &Binary, options: &Options, folder: &Path) -> Result<Vec<Row>> {
    let data = folder.join(PART);
    let quickstart = binary.quickstart(&data, folder)?;
    let key = quickstart.text(&["realms", REALM, ENVIRONMENT, "key"])?.to_owned();
    let admin = printed(&quickstart.ready, &["control", "admin_key"])?.to_owned();
    quickstart.server.stop().context("After the first start")?;

    let upstream = Paced::start(Pace::new(WORKERS, TAKES))?;
    let mut config = Config::copy_of(&data, "bench.toml")?;
    config.set_upstream(REALM, ENVIRONMENT, upstream.address)?;
    config.set_upstream_requests_max(REALM, ENVIRONMENT, CAP)?;
    let config = config.relisten()?;
    let (server, _) = binary.serve(&config, folder)?;
    let deleted = deleted_key(config.control()?, &admin)?;
    let address = config.gateway(REALM, ENVIRONMENT)?;
    let [good, bad] = [&key, &deleted].map(|key| asks_with(address, key));
    let mut requests: Vec<&[u8]> = vec![&good; TURN - 1];
    requests.push(&bad);

    let threads = options.pressure.threads;
    let pressure = Pressure { threads, connections: CONNECTIONS.div_ceil(threads) };
    let mut rounds = Rounds::default();
    for round in 1..=options.rounds {
        let drive = |rate| -> Result<Judged> {
            let mut open = OpenLoop::open(address, &requests, pressure)?;
            // What was asked to warm up is not judged.
            upstream.take_seen();
            // Those with the deleted key come on top.
            let all = rate * TURN as u64 / (TURN as u64 - 1);
            let answers = open.drive(Schedule::new(all, options.span)?)?;
            Ok(judge(&answers, upstream.take_seen()))
        };
        let usual = drive(CAPACITY / 2).context("At half the capacity")?;
        let over = drive(CAPACITY * 2).context("At twice the capacity")?;
        eprintln!(
            "  round {round}: {} let in with p99.9 {:.0} µs (usually {:.0} µs), {} turned away with p99 {:.0} µs, {} wrong",
            over.admitted.len(),
            over.admitted.quantile_us(999),
            usual.admitted.quantile_us(999),
            over.excess.len(),
            over.excess.quantile_us(990),
            over.wrong + usual.wrong,
        );
        rounds.add(&usual, &over, options.span);
    }
    server.stop().context("After the overload")?;
    Ok(rounds.into_rows())
}

/// What the answers of one drive come to.
#[derive(Debug)]
struct Judged {
    admitted: Sorted,
    /// Turned away with 503.
    excess: Sorted,
    /// Answers that a request may not get, and requests that came through and may not have.
    wrong: usize,
    most: usize,
}

fn judge(answers: &[Answer], seen: Seen) -> Judged {
    let is_right = |answer: &Answer| match (answer.asked == TURN - 1, answer.status) {
        (true, status) => status == 401,
        (false, status) => matches!(status, 200 | 503),
    };
    let wrong = answers.iter().filter(|answer| !is_right(answer)).count();
    let admitted = Sorted::of(answers, |answer| answer.status == 200);
    let unanswered = seen.requests.abs_diff(admitted.len());
    let excess = Sorted::of(answers, |answer| answer.status == 503);
    Judged { admitted, excess, wrong: wrong + unanswered, most: seen.most }
}

/// The figures of all rounds.
#[derive(Default)]
struct Rounds {
    usual_us: Vec<f64>,
    admitted_us: Vec<f64>,
    refused_us: Vec<f64>,
    served: Vec<f64>,
    wrong: Vec<f64>,
    most: Vec<f64>,
}

impl Rounds {
    fn add(&mut self, usual: &Judged, over: &Judged, span: Duration) {
        self.usual_us.push(usual.admitted.quantile_us(999));
        self.admitted_us.push(over.admitted.quantile_us(999));
        self.refused_us.push(over.excess.quantile_us(990));
        self.served.push(as_float(over.admitted.len()) / span.as_secs_f64());
        self.wrong.push(as_float(usual.wrong + over.wrong));
        self.most.push(as_float(usual.most.max(over.most)));
    }

    fn into_rows(self) -> Vec<Row> {
        let capacity = self.served.iter().map(|_| CAPACITY as f64).collect();
        // A median would hide a wrong decision of one round.
        let worst = |rounds: Vec<f64>| vec![rounds.into_iter().fold(f64::NAN, f64::max)];
        let row = |what, unit, rounds| Row::alone(PART, what, unit, rounds);
        vec![
            row("let in at twice the capacity, p99.9", "µs", self.admitted_us)
                .beside("at half of it", self.usual_us)
                .with_target(ADMITTED),
            row("turned away with 503, p99", "µs", self.refused_us).with_target(REFUSED_US),
            row("answered 200", "requests/s", self.served)
                .beside("the upstream's capacity", capacity)
                .with_target(SERVED),
            row("wrong decisions, all rounds", "count", vec![self.wrong.iter().sum()])
                .with_target(WRONG),
            row("most at once at the upstream", "count", worst(self.most)).with_target(MOST),
        ]
    }
}

fn asks_with(host: SocketAddr, key: &str) -> Vec<u8> {
    let path = "/v3/payments/pay_080225913252";
    let headers = &[("access_token", key)];
    Request { method: "GET", path, host, headers, body: None }.to_bytes()
}

/// Makes a key over the native API, deletes it, and gives its text.
fn deleted_key(control: SocketAddr, admin: &str) -> Result<String> {
    let authorization = format!("Bearer {admin}");
    let mut connection = Connection::open(control)?;
    let mut ask = |method, path: &str, body: Option<Value>, status| {
        let body = body.map(|body| body.to_string());
        let headers = &[("Authorization", authorization.as_str())];
        let request = Request { method, path, host: control, headers, body: body.as_deref() };
        connection.send(&request.to_bytes())?;
        let answer = connection.expect(status)?;
        serde_json::from_slice::<Value>(connection.body(answer)).context("An answer is not JSON")
    };
    let text = |answer: &Value, name: &str| {
        let text = answer.get(name).and_then(Value::as_str).map(str::to_owned);
        text.with_context(|| format!("An answer of the native API has no `{name}`."))
    };
    let base = format!("/api/v1/realms/{REALM}/environments/{ENVIRONMENT}");
    let name = json!({ "name": "Benchmark" });
    let account = ask("POST", &format!("{base}/accounts"), Some(name.clone()), 201)?;
    let keys = format!("{base}/accounts/{}/keys", text(&account, "id")?);
    let made = ask("POST", &keys, Some(name), 201)?;
    ask("DELETE", &format!("{base}/keys/{}", text(&made, "id")?), None, 200)?;
    let key = text(&made, "key")?;
    ensure!(!key.is_empty(), "The native API issued an empty key.");
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capacity_is_what_the_workers_can_do() {
        assert_eq!(u128::from(CAPACITY) * TAKES.as_millis(), WORKERS as u128 * 1_000);
    }

    #[test]
    fn an_answer_that_a_request_may_not_get_is_a_wrong_decision() {
        let (good, bad) = (0, TURN - 1);
        let check = |asked: usize, status: u16, reached: usize, wrong: usize| {
            let answer = Answer { asked, status, latency: Duration::ZERO };
            let judged = judge(&[answer], Seen { requests: reached, most: 1 });
            assert_eq!(
                judged.wrong, wrong,
                "{asked} was answered {status}, {reached} came through"
            );
        };
        check(good, 200, 1, 0);
        check(good, 503, 0, 0);
        check(bad, 401, 0, 0);
        // Granted and refused the wrong way round, in part by somebody who had no time to look.
        check(bad, 200, 1, 1);
        check(bad, 503, 0, 1);
        check(good, 401, 0, 1);
        check(good, 502, 0, 1);
        // What was turned away must not have been forwarded, and what was answered must have been.
        check(good, 503, 1, 1);
        check(bad, 401, 1, 1);
        check(good, 200, 0, 1);
    }
}

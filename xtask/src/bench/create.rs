//! Making keys over the native API, sixteen callers at once, beside two plain loops that write into
//! SQLite with the same durability, sixteen to a commit: one row for each, and the rows that a key
//! is, in our own schema; and beside a bare server that writes one row for each request.
//!
//! Must not make it easier than it is: each caller waits for its answer before it asks again, and
//! accounts are as full as they may be.
#![expect(clippy::disallowed_methods, reason = "measures time")]

use super::Options;
use super::chaveiro::{Binary, Quickstart};
use super::connection::Connection;
use super::floor;
use super::load::as_float;
use super::plain_inserts::{self, Rows};
use super::report::{Row, Target};
use super::request::Request;
use super::usage;
use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::Instant;

const TARGET: Target = Target::RatioAtLeast(0.5);

/// Runs the comparison.
pub(super) fn run(
    binary: &Binary,
    floor: Option<&Path>,
    options: &Options,
    folder: &Path,
) -> Result<Vec<Row>> {
    let quickstart = binary.quickstart(&folder.join("create"), folder)?;
    let bare = floor
        .map(|program| {
            let duty = floor::Duty::Write(&folder.join("bare.db"));
            floor::start(program, &duty, 1, folder, &binary.prefix)
        })
        .transpose()?;
    let keys = if options.quick { KEYS_WHEN_QUICK } else { KEYS };
    let (mut ours, mut processor_us) = (Vec::new(), Vec::new());
    let (mut one_row, mut all_rows, mut at_floor) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=options.rounds {
        let requests = requests(&quickstart, keys)?;
        let before_us = usage::processor_us(quickstart.server.pid())?;
        let made = made_per_second(quickstart.address(CONTROL)?, &requests)?;
        let spent_us = usage::processor_us(quickstart.server.pid())?.saturating_sub(before_us);
        ours.push(made);
        processor_us.push(spent_us as f64 / keys as f64);
        let plain = |rows| {
            let file = folder.join(format!("plain-{round}-{rows:?}.db"));
            plain_inserts::per_second(&file, rows, keys)
        };
        one_row.push(plain(Rows::One)?);
        all_rows.push(plain(Rows::OfAKey)?);
        if let Some(bare) = &bare {
            at_floor.push(made_per_second(bare.address, &requests)?);
        }
        let last = |rounds: &[f64]| rounds.last().copied().unwrap_or(f64::NAN);
        eprintln!(
            "  round {round}: {made:>8.0} keys/s beside {:>8.0} rows and {:>8.0} keys in plain loops, and {:>8.0} rows of bare hyper",
            last(&one_row),
            last(&all_rows),
            last(&at_floor),
        );
    }
    quickstart.server.stop().context("After making keys")?;
    let row = |what, unit, rounds| Row::alone("create", what, unit, rounds);
    let made = |ours: &[f64]| row("keys made, 16 callers", "keys/s", ours.to_vec());
    let mut rows = vec![
        made(&ours).beside("plain SQLite, one row each", one_row).with_target(TARGET),
        made(&ours).beside("plain SQLite, our rows", all_rows),
        row("processor time per key", "µs", processor_us),
    ];
    if let Some(bare) = bare {
        bare.server.stop().context("After making keys")?;
        rows.push(made(&ours).beside("bare hyper, one row each", at_floor));
    }
    Ok(rows)
}

/// What each of 16 callers asks, every request once for each key of an account: the accounts are
/// made here.
fn requests(quickstart: &Quickstart, keys: usize) -> Result<Vec<Vec<Vec<u8>>>> {
    let address = quickstart.address(CONTROL)?;
    let authorization = format!("Bearer {}", quickstart.text(&["control", "admin_key"])?);
    let request = |path: &str, body: &Value| {
        let headers = [("Authorization", authorization.as_str())];
        let body = body.to_string();
        Request { method: "POST", path, host: address, headers: &headers, body: Some(&body) }
            .to_bytes()
    };
    let mut connection = Connection::open(address)?;
    let mut for_a_new_account = || {
        connection.send(&request(ACCOUNTS, &json!({ "name": "Benchmark" })))?;
        let answer = connection.expect(CREATED)?;
        let account: Value = serde_json::from_slice(connection.body(answer))?;
        let id = account.get("id").and_then(Value::as_str);
        let id = id.context("The answer to a new account has no `id`.")?;
        anyhow::Ok(request(&format!("{ACCOUNTS}/{id}/keys"), &json!({ "name": "key" })))
    };
    let accounts = keys.div_ceil(CALLERS * KEYS_PER_ACCOUNT);
    let mut of_a_caller = || (0..accounts).map(|_| for_a_new_account()).collect();
    (0..CALLERS).map(|_| of_a_caller()).collect()
}

/// Keys that the callers make in a second, all at once.
fn made_per_second(address: SocketAddr, requests: &[Vec<Vec<u8>>]) -> Result<f64> {
    let open = |requests| Ok((Connection::open(address)?, requests));
    let mut callers: Vec<(_, &Vec<_>)> = requests.iter().map(open).collect::<Result<_>>()?;
    let begun = Instant::now();
    thread::scope(|scope| {
        let running: Vec<_> = callers
            .iter_mut()
            .map(|(connection, requests)| scope.spawn(|| make(connection, requests)))
            .collect();
        running.into_iter().try_for_each(|running| {
            running.join().unwrap_or_else(|_| Err(anyhow!("A caller broke down.")))
        })
    })?;
    let asked: usize = requests.iter().map(Vec::len).sum();
    Ok(as_float(asked * KEYS_PER_ACCOUNT) / begun.elapsed().as_secs_f64())
}

fn make(connection: &mut Connection, requests: &[Vec<u8>]) -> Result<()> {
    for request in requests {
        for _ in 0..KEYS_PER_ACCOUNT {
            connection.send(request)?;
            connection.expect(CREATED)?;
        }
    }
    Ok(())
}

const CONTROL: &[&str] = &["control", "url"];
const ACCOUNTS: &str = "/api/v1/realms/payments/environments/sandbox/accounts";
const CREATED: u16 = 201;
const CALLERS: usize = 16;
/// As many as an account of that realm may hold.
const KEYS_PER_ACCOUNT: usize = 10;
const KEYS: usize = 16_000;
const KEYS_WHEN_QUICK: usize = 1_600;

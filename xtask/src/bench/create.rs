//! Making keys over the native API, sixteen callers at once, beside a plain loop that writes rows
//! into SQLite with the same durability, sixteen to a commit.
//!
//! Must not make it easier than it is: each caller waits for its answer before it asks again, and
//! accounts are as full as they may be. The loop writes one row where a key is a row, an audit
//! entry and an event.
#![expect(clippy::disallowed_methods, reason = "measures time")]

use super::Options;
use super::chaveiro::{Binary, Quickstart};
use super::connection::Connection;
use super::load::as_float;
use super::report::{Row, Target};
use super::request::Request;
use anyhow::{Context, Result, anyhow};
use rusqlite::{TransactionBehavior, params};
use serde_json::{Value, json};
use std::path::Path;
use std::thread;
use std::time::Instant;

const TARGET: Target = Target::RatioAtLeast(0.5);

/// Runs the comparison.
pub(super) fn run(binary: &Binary, options: &Options, folder: &Path) -> Result<Vec<Row>> {
    let quickstart = binary.quickstart(&folder.join("create"), folder)?;
    let keys = if options.quick { KEYS_WHEN_QUICK } else { KEYS };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds {
        ours.push(made_per_second(&quickstart, keys)?);
        let file = folder.join(format!("plain-{round}.db"));
        theirs.push(written_per_second(&file, keys)?);
        eprintln!(
            "  round {round}: {:>8.0} keys/s beside {:>8.0} rows/s",
            ours.last().copied().unwrap_or(f64::NAN),
            theirs.last().copied().unwrap_or(f64::NAN),
        );
    }
    quickstart.server.stop().context("After making keys")?;
    let row = Row::alone("create", "keys made, 16 callers", "keys/s", ours);
    Ok(vec![row.beside("plain SQLite, 16 rows a commit", theirs).with_target(TARGET)])
}

/// Keys that 16 callers make in a second.
fn made_per_second(quickstart: &Quickstart, keys: usize) -> Result<f64> {
    let address = quickstart.address(&["control", "url"])?;
    let authorization = format!("Bearer {}", quickstart.text(&["control", "admin_key"])?);
    let request = |path: &str, body: &Value| {
        let headers = [("Authorization", authorization.as_str())];
        let body = body.to_string();
        Request { method: "POST", path, host: address, headers: &headers, body: Some(&body) }
            .to_bytes()
    };
    let accounts = keys.div_ceil(CALLERS * KEYS_PER_ACCOUNT);
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        let mut connection = Connection::open(address)?;
        let mut requests = Vec::with_capacity(accounts);
        for _ in 0..accounts {
            connection.send(&request(ACCOUNTS, &json!({ "name": "Benchmark" })))?;
            let answer = connection.expect(CREATED)?;
            let account: Value = serde_json::from_slice(connection.body(answer))?;
            let id = account.get("id").and_then(Value::as_str);
            let id = id.context("The answer to a new account has no `id`.")?;
            requests.push(request(&format!("{ACCOUNTS}/{id}/keys"), &json!({ "name": "key" })));
        }
        callers.push((connection, requests));
    }
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
    Ok(as_float(accounts * CALLERS * KEYS_PER_ACCOUNT) / begun.elapsed().as_secs_f64())
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

/// Rows that a plain loop writes in a second, each as large as a key.
fn written_per_second(file: &Path, rows: usize) -> Result<f64> {
    let mut connection = rusqlite::Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE key (made INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, body BLOB NOT NULL) STRICT",
    )?;
    let begun = Instant::now();
    let mut made: u64 = 0;
    while made < rows as u64 {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for _ in 0..ROWS_PER_COMMIT {
            // As in a store of random ids, neighbours in time are no neighbours in the index.
            let id = (u128::from(made) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            tx.prepare_cached("INSERT INTO key (id, body) VALUES (?1, ?2)")?
                .execute(params![id.to_le_bytes(), BODY])?;
            made += 1;
        }
        tx.commit()?;
    }
    Ok(made as f64 / begun.elapsed().as_secs_f64())
}

const ACCOUNTS: &str = "/api/v1/realms/payments/environments/sandbox/accounts";
const CREATED: u16 = 201;
const CALLERS: usize = 16;
/// As many as an account of that realm may hold.
const KEYS_PER_ACCOUNT: usize = 10;
const ROWS_PER_COMMIT: usize = 16;
/// About as many bytes as the row of a key.
const BODY: [u8; 200] = [7; 200];
const KEYS: usize = 16_000;
const KEYS_WHEN_QUICK: usize = 1_600;

//! Very many keys, written into a database of the server while it does not run, and the making due
//! of some of them.
//!
//! Must not write what the server would not: every row is one that it reads.
#![expect(clippy::disallowed_methods, reason = "keys were made some time ago")]

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, Transaction, params};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The keys of one database.
pub(super) struct AgedKeys {
    file: PathBuf,
    /// The position of the first in the order of making.
    first: i64,
    count: i64,
}

/// Whether the server has noted by which policy keys age.
pub(super) fn policy_is_kept(data: &Path) -> Result<bool> {
    let sql = "SELECT count(*) FROM place_aging WHERE environment = 'production'
               AND realm = 'payments' AND policy IS NOT NULL AND relooked_to IS NULL";
    Ok(open(&data.join(FILE))?.query_row(sql, [], |row| row.get::<_, i64>(0))? == 1)
}

impl AgedKeys {
    /// Writes so many keys that are not due for weeks.
    pub(super) fn write(data: &Path, count: i64) -> Result<Self> {
        let file = data.join(FILE);
        let mut connection = open(&file)?;
        // The server does not run, and what is lost if this fails is the benchmark's.
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let first =
            1 + connection.query_row("SELECT value FROM epoch", [], |row| row.get::<_, i64>(0))?;
        let now_ms = now_ms()?;
        let mut written = 0;
        while written < count {
            let tx = connection.transaction()?;
            let end = count.min(written + PER_COMMIT);
            for number in written..end {
                write(&tx, first, number, now_ms)?;
            }
            written = end;
            tx.execute("UPDATE epoch SET value = ?1", [first + accounts(count) + count])?;
            tx.commit()?;
        }
        Ok(Self { file, first, count })
    }

    /// Makes so many of them due, spread over all; each round takes others. The server may run.
    pub(super) fn make_due(&self, due: i64, round: i64) -> Result<()> {
        let apart = self.count / due;
        ensure!(apart > round, "There are too few keys for so many rounds.");
        let mut connection = open(&self.file)?;
        let tx = connection.transaction()?;
        let long_ago = now_ms()? - IDLE_MS;
        for number in (0..due).map(|at| at * apart + round) {
            let changed = tx
                .prepare_cached(
                    "UPDATE key SET created_at = ?2, enabled_at = ?2, look_at = ?2
                     WHERE made_epoch = ?1 AND state = 0",
                )?
                .execute(params![self.first + accounts(number + 1) + number, long_ago])?;
            ensure!(changed == 1, "A key is not there that was written.");
        }
        tx.commit()?;
        Ok(())
    }
}

/// How many accounts have keys among so many.
const fn accounts(keys: i64) -> i64 {
    (keys + KEYS_PER_ACCOUNT - 1) / KEYS_PER_ACCOUNT
}

/// A key, and its account before its first.
fn write(tx: &Transaction<'_>, first: i64, number: i64, now_ms: i64) -> Result<()> {
    let owner = id(1, number / KEYS_PER_ACCOUNT);
    if number % KEYS_PER_ACCOUNT == 0 {
        tx.prepare_cached(
            "INSERT INTO account (made_epoch, id, realm, environment, kind, name, ip_list,
             user_agent, created_at, epoch)
             VALUES (?1, ?2, 'payments', 'production', 0, 'n', '', 0, ?3, ?1)",
        )?
        .execute(params![first + accounts(number) + number, owner, now_ms])?;
    }
    // One after the other, and all of them younger than the first step.
    let made_ms = now_ms - DAY_MS + number % DAY_MS;
    tx.prepare_cached(
        "INSERT INTO key (made_epoch, id, realm, environment, owner, reach, kid, digest_version,
         digest, permissions, ip_list, state, epoch, created_at, enabled_at, hint, name, look_at)
         VALUES (?1, ?2, 'payments', 'production', ?3, 0, ?4, 1, ?5, '*', '', 0, ?1, ?6, ?6,
         '$aact_prod_abcd…wxyz', 'key', ?7)",
    )?
    .execute(params![
        first + accounts(number + 1) + number,
        id(2, number),
        owner,
        scattered(number),
        [7_u8; 32],
        made_ms,
        made_ms + 60 * DAY_MS,
    ])?;
    Ok(())
}

/// An identity of this kind, in the order of making as real ones are.
fn id(kind: u8, number: i64) -> [u8; 16] {
    let mut id = [0; 16];
    id[0] = kind;
    id[8..].copy_from_slice(&number.to_be_bytes());
    id
}

/// As random as public ids are, and one for each number: the factor is odd.
fn scattered(number: i64) -> [u8; 16] {
    let mut kid = [0; 16];
    kid[8..].copy_from_slice(&number.wrapping_mul(FACTOR).to_be_bytes());
    kid
}

fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file);
    let connection = connection.with_context(|| format!("{} can't be opened", file.display()))?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

fn now_ms() -> Result<i64> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.context("The clock is before 1970")?.as_millis()).context("The clock")
}

const FILE: &str = "chaveiro.db";
const FACTOR: i64 = 0x1e37_79b9_7f4a_7c15;
const KEYS_PER_ACCOUNT: i64 = 10;
const PER_COMMIT: i64 = 200_000;
const CACHE_KIB: i64 = 1_000_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// More than three months and less than four: the first step of those that the dialect brings.
const IDLE_MS: i64 = 100 * DAY_MS;
const PATIENCE: Duration = Duration::from_secs(10);

//! Plain loops that write into SQLite, sixteen of each kind to a commit, with the durability that the
//! server's store has: what a disk and SQLite can do when nobody asks over a network.
//!
//! Must not be handicapped: statements are prepared once, nothing is read back, and no command's
//! questions (is the account there, is it full) are asked.
#![expect(clippy::disallowed_methods, reason = "measures time")]

use crate::workspace;
use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What is written for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// One row as large as a key, with one index of random ids.
    One,
    /// A key, its audit entry and its event, and the count of changes, in our own schema.
    OfAKey,
}

/// How many a loop writes in a second.
pub(super) fn per_second(file: &Path, rows: Rows, count: usize) -> Result<f64> {
    let mut connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    match rows {
        Rows::One => connection.execute_batch(ONE_TABLE)?,
        Rows::OfAKey => make_our_schema(&connection)?,
    }
    let begun = Instant::now();
    let count = u32::try_from(count)?;
    let mut made: u32 = 0;
    while made < count {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for _ in 0..PER_COMMIT {
            made += 1;
            match rows {
                Rows::One => one_row(&tx, made)?,
                Rows::OfAKey => rows_of_a_key(&tx, made)?,
            }
        }
        tx.commit()?;
    }
    Ok(f64::from(made) / begun.elapsed().as_secs_f64())
}

fn one_row(tx: &Transaction<'_>, number: u32) -> Result<()> {
    tx.prepare_cached("INSERT INTO key (id, body) VALUES (?1, ?2)")?
        .execute(params![scattered(number), [7_u8; 200]])?;
    Ok(())
}

fn make_our_schema(connection: &Connection) -> Result<()> {
    for migration in migrations()? {
        connection.execute_batch(&fs::read_to_string(migration)?)?;
    }
    connection.execute(
        "INSERT INTO account (made_epoch, id, realm, environment, kind, name, ip_list, user_agent,
         created_at, epoch) VALUES (0, zeroblob(16), 'payments', 'sandbox', 0, 'n', '', 0, 0, 0)",
        [],
    )?;
    let indexes: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'key'",
        [],
        |row| row.get(0),
    )?;
    ensure!(indexes >= 5, "The schema has lost its indexes, so the comparison would be unfair.");
    Ok(())
}

/// The schema as the server makes it, in its order.
fn migrations() -> Result<Vec<PathBuf>> {
    let folder = workspace::root().join("crates").join("store_sqlite").join("migrations");
    let files = fs::read_dir(&folder).with_context(|| format!("{} is gone", folder.display()))?;
    let mut files = files.map(|file| Ok(file?.path())).collect::<Result<Vec<_>>>()?;
    let number = |file: &PathBuf| -> Option<u32> {
        file.file_name()?.to_str()?.strip_prefix('V')?.split_once("__")?.0.parse().ok()
    };
    files.sort_by_key(number);
    Ok(files)
}

fn rows_of_a_key(tx: &Transaction<'_>, number: u32) -> Result<()> {
    let (epoch, id, owner) = (number, u128::from(number).to_be_bytes(), [0_u8; 16]);
    tx.prepare_cached("UPDATE epoch SET value = ?1 WHERE only = 1")?.execute([epoch])?;
    tx.prepare_cached(
        "INSERT INTO key (made_epoch, id, realm, environment, owner, reach, kid, digest_version,
         digest, permissions, ip_list, state, epoch, created_at, enabled_at, hint, name,
         secret_created_at)
         VALUES (?1, ?2, 'payments', 'sandbox', ?3, 0, ?4, 1, ?5, '*', '', 0, ?1, ?6, ?6,
         '$aact_hmlg_abcd…wxyz', 'key', ?6)",
    )?
    .execute(params![epoch, id, owner, scattered(number), [7_u8; 32], NOW])?;
    tx.prepare_cached(
        "INSERT INTO audit (epoch, id, at, actor, action, realm, environment, target, request_id)
         VALUES (?1, ?2, ?3, 'operator 00000000-0000-0000-0000-000000000000', 'create_key',
         'payments', 'sandbox', '00000000-0000-0000-0000-000000000000', ?4)",
    )?
    .execute(params![epoch, id, NOW, scattered(number)])?;
    tx.prepare_cached(
        "INSERT INTO event (epoch, ordinal, id, at, kind, realm, environment, account, key)
         VALUES (?1, 0, ?2, ?3, 'created', 'payments', 'sandbox', ?4, ?2)",
    )?
    .execute(params![epoch, id, NOW, owner])?;
    Ok(())
}

/// Neighbours in time are no neighbours in an index of random ids.
fn scattered(number: u32) -> [u8; 16] {
    u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes()
}

const PER_COMMIT: usize = 16;
const NOW: i64 = 1_795_000_000_000;
const ONE_TABLE: &str = "CREATE TABLE key (made INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, \
     body BLOB NOT NULL) STRICT";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_can_be_written_into_our_schema() {
        let mut connection = Connection::open_in_memory().unwrap();
        make_our_schema(&connection).unwrap();
        let tx = connection.transaction().unwrap();
        rows_of_a_key(&tx, 1).unwrap();
        rows_of_a_key(&tx, 2).unwrap();
    }
}

//! Steps of the ageing of keys, and their rows.
//!
//! Must not decide whether a step is taken; its command does.

use domain::ids::KeyId;
use domain::lifecycle::{Step, StepDone};
use domain::time::Timestamp;
use rusqlite::{Connection, Transaction, params};
use store::command::KeptStep;

use super::cells::Cells;
use super::integer;
use crate::faults::Unreadable;

/// The steps that are kept of a key; `None` if one of them cannot be read.
pub(crate) fn of(connection: &Connection, key: KeyId) -> rusqlite::Result<Option<Vec<KeptStep>>> {
    let sql = "SELECT idle_since, step, at FROM key_step WHERE key = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([key.as_u128().to_be_bytes()])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        match read(key, Cells::of(row)) {
            Ok(step) => steps.push(step),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(steps))
}

fn read(key: KeyId, cells: Cells<'_>) -> Result<KeptStep, Unreadable> {
    let done = StepDone { step: cells.parsed(1, Step::parse)?, at: cells.instant(2)? };
    Ok(KeptStep { key, idle_since: cells.instant(0)?, done })
}

/// Keeps a step of the key's idle time, and forgets those of earlier ones.
pub(crate) fn insert(
    tx: &Transaction<'_>,
    (key, idle_since): (KeyId, Timestamp),
    done: StepDone,
    epoch: u64,
) -> rusqlite::Result<()> {
    let (key, idle_since) = (key.as_u128().to_be_bytes(), idle_since.as_millis());
    tx.prepare_cached("DELETE FROM key_step WHERE key = ?1 AND idle_since <> ?2")?
        .execute(params![key, idle_since])?;
    tx.prepare_cached(
        "INSERT INTO key_step (key, idle_since, step, at, epoch) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        key,
        idle_since,
        done.step.to_string(),
        done.at.as_millis(),
        integer(epoch)
    ])?;
    Ok(())
}

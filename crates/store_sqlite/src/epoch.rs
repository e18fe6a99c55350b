//! The count of changes.
//!
//! Must not be taken by what changes nothing, nor outside the transaction of the change.

use rusqlite::{Connection, Transaction};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{count, integer};

/// Takes the next epoch for a change.
pub(crate) fn next(tx: &Transaction<'_>) -> Result<u64, Fault> {
    // Two plain statements cost less than one that returns what it wrote: SQLite keeps that in a
    // table of its own until it is read.
    let epoch = current(tx)?.saturating_add(1);
    let sql = "UPDATE epoch SET value = ?1 WHERE only = 1";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.execute([integer(epoch)]))
        .map_err(before_commit)?;
    Ok(epoch)
}

/// The epoch of what this connection sees.
pub(crate) fn current(connection: &Connection) -> Result<u64, Fault> {
    let sql = "SELECT value FROM epoch WHERE only = 1";
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([], |row| count(row, 0)))
        .map_err(before_commit)
}

//! Commands that are done once: what is kept of them, and for how long.
//!
//! Must not look at what was made, nor keep anything of a request but digests.

use domain::idempotence::Idempotence;
use domain::ids::{AccountId, KeyId, OperatorKeyId};
use domain::time::Timestamp;
use rusqlite::{Transaction, params};
use store::fault::Fault;

use crate::faults::{Unreadable, before_commit};
use crate::records::cells::Cells;
use crate::records::integer;

/// Most rows that one command takes away. More than one, so that they become fewer; few, so that
/// no command waits for another day's.
const SWEEP_MAX: i64 = 8;

/// What a command made.
#[derive(Clone, Copy)]
pub(super) enum Made {
    Account(AccountId),
    Key(KeyId),
    OperatorKey(OperatorKeyId),
}

/// A command that was done.
pub(super) struct Done {
    fingerprint: [u8; 32],
    pub(super) made: Made,
    pub(super) at: Timestamp,
    pub(super) epoch: u64,
}

impl Done {
    /// What was made, if the same was asked for.
    pub(super) fn made_for(&self, once: &Idempotence) -> Option<Made> {
        (self.fingerprint == once.fingerprint).then_some(self.made)
    }
}

/// What was done under this key, unless that is forgotten by now.
pub(super) fn find(tx: &Transaction<'_>, once: &Idempotence) -> Result<Option<Done>, Fault> {
    let sql = "SELECT fingerprint, kind, made, at, epoch FROM idempotency
               WHERE key = ?1 AND at > ?2";
    let mut statement = tx.prepare_cached(sql).map_err(before_commit)?;
    let parameters = params![once.key, once.forgotten_until().as_millis()];
    let mut rows = statement.query(parameters).map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(Cells::of(row))?)),
    }
}

fn read(cells: Cells<'_>) -> Result<Done, Unreadable> {
    let fingerprint = cells.blob(0)?.try_into();
    let made = match cells.integer(1)? {
        0 => Made::Account(cells.account_id(2)?),
        1 => Made::Key(KeyId::from_u128(cells.bits(2)?)),
        2 => Made::OperatorKey(OperatorKeyId::from_u128(cells.bits(2)?)),
        _ => return Err(cells.unreadable(1, "there is no such kind")),
    };
    Ok(Done {
        fingerprint: fingerprint.map_err(|_| cells.unreadable(0, "expected 32 bytes"))?,
        made,
        at: cells.instant(3)?,
        epoch: cells.count(4)?,
    })
}

/// Keeps that this was made, and takes some of what is forgotten away.
pub(super) fn keep(
    tx: &Transaction<'_>,
    once: Option<&Idempotence>,
    made: Made,
    epoch: u64,
) -> Result<(), Fault> {
    let Some(once) = once else { return Ok(()) };
    let (kind, id) = match made {
        Made::Account(id) => (0, id.to_bytes()),
        Made::Key(id) => (1, id.as_u128().to_be_bytes().to_vec()),
        Made::OperatorKey(id) => (2, id.as_u128().to_be_bytes().to_vec()),
    };
    let write = || {
        // One that is forgotten may still have its row.
        tx.prepare_cached(
            "INSERT OR REPLACE INTO idempotency (key, fingerprint, kind, made, at, epoch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            once.key,
            once.fingerprint,
            kind,
            id,
            once.at.as_millis(),
            integer(epoch)
        ])?;
        tx.prepare_cached(
            "DELETE FROM idempotency WHERE key IN
             (SELECT key FROM idempotency WHERE at <= ?1 ORDER BY at LIMIT ?2)",
        )?
        .execute(params![once.forgotten_until().as_millis(), SWEEP_MAX])
    };
    write().map(drop).map_err(before_commit)
}

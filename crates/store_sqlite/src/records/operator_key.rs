//! Operators' keys and their rows.
//!
//! Must not hold anything of a key's text but its hint and digest.

use domain::hint::KeyHint;
use domain::ids::OperatorKeyId;
use domain::operator::{OperatorKey, OperatorRole};
use rusqlite::{Row, Transaction, params};
use store::fault::Fault;

use super::cells::Cells;
use super::integer;
use crate::faults::{Unreadable, before_commit};

/// The columns that `read` expects, in their order.
pub(crate) const SELECT: &str = "SELECT id, role, name, kid, digest_version, digest, hint, \
     created_at FROM operator_key";

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<OperatorKey, Unreadable> {
    let cells = Cells::of(row);
    Ok(OperatorKey {
        id: OperatorKeyId::from_u128(cells.bits(0)?),
        role: OperatorRole::parse(cells.text(1)?)
            .ok_or_else(|| cells.unreadable(1, "there is no such role"))?,
        name: cells.name(2)?,
        kid: cells.kid(3)?,
        digest: cells.digest(4, 5)?,
        hint: KeyHint::from_stored(cells.text(6)?),
        created_at: cells.instant(7)?,
    })
}

/// Writes a new key of an operator, with the epoch of its making.
pub(crate) fn insert(tx: &Transaction<'_>, epoch: u64, key: &OperatorKey) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached(
            "INSERT INTO operator_key
             (made_epoch, id, role, name, kid, digest_version, digest, hint, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            integer(epoch),
            key.id.as_u128().to_be_bytes(),
            key.role.name(),
            key.name.as_str(),
            key.kid.as_u128().to_be_bytes(),
            key.digest.version.number(),
            key.digest.bytes,
            key.hint.as_str(),
            key.created_at.as_millis(),
        ])
    };
    write().map(drop).map_err(before_commit)
}

//! Operators' keys and their rows.
//!
//! Must not hold anything of a key's text but its hint and digest.

use domain::hint::KeyHint;
use domain::ids::OperatorKeyId;
use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};
use rusqlite::{Connection, Row, Transaction, params};
use store::fault::Fault;

use super::cells::Cells;
use super::integer;
use crate::faults::{Unreadable, before_commit};

/// The columns that `read` expects, in their order, and the position in lists.
pub(crate) const SELECT: &str = "SELECT id, role, name, kid, digest_version, digest, hint, \
     created_at, state, made_epoch FROM operator_key";

const ACTIVE: i64 = 0;
const DELETED: i64 = 30;

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
        state: match cells.integer(8)? {
            ACTIVE => OperatorKeyState::Active,
            DELETED => OperatorKeyState::Deleted,
            _ => return Err(cells.unreadable(8, "there is no such state")),
        },
        created_at: cells.instant(7)?,
    })
}

/// Writes a new key of an operator, with the epoch of its making.
pub(crate) fn insert(tx: &Transaction<'_>, epoch: u64, key: &OperatorKey) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached(
            "INSERT INTO operator_key
             (made_epoch, id, role, name, kid, digest_version, digest, hint, created_at, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
            state_number(key.state),
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// The key with this id, in whatever state.
pub(crate) fn find(
    connection: &Connection,
    id: OperatorKeyId,
) -> Result<Option<OperatorKey>, Fault> {
    let sql = format!("{SELECT} WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let mut rows = statement.query([id.as_u128().to_be_bytes()]).map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(row)?)),
    }
}

/// Writes what of an operator's key can change: its state.
pub(crate) fn update(tx: &Transaction<'_>, key: &OperatorKey) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached("UPDATE operator_key SET state = ?2 WHERE id = ?1")?
            .execute(params![key.id.as_u128().to_be_bytes(), state_number(key.state)])
    };
    write().map(drop).map_err(before_commit)
}

const fn state_number(state: OperatorKeyState) -> i64 {
    match state {
        OperatorKeyState::Active => ACTIVE,
        OperatorKeyState::Deleted => DELETED,
    }
}

//! Deletes an operator's key for good.
//!
//! Must not take the last key of an admin away, nor the row: the key stays known as deleted.

use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};
use rusqlite::Transaction;
use store::command::{DeleteOperatorKey, DeleteOperatorKeyRejection};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::{count, operator_key};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &DeleteOperatorKey,
) -> Outcome<Written<OperatorKey>, DeleteOperatorKeyRejection> {
    let mut key = operator_key::find(tx, command.key)?
        .ok_or(Failure::Rejected(DeleteOperatorKeyRejection::NoSuchOperatorKey))?;
    if key.state == OperatorKeyState::Deleted {
        return Ok(Written::silent(key));
    }
    if key.role == OperatorRole::Admin && admins(tx)? <= 1 {
        return Err(Failure::Rejected(DeleteOperatorKeyRejection::LastAdmin));
    }
    key.state = OperatorKeyState::Deleted;
    let epoch = epoch::next(tx)?;
    operator_key::update(tx, &key)?;
    trail::write(tx, epoch, &command.trail, [])?;
    Ok(key.into())
}

/// The keys of admins that were not deleted.
fn admins(tx: &Transaction<'_>) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM operator_key WHERE role = ?1 AND state = 0";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row([OperatorRole::Admin.name()], |row| count(row, 0))
        })
        .map_err(before_commit)
}

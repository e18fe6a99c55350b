//! Deletes a project for good, and all its keys with it.
//!
//! Must not take rows away, and must not delete a key that the trail does not tell of.

use std::collections::BTreeSet;

use domain::account::{Account, AccountKind, AccountState};
use domain::ids::{AccountId, KeyId};
use rusqlite::{Transaction, params};
use store::command::{DeleteProject, DeleteProjectRejection};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::{account, integer};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &DeleteProject,
) -> Outcome<Written<Account>, DeleteProjectRejection> {
    let found = account::find_active(tx, &command.place, command.project)?;
    let is_project = |account: &Account| matches!(account.kind, AccountKind::Project { .. });
    let mut project =
        found.filter(is_project).ok_or(Failure::Rejected(DeleteProjectRejection::NoSuchProject))?;
    let told: BTreeSet<[u8; 16]> = command.keys.iter().copied().map(bytes).collect();
    if keys_of(tx, project.id)? != told {
        return Err(Failure::Rejected(DeleteProjectRejection::KeysChanged));
    }
    project.epoch = epoch::next(tx)?;
    project.state = AccountState::Deleted;
    delete_keys(tx, project.id, project.epoch)?;
    account::update(tx, &project)?;
    trail::write(tx, project.epoch, &command.trail)?;
    Ok(project.into())
}

fn bytes(key: KeyId) -> [u8; 16] {
    key.as_u128().to_be_bytes()
}

/// The keys of a project that were not deleted.
fn keys_of(tx: &Transaction<'_>, project: AccountId) -> Result<BTreeSet<[u8; 16]>, Fault> {
    let sql = "SELECT id FROM key INDEXED BY key_by_owner WHERE owner = ?1 AND state < 30";
    let read = || {
        let mut statement = tx.prepare_cached(sql)?;
        let rows = statement.query_map([project.to_bytes()], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<_>>()
    };
    read().map_err(before_commit)
}

fn delete_keys(tx: &Transaction<'_>, project: AccountId, epoch: u64) -> Result<(), Fault> {
    let sql = "UPDATE key SET state = 30, epoch = ?2 WHERE owner = ?1 AND state < 30";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params![project.to_bytes(), integer(epoch)]))
        .map(drop)
        .map_err(before_commit)
}

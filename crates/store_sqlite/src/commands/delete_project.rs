//! Deletes a project for good, and all its keys with it.
//!
//! A key that cannot be read is left as it is: lists do not show it, so nobody can name it, and
//! without its project it opens nothing. Must not take rows away, and must not delete a key that
//! the trail does not tell of.

use std::collections::HashSet;

use domain::account::{Account, AccountKind, AccountState};
use domain::ids::KeyId;
use rusqlite::{Transaction, params};
use store::command::{DeleteProject, DeleteProjectRejection};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::{account, integer, key};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &DeleteProject,
) -> Outcome<Written<Account>, DeleteProjectRejection> {
    let found = account::find_active(tx, &command.place, command.project)?;
    let is_project = |account: &Account| matches!(account.kind, AccountKind::Project { .. });
    let mut project =
        found.filter(is_project).ok_or(Failure::Rejected(DeleteProjectRejection::NoSuchProject))?;
    let keys = keys_of(tx, &project)?;
    if keys != command.keys.iter().copied().collect() {
        return Err(Failure::Rejected(DeleteProjectRejection::KeysChanged));
    }
    project.epoch = epoch::next(tx)?;
    project.state = AccountState::Deleted;
    delete_keys(tx, &keys, project.epoch)?;
    account::update(tx, &project)?;
    trail::write(tx, project.epoch, &command.trail)?;
    Ok(project.into())
}

/// The keys of a project that were not deleted, as a list shows them.
fn keys_of(tx: &Transaction<'_>, project: &Account) -> Result<HashSet<KeyId>, Fault> {
    let sql = format!(
        "{} INDEXED BY key_by_owner
         WHERE realm = ?1 AND environment = ?2 AND owner = ?3 AND state < 30",
        key::SELECT
    );
    let place = &project.place;
    let read = || {
        let mut statement = tx.prepare_cached(&sql)?;
        let owner = project.id.to_bytes();
        let mut rows =
            statement.query(params![place.realm.as_str(), place.environment.as_str(), owner])?;
        let mut keys = HashSet::new();
        while let Some(row) = rows.next()? {
            keys.extend(key::read(row).ok().map(|key| key.id));
        }
        Ok(keys)
    };
    read().map_err(before_commit)
}

fn delete_keys(tx: &Transaction<'_>, keys: &HashSet<KeyId>, epoch: u64) -> Result<(), Fault> {
    let write = || {
        let sql = "UPDATE key SET state = 30, epoch = ?2 WHERE id = ?1";
        let mut statement = tx.prepare_cached(sql)?;
        for key in keys {
            statement.execute(params![key.as_u128().to_be_bytes(), integer(epoch)])?;
        }
        Ok(())
    };
    write().map_err(before_commit)
}

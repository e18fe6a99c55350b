//! Deletes an account below another one for good, and all its keys and webhooks with it.
//!
//! A key that cannot be read is left as it is: lists do not show it, so nobody can name it, and
//! without its account it opens nothing. Must not take rows away, and must not delete a key that
//! the trail does not tell of.

use std::collections::HashSet;

use domain::account::{Account, AccountKind, AccountState};
use domain::ids::KeyId;
use domain::key::{Key, KeyState};
use rusqlite::{Transaction, params};
use store::command::{DeleteAccount, DeleteAccountRejection};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::{account, integer, key, label, queue, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &DeleteAccount,
) -> Outcome<Written<Account>, DeleteAccountRejection> {
    let mut account = account::find_there(tx, &command.place, command.account)?
        .ok_or(Failure::Rejected(DeleteAccountRejection::NoSuchAccount))?;
    if account.kind == AccountKind::Root {
        return Err(Failure::Rejected(DeleteAccountRejection::IsRoot));
    }
    let keys = keys_of(tx, &account)?;
    let ids: HashSet<KeyId> = keys.iter().map(|key| key.id).collect();
    if ids != command.keys.iter().copied().collect() {
        return Err(Failure::Rejected(DeleteAccountRejection::KeysChanged));
    }
    account.epoch = epoch::next(tx)?;
    account.state = AccountState::Deleted;
    delete_keys(tx, &keys, account.epoch)?;
    queue::close_all(tx, account.id)?;
    webhook::delete_all(tx, account.id, account.epoch)?;
    label::free_all(tx, account.id)?;
    account::update(tx, &account)?;
    trail::write(tx, account.epoch, &command.trail, &keys)?;
    Ok(account.into())
}

/// The keys of an account that were not deleted, as a list shows them but for their new state.
fn keys_of(tx: &Transaction<'_>, account: &Account) -> Result<Vec<Key>, Fault> {
    let sql = format!(
        "{} INDEXED BY key_of_owner
         WHERE realm = ?1 AND environment = ?2 AND owner = ?3 AND state < 30",
        key::SELECT
    );
    let place = &account.place;
    let read = || {
        let mut statement = tx.prepare_cached(&sql)?;
        let owner = account.id.to_bytes();
        let mut rows =
            statement.query(params![place.realm.as_str(), place.environment.as_str(), owner])?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let deleted = |key| Key { state: KeyState::Deleted, ..key };
            keys.extend(key::read(row).ok().map(deleted));
        }
        Ok(keys)
    };
    read().map_err(before_commit)
}

fn delete_keys(tx: &Transaction<'_>, keys: &[Key], epoch: u64) -> Result<(), Fault> {
    let write = || {
        let sql = "UPDATE key SET state = 30, epoch = ?2 WHERE id = ?1";
        let mut statement = tx.prepare_cached(sql)?;
        for key in keys {
            statement.execute(params![key.id.as_u128().to_be_bytes(), integer(epoch)])?;
        }
        Ok(())
    };
    write().map_err(before_commit)
}

//! Labels of accounts and their rows.
//!
//! Must not read a label back: they are written once, and asked for by their value.

use domain::account::Account;
use domain::ids::{AccountId, Place};
use domain::label::{Holders, Label};
use rusqlite::{Transaction, params};
use store::fault::Fault;

use crate::faults::before_commit;

/// Whether an active account of this place carries the label, and only one may.
pub(crate) fn is_taken(tx: &Transaction<'_>, place: &Place, label: &Label) -> Result<bool, Fault> {
    match label.holders {
        Holders::Many => return Ok(false),
        Holders::One => {}
    }
    let sql = "SELECT 1 FROM account_label INDEXED BY account_label_single
               WHERE realm = ?1 AND environment = ?2 AND name = ?3 AND value = ?4
               AND single = 1 AND state = 0";
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            let Label { name, value, .. } = label;
            statement.exists(params![realm, environment, name.as_str(), value.as_str()])
        })
        .map_err(before_commit)
}

/// Writes a label of a new account.
pub(crate) fn insert(tx: &Transaction<'_>, account: &Account, label: &Label) -> Result<(), Fault> {
    let single = match label.holders {
        Holders::Many => 0,
        Holders::One => 1,
    };
    let write = || {
        tx.prepare_cached(
            "INSERT INTO account_label (account, name, value, realm, environment, single, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
        )?
        .execute(params![
            account.id.to_bytes(),
            label.name.as_str(),
            label.value.as_str(),
            account.place.realm.as_str(),
            account.place.environment.as_str(),
            single,
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// The account is gone: others may carry its labels.
pub(crate) fn free_all(tx: &Transaction<'_>, account: AccountId) -> Result<(), Fault> {
    let sql = "UPDATE account_label SET state = 30 WHERE account = ?1";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.execute([account.to_bytes()]))
        .map(drop)
        .map_err(before_commit)
}

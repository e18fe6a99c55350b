//! Makes a key, unless its owner has reached the limit.
//!
//! Must not count in one transaction and insert in another.

use domain::key::Key;
use rusqlite::{Transaction, params};
use store::command::{CreateKey, CreateKeyRejection};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::{count, key, secret};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateKey,
) -> Outcome<Written<Key>, CreateKeyRejection> {
    if !owner_exists(tx, &command.key)? {
        return Err(Failure::Rejected(CreateKeyRejection::NoSuchAccount));
    }
    let limit = command.keys_max;
    if keys_towards_limit(tx, &command.key)? >= u64::from(limit) {
        return Err(Failure::Rejected(CreateKeyRejection::LimitReached { limit }));
    }
    let mut key = command.key.clone();
    secret::require_new(tx, key.secret.kid)?;
    key.epoch = epoch::next(tx)?;
    key::insert(tx, &key)?;
    trail::write(tx, key.epoch, &command.trail)?;
    Ok(key.into())
}

fn owner_exists(tx: &Transaction<'_>, key: &Key) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM account WHERE id = ?1 AND realm = ?2 AND environment = ?3
               AND state = 0";
    let (realm, environment) = (key.place.realm.as_str(), key.place.environment.as_str());
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.exists(params![key.owner.to_bytes(), realm, environment])
        })
        .map_err(before_commit)
}

/// The owner's keys that work, or could be enabled again, when the new key is made.
fn keys_towards_limit(tx: &Transaction<'_>, new: &Key) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM key INDEXED BY key_towards_limit
               WHERE owner = ?1 AND state < 20 AND (expires_at IS NULL OR expires_at > ?2)";
    let now = new.created_at.as_millis();
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![new.owner.to_bytes(), now], |row| count(row, 0))
        })
        .map_err(before_commit)
}

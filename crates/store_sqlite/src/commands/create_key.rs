//! Makes a key, unless its owner has reached the limit.
//!
//! Must not count in one transaction and insert in another, nor make a second key for a request
//! that was answered already.

use domain::ids::KeyId;
use domain::key::{Key, KeyState};
use rusqlite::{Transaction, params};
use store::command::{CreateKey, CreateKeyRejection};
use store::fault::{Failure, Fault, Outcome};
use store::port::Change;

use super::Written;
use super::once::{self, Made};
use crate::faults::before_commit;
use crate::records::{account, count, key, secret};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateKey,
) -> Outcome<Written<Key>, CreateKeyRejection> {
    if let Some(once) = &command.once
        && let Some(done) = once::find(tx, once)?
    {
        let Some(Made::Key(id)) = done.made_for(once) else {
            return Err(Failure::Rejected(CreateKeyRejection::OtherRequest));
        };
        return make_again(tx, command, id);
    }
    let limit = account::keys_max_there(tx, &command.key.place, command.key.owner)?
        .ok_or(Failure::Rejected(CreateKeyRejection::NoSuchAccount))?
        .or(command.keys_max);
    if keys_towards_limit(tx, &command.key)? >= u64::from(limit) {
        return Err(Failure::Rejected(CreateKeyRejection::LimitReached { limit }));
    }
    let mut key = command.key.clone();
    secret::require_not_replaced(tx, key.secret.kid)?;
    key.epoch = epoch::next(tx)?;
    key::insert(tx, &key)?;
    trail::write(tx, key.epoch, &command.trail, [&key])?;
    once::keep(tx, command.once.as_ref(), &Made::Key(key.id), key.epoch)?;
    Ok(key.into())
}

/// Gives the key that was made another text, if nobody can miss the older one. A use that was
/// answered is stored, because the first one waits for that.
fn make_again(
    tx: &Transaction<'_>,
    command: &CreateKey,
    id: KeyId,
) -> Outcome<Written<Key>, CreateKeyRejection> {
    let untouched = |key: &Key| {
        key.last_used_at.is_none()
            && key.previous.is_none()
            // An old secret is gone in the end, and its key was rotated all the same.
            && key.secret.created_at == key.created_at
            && key.state_at(command.key.created_at) == KeyState::Enabled
    };
    let found = key::find(tx, &command.key.place, id)?.filter(untouched);
    let Some(mut key) = found else {
        return Err(Failure::Rejected(CreateKeyRejection::AlreadyMade { made: id }));
    };
    secret::require_new(tx, command.key.secret.kid)?;
    let old = key.reissue(&command.key.secret);
    key.epoch = epoch::next(tx)?;
    key::update_text(tx, &key)?;
    trail::write(tx, key.epoch, &command.trail.of_reissue(id), [])?;
    let change = Change::Reissued { key: Box::new(key.clone()), old };
    Ok(Written { answer: key, changes: vec![change] })
}

/// The owner's keys that work, or could be enabled again, when the new key is made.
fn keys_towards_limit(tx: &Transaction<'_>, new: &Key) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM key INDEXED BY key_of_owner
               WHERE owner = ?1 AND state < 30 AND state < 20 AND (expires_at IS NULL OR expires_at > ?2)";
    let now = new.created_at.as_millis();
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![new.owner.to_bytes(), now], |row| count(row, 0))
        })
        .map_err(before_commit)
}

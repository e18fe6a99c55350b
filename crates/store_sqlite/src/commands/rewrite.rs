//! What the commands that change a key have in common.
//!
//! Must not know which change it is.

use domain::ids::{KeyId, Place};
use domain::key::{Key, KeyState};
use domain::time::Timestamp;
use rusqlite::Transaction;
use store::command::{ChangeKeyRejection, Trail};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::records::{key, secret};
use crate::{epoch, trail};

/// The key, in whatever state.
pub(super) fn existing(
    tx: &Transaction<'_>,
    place: &Place,
    id: KeyId,
) -> Outcome<Key, ChangeKeyRejection> {
    key::find(tx, place, id)?.ok_or(Failure::Rejected(ChangeKeyRejection::NoSuchKey))
}

/// The key, if it is not over for good at this instant.
pub(super) fn changeable(
    tx: &Transaction<'_>,
    place: &Place,
    id: KeyId,
    at: Timestamp,
) -> Outcome<Key, ChangeKeyRejection> {
    let key = existing(tx, place, id)?;
    match key.state_at(at) {
        KeyState::Enabled | KeyState::Disabled(_) => Ok(key),
        over @ (KeyState::Expired(_) | KeyState::Deleted) => {
            Err(Failure::Rejected(ChangeKeyRejection::Final(over)))
        }
    }
}

/// Writes the changed key under the next epoch, and what tells of it.
pub(super) fn written(
    tx: &Transaction<'_>,
    mut key: Key,
    at: Timestamp,
    trail: &Trail,
) -> Result<Written<Key>, Fault> {
    key.epoch = epoch::next(tx)?;
    put(tx, &mut key, at)?;
    trail::write(tx, key.epoch, trail, [&key])?;
    Ok(key.into())
}

/// Writes the changed key. An old secret that has ended is erased on the way; says whether one was,
/// because who knows of it has to be told.
pub(super) fn put(tx: &Transaction<'_>, key: &mut Key, at: Timestamp) -> Result<bool, Fault> {
    let erased = key.drop_ended_secret(at);
    if erased {
        secret::update(tx, key)?;
    }
    key::update(tx, key)?;
    Ok(erased)
}

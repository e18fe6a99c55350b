//! Deletes a key for good, in whatever state it is.
//!
//! Must not take the row away: the key stays known as deleted.

use domain::key::{Key, KeyState};
use rusqlite::Transaction;
use store::command::{ChangeKeyRejection, DeleteKey};
use store::fault::Outcome;

use super::{Written, rewrite};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &DeleteKey,
) -> Outcome<Written<Key>, ChangeKeyRejection> {
    let mut key = rewrite::existing(tx, &command.place, command.key)?;
    if key.state == KeyState::Deleted {
        return Ok(Written::silent(key));
    }
    key.state = KeyState::Deleted;
    Ok(rewrite::written(tx, key, command.at, &command.trail)?)
}

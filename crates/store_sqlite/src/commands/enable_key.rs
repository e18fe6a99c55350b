//! Switches a key on, and notes when.
//!
//! Must not revive a key that is over for good, nor touch one that is on already.

use domain::key::{Key, KeyState};
use rusqlite::Transaction;
use store::command::{ChangeKeyRejection, EnableKey};
use store::fault::Outcome;

use super::{Written, rewrite};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &EnableKey,
) -> Outcome<Written<Key>, ChangeKeyRejection> {
    let mut key = rewrite::changeable(tx, &command.place, command.key, command.at)?;
    if key.state == KeyState::Enabled {
        return Ok(Written::silent(key));
    }
    key.state = KeyState::Enabled;
    key.enabled_at = command.at;
    key.look_again(command.at);
    Ok(rewrite::written(tx, key, command.at, &command.trail)?)
}

//! Switches a key off.
//!
//! Must not touch a key that is off already: its first cause stays.

use domain::key::{Key, KeyState};
use rusqlite::Transaction;
use store::command::{ChangeKeyRejection, DisableKey};
use store::fault::Outcome;

use super::{Written, rewrite};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &DisableKey,
) -> Outcome<Written<Key>, ChangeKeyRejection> {
    let mut key = rewrite::changeable(tx, &command.place, command.key, command.at)?;
    if key.state != KeyState::Enabled {
        return Ok(Written::silent(key));
    }
    key.state = KeyState::Disabled(command.cause);
    Ok(rewrite::written(tx, key, command.at, &command.trail)?)
}

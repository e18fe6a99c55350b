//! Changes fields of a key that is not over for good.
//!
//! Must not touch a field that was not named, and writes nothing when all are as they were.

use domain::key::Key;
use domain::time::Timestamp;
use rusqlite::Transaction;
use store::command::{ChangeKeyRejection, KeyChange, UpdateKey};
use store::fault::Outcome;

use super::{Written, rewrite};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &UpdateKey,
) -> Outcome<Written<Key>, ChangeKeyRejection> {
    let old = rewrite::changeable(tx, &command.place, command.key, command.at)?;
    let mut key = old.clone();
    if !apply(&command.change, &mut key, command.at) {
        return Ok(Written::silent(key));
    }
    let trail = command.trail.of_update(&old, &key);
    Ok(rewrite::written(tx, key, command.at, &trail)?)
}

/// Applies the named fields; says whether any of them is new.
fn apply(change: &KeyChange, key: &mut Key, at: Timestamp) -> bool {
    let KeyChange { name, permissions, expires_at, ip_list, switch } = change;
    let redated = set(&mut key.expires_at, expires_at.as_ref());
    if redated {
        key.look_again(at);
    }
    // Every field has its turn, so no short-circuit.
    redated
        | set(&mut key.name, name.as_ref())
        | set(&mut key.permissions, permissions.as_ref())
        | set(&mut key.ip_list, ip_list.as_ref())
        | switch.is_some_and(|switch| key.throw(switch, at))
}

fn set<T: Clone + PartialEq>(field: &mut T, value: Option<&T>) -> bool {
    match value {
        Some(value) if field != value => {
            field.clone_from(value);
            true
        }
        Some(_) | None => false,
    }
}

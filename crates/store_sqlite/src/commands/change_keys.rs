//! Does one thing to many keys: all that it has to, or nothing.
//!
//! Must not write before every key was found, nor touch one that no longer meets the filter.

use domain::ids::KeyId;
use domain::key::Key;
use rusqlite::Transaction;
use store::command::{ChangeKeys, ChangeKeysRejection, ChangedKeys};
use store::fault::{Failure, Fault, Outcome};
use store::port::Change;

use super::{Written, rewrite};
use crate::records::key;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &ChangeKeys,
) -> Outcome<Written<ChangedKeys>, ChangeKeysRejection> {
    let ChangeKeys { keys, filter, action, at, .. } = command;
    let (mut matched, mut changed) = (0, Vec::new());
    for id in keys {
        let mut key =
            find(tx, command, *id)?.ok_or(Failure::Rejected(ChangeKeysRejection::NoSuchKey))?;
        if filter.matches(&key, *at) {
            matched += 1;
            if key.undergo(*action, *at) {
                changed.push(key);
            }
        }
    }
    if changed.is_empty() {
        return Ok(Written::silent(ChangedKeys { matched, changed }));
    }
    let epoch = epoch::next(tx)?;
    for key in &mut changed {
        key.epoch = epoch;
        rewrite::put(tx, key, *at)?;
    }
    trail::write(tx, epoch, &command.trail.of_keys(&changed))?;
    let changes = vec![Change::Keys(changed.clone())];
    Ok(Written { answer: ChangedKeys { matched, changed }, changes })
}

/// The key in whatever state, if it is in the place and of the owner that were asked for.
fn find(tx: &Transaction<'_>, command: &ChangeKeys, id: KeyId) -> Result<Option<Key>, Fault> {
    let found = key::find(tx, &command.place, id)?;
    Ok(found.filter(|key| command.owner.is_none_or(|owner| key.owner == owner)))
}

//! Does one thing to many keys: all that it has to, or nothing.
//!
//! Must not write before every key was found, nor touch one that no longer meets the filter, nor
//! do more for a request that was answered already.

use domain::ids::KeyId;
use domain::key::Key;
use rusqlite::Transaction;
use store::command::{ChangeKeys, ChangeKeysRejection, ChangedKeys};
use store::fault::{Failure, Fault, Outcome};
use store::port::Change;

use super::once::{self, Made};
use super::{Written, rewrite};
use crate::records::key;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &ChangeKeys,
) -> Outcome<Written<ChangedKeys>, ChangeKeysRejection> {
    if let Some(once) = &command.once
        && let Some(done) = once::find(tx, once)?
    {
        return answer_again(tx, command, done.made_for(once));
    }
    let ChangeKeys { keys, filter, action, at, next, .. } = command;
    let (mut matched, mut changed) = (command.left_alone, Vec::new());
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
        return Ok(Written::silent(ChangedKeys { matched, changed, next: *next }));
    }
    let epoch = epoch::next(tx)?;
    for key in &mut changed {
        key.epoch = epoch;
        rewrite::put(tx, key, *at)?;
    }
    trail::write(tx, epoch, &command.trail.of_keys(&changed), &changed)?;
    let ids = changed.iter().map(|key| key.id).collect();
    let made = Made::Keys { matched, next: *next, changed: ids };
    once::keep(tx, command.once.as_ref(), &made, epoch)?;
    let changes = vec![Change::Keys(changed.clone())];
    Ok(Written { answer: ChangedKeys { matched, changed, next: *next }, changes })
}

/// What the same command did before, with the keys as they now stand.
fn answer_again(
    tx: &Transaction<'_>,
    command: &ChangeKeys,
    made: Option<Made>,
) -> Outcome<Written<ChangedKeys>, ChangeKeysRejection> {
    let Some(Made::Keys { matched, next, changed: ids }) = made else {
        return Err(Failure::Rejected(ChangeKeysRejection::OtherRequest));
    };
    let mut changed = Vec::with_capacity(ids.len());
    for id in ids {
        changed.extend(key::find(tx, &command.place, id)?);
    }
    Ok(Written::silent(ChangedKeys { matched, changed, next }))
}

/// The key in whatever state, if it is in the place and of the owner that were asked for.
fn find(tx: &Transaction<'_>, command: &ChangeKeys, id: KeyId) -> Result<Option<Key>, Fault> {
    let found = key::find(tx, &command.place, id)?;
    Ok(found.filter(|key| command.owner.is_none_or(|owner| key.owner == owner)))
}

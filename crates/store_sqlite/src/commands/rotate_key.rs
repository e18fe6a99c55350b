//! Gives a key a new secret, and keeps the one before for a while.
//!
//! Must not keep a third secret: what was replaced before is overwritten.

use domain::key::Key;
use rusqlite::Transaction;
use store::command::{ChangeKeyRejection, RotateKey, RotateKeyRejection, RotationBy};
use store::fault::{Failure, Outcome};

use super::{Written, rewrite};
use crate::records::{key, secret};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &RotateKey,
) -> Outcome<Written<Key>, RotateKeyRejection> {
    let found = rewrite::changeable(tx, &command.place, command.key, command.at);
    let mut key = found.map_err(|failure| failure.map_rejection(cannot_rotate))?;
    match command.by {
        RotationBy::Holder(kid) if kid != key.secret.kid => {
            return Err(Failure::Rejected(RotateKeyRejection::NotInUse));
        }
        RotationBy::Holder(_) | RotationBy::Manager => {}
    }
    secret::require_new(tx, command.secret.kid)?;
    key.rotate(command.secret.clone(), command.overlap, command.start, command.at);
    key.epoch = epoch::next(tx)?;
    key::update(tx, &key)?;
    secret::update(tx, &key)?;
    trail::write(tx, key.epoch, &command.trail)?;
    Ok(key.into())
}

fn cannot_rotate(rejection: ChangeKeyRejection) -> RotateKeyRejection {
    match rejection {
        ChangeKeyRejection::NoSuchKey => RotateKeyRejection::NoSuchKey,
        ChangeKeyRejection::Final(state) => RotateKeyRejection::Final(state),
    }
}

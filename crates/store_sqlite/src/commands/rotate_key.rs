//! Gives a key a new secret, and keeps the one before for a while.
//!
//! Must not keep a third secret: what is gone is overwritten. Nor a second rotation for a request
//! that was answered already.

use domain::idempotence::Idempotence;
use domain::key::Key;
use domain::key_text::Kid;
use rusqlite::Transaction;
use store::command::{ChangeKeyRejection, RotateKey, RotateKeyRejection, RotationBy};
use store::fault::{Failure, Outcome};
use store::port::Change;

use super::once::{self, Made};
use super::{Written, rewrite};
use crate::records::{key, secret};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &RotateKey,
) -> Outcome<Written<Key>, RotateKeyRejection> {
    let found = rewrite::changeable(tx, &command.place, command.key, command.at);
    let key = found.map_err(|failure| failure.map_rejection(cannot_rotate))?;
    if let Some(once) = &command.once
        && let Some(done) = once::find(tx, once)?
    {
        let Some(Made::Secret(kid)) = done.made_for(once) else {
            return Err(Failure::Rejected(RotateKeyRejection::OtherRequest));
        };
        return rotate_again(tx, command, once, kid, key);
    }
    let mut key = in_use(key, command)?;
    secret::require_new(tx, command.secret.kid)?;
    let gone = key.rotate(command.secret.clone(), command.overlap, command.start, command.at);
    key.epoch = epoch::next(tx)?;
    key::update(tx, &key)?;
    secret::update(tx, &key)?;
    trail::write(tx, key.epoch, &command.trail, [&key])?;
    once::keep(tx, command.once.as_ref(), &Made::Secret(key.secret.kid), key.epoch)?;
    Ok(written(key, gone))
}

/// The key, if the secret that its holder shows is the one in use; that it is used is certain then.
fn in_use(mut key: Key, command: &RotateKey) -> Outcome<Key, RotateKeyRejection> {
    match command.by {
        RotationBy::Manager => {}
        RotationBy::Holder(kid) if kid == key.secret.kid => {
            key.secret.last_used_at.get_or_insert(command.at);
        }
        RotationBy::Holder(_) => return Err(Failure::Rejected(RotateKeyRejection::NotInUse)),
    }
    Ok(key)
}

/// Gives the secret of this rotation another text, if nobody can miss the older one. A use that
/// was answered is stored, because the first one waits for that.
fn rotate_again(
    tx: &Transaction<'_>,
    command: &RotateKey,
    once: &Idempotence,
    kid: Kid,
    mut key: Key,
) -> Outcome<Written<Key>, RotateKeyRejection> {
    if key.secret.kid != kid || key.secret.last_used_at.is_some() {
        return Err(Failure::Rejected(RotateKeyRejection::AlreadyRotated));
    }
    secret::require_new(tx, command.secret.kid)?;
    let gone = key.reissue(&command.secret);
    key.epoch = epoch::next(tx)?;
    key::update_text(tx, &key)?;
    trail::write(tx, key.epoch, &command.trail.of_reissue(key.id), [])?;
    once::rename(tx, once, &Made::Secret(key.secret.kid))?;
    Ok(written(key, Some(gone)))
}

/// What observers are told: of the key, and of the text that is dead with this.
fn written(key: Key, gone: Option<Kid>) -> Written<Key> {
    match gone {
        None => key.into(),
        Some(old) => {
            let change = Change::Reissued { key: Box::new(key.clone()), old };
            Written { answer: key, changes: vec![change] }
        }
    }
}

fn cannot_rotate(rejection: ChangeKeyRejection) -> RotateKeyRejection {
    match rejection {
        ChangeKeyRejection::NoSuchKey => RotateKeyRejection::NoSuchKey,
        ChangeKeyRejection::Final(state) => RotateKeyRejection::Final(state),
    }
}

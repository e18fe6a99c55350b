//! Changes fields of an account.
//!
//! Must not touch an account that was deleted, make another than a sub-account white-label, nor write anything where nothing changes.

use domain::account::Account;
use rusqlite::Transaction;
use store::command::{UpdateAccount, UpdateAccountRejection};
use store::fault::{Failure, Outcome};

use super::Written;
use crate::records::{account, key};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &UpdateAccount,
) -> Outcome<Written<Account>, UpdateAccountRejection> {
    let old = account::find_there(tx, &command.place, command.account)?
        .ok_or(Failure::Rejected(UpdateAccountRejection::NoSuchAccount))?;
    let mut new = command.change.clone().applied_to(&old);
    if !new.kind.allows(new.branding) {
        return Err(Failure::Rejected(UpdateAccountRejection::NotASubaccount));
    }
    if new == old {
        return Ok(Written::silent(old));
    }
    new.epoch = epoch::next(tx)?;
    account::update(tx, &new)?;
    if new.branding != old.branding {
        key::look_again_at_all(tx, new.id, command.trail.audit.at)?;
    }
    trail::write(tx, new.epoch, &command.trail, [])?;
    Ok(new.into())
}

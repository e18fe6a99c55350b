//! Changes fields of an account.
//!
//! Must not touch an account that was deleted, make another than a sub-account white-label, nor write anything where nothing changes.

use domain::account::Account;
use rusqlite::Transaction;
use store::command::{AccountChange, UpdateAccount, UpdateAccountRejection};
use store::fault::{Failure, Outcome};

use super::Written;
use crate::records::account;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &UpdateAccount,
) -> Outcome<Written<Account>, UpdateAccountRejection> {
    let old = account::find_active(tx, &command.place, command.account)?
        .ok_or(Failure::Rejected(UpdateAccountRejection::NoSuchAccount))?;
    let AccountChange { name, ip_list, user_agent, release_until, branding } =
        command.change.clone();
    let mut new = old.clone();
    new.name = name.unwrap_or(new.name);
    new.ip_list = ip_list.unwrap_or(new.ip_list);
    new.user_agent = user_agent.unwrap_or(new.user_agent);
    new.release_until = release_until.unwrap_or(new.release_until);
    new.branding = branding.unwrap_or(new.branding);
    if !new.kind.allows(new.branding) {
        return Err(Failure::Rejected(UpdateAccountRejection::NotASubaccount));
    }
    if new == old {
        return Ok(Written::silent(old));
    }
    new.epoch = epoch::next(tx)?;
    account::update(tx, &new)?;
    trail::write(tx, new.epoch, &command.trail)?;
    Ok(new.into())
}

//! Makes an account.
//!
//! Must not let the tree grow beyond two levels, nor reach into another place for a parent.

use domain::account::{Account, AccountKind};
use rusqlite::Transaction;
use store::command::{CreateAccount, CreateAccountRejection};
use store::fault::{Failure, Outcome};

use super::Written;
use crate::records::account;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateAccount,
) -> Outcome<Written<Account>, CreateAccountRejection> {
    let mut account = command.account.clone();
    if let Some(parent) = account.kind.parent() {
        let parent = account::find(tx, &account.place, parent)?
            .ok_or(Failure::Rejected(CreateAccountRejection::NoSuchParent))?;
        match parent.kind {
            AccountKind::Root => {}
            AccountKind::Subaccount { .. } | AccountKind::Project { .. } => {
                return Err(Failure::Rejected(CreateAccountRejection::ParentNotRoot));
            }
        }
    }
    account.epoch = epoch::next(tx)?;
    account::insert(tx, &account)?;
    trail::write(tx, account.epoch, &command.trail)?;
    Ok(account.into())
}

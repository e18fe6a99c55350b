//! Makes an account.
//!
//! Must not let the tree grow beyond two levels or its limit, nor reach into another place for a
//! parent.

use domain::account::{Account, AccountKind};
use domain::ids::AccountId;
use rusqlite::Transaction;
use store::command::{CreateAccount, CreateAccountRejection};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::{account, count};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateAccount,
) -> Outcome<Written<Account>, CreateAccountRejection> {
    let mut account = command.account.clone();
    if let Some(parent) = account.kind.parent() {
        let parent = account::find_active(tx, &account.place, parent)?
            .ok_or(Failure::Rejected(CreateAccountRejection::NoSuchParent))?;
        match parent.kind {
            AccountKind::Root => {}
            AccountKind::Subaccount { .. } | AccountKind::Project { .. } => {
                return Err(Failure::Rejected(CreateAccountRejection::ParentNotRoot));
            }
        }
    }
    if let (AccountKind::Project { parent }, Some(limit)) = (account.kind, command.projects_max)
        && projects(tx, parent)? >= u64::from(limit)
    {
        return Err(Failure::Rejected(CreateAccountRejection::LimitReached { limit }));
    }
    account.epoch = epoch::next(tx)?;
    account::insert(tx, &account)?;
    trail::write(tx, account.epoch, &command.trail)?;
    Ok(account.into())
}

/// The projects of this account that were not deleted.
fn projects(tx: &Transaction<'_>, parent: AccountId) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM account INDEXED BY account_by_parent
               WHERE parent = ?1 AND kind = 2 AND state = 0";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([parent.to_bytes()], |row| count(row, 0)))
        .map_err(before_commit)
}

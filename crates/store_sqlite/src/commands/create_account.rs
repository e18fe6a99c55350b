//! Makes an account with all that it begins with.
//!
//! Must not let the tree grow beyond two levels or its limit, reach into another place for a
//! parent, nor let two accounts carry a label that only one may carry.

use domain::account::{Account, AccountKind};
use domain::ids::AccountId;
use domain::key::Key;
use domain::webhook::Webhook;
use rusqlite::Transaction;
use store::command::{Belongings, CreateAccount, CreateAccountRejection};
use store::fault::{Failure, Fault, Outcome};
use store::port::Change;

use super::Written;
use super::once::{self, Made};
use crate::faults::before_commit;
use crate::records::{account, count, key, label, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateAccount,
) -> Outcome<Written<Account>, CreateAccountRejection> {
    let mut account = command.account.clone();
    if let Some(once) = &command.once
        && let Some(done) = once::find(tx, once)?
    {
        let Some(Made::Account(id)) = done.made_for(once) else {
            return Err(Failure::Rejected(CreateAccountRejection::OtherRequest));
        };
        let made = account::find(tx, &account.place, id)?;
        let created_at = made.map_or(account.created_at, |made| made.created_at);
        let made = Account { id, created_at, epoch: done.epoch, ..account };
        return Ok(Written::silent(made));
    }
    let mut limit = command.projects_max;
    if let Some(parent) = account.kind.parent() {
        let parent = account::find_there(tx, &account.place, parent)?
            .ok_or(Failure::Rejected(CreateAccountRejection::NoSuchParent))?;
        match parent.kind {
            AccountKind::Root => limit = limit.map(|limit| parent.projects_max.or(limit)),
            AccountKind::Subaccount { .. } | AccountKind::Project { .. } => {
                return Err(Failure::Rejected(CreateAccountRejection::ParentNotRoot));
            }
        }
    }
    if !account.kind.allows(account.branding) {
        return Err(Failure::Rejected(CreateAccountRejection::NotASubaccount));
    }
    if let (AccountKind::Project { parent }, Some(limit)) = (account.kind, limit)
        && projects(tx, parent)? >= u64::from(limit)
    {
        return Err(Failure::Rejected(CreateAccountRejection::LimitReached { limit }));
    }
    let Belongings { labels, key: _, webhooks, webhooks_max: limit } = &command.belongings;
    for label in labels {
        if label::is_taken(tx, &account.place, label)? {
            return Err(Failure::Rejected(CreateAccountRejection::LabelTaken(label.name)));
        }
    }
    if webhooks.len() > *limit as usize {
        return Err(Failure::Rejected(CreateAccountRejection::TooManyWebhooks { limit: *limit }));
    }
    account.epoch = epoch::next(tx)?;
    account::insert(tx, &account)?;
    let key = insert_belongings(tx, &account, &command.belongings)?;
    trail::write(tx, account.epoch, &command.trail, &key)?;
    once::keep(tx, command.once.as_ref(), &Made::Account(account.id), account.epoch)?;
    let change = match key {
        None => Change::Account(account.clone()),
        Some(key) => Change::AccountWithKey(Box::new((account.clone(), key))),
    };
    Ok(Written { answer: account, changes: vec![change] })
}

/// Writes what the account begins with, under its epoch; returns its first key.
fn insert_belongings(
    tx: &Transaction<'_>,
    account: &Account,
    belongings: &Belongings,
) -> Result<Option<Key>, Fault> {
    for label in &belongings.labels {
        label::insert(tx, account, label)?;
    }
    for (ordinal, webhook) in (0..).zip(&belongings.webhooks) {
        let webhook = Webhook { epoch: account.epoch, ..webhook.clone() };
        webhook::insert(tx, &webhook, ordinal)?;
    }
    let Some(key) = &belongings.key else { return Ok(None) };
    let key = Key { epoch: account.epoch, ..Key::clone(key) };
    key::insert(tx, &key)?;
    Ok(Some(key))
}

/// The projects of this account that were not deleted.
fn projects(tx: &Transaction<'_>, parent: AccountId) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM account INDEXED BY account_by_parent
               WHERE parent = ?1 AND kind = 2 AND state = 0";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([parent.to_bytes()], |row| count(row, 0)))
        .map_err(before_commit)
}

//! Makes a webhook, unless its account has as many as it may.
//!
//! Must not count in one transaction and insert in another.

use domain::ids::AccountId;
use domain::webhook::Webhook;
use rusqlite::Transaction;
use store::command::{CreateWebhook, CreateWebhookRejection};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::{account, count, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateWebhook,
) -> Outcome<Written<Webhook>, CreateWebhookRejection> {
    let mut webhook = command.webhook.clone();
    if account::find_there(tx, &webhook.place, webhook.account)?.is_none() {
        return Err(Failure::Rejected(CreateWebhookRejection::NoSuchAccount));
    }
    let limit = command.webhooks_max;
    if webhooks(tx, webhook.account)? >= u64::from(limit) {
        return Err(Failure::Rejected(CreateWebhookRejection::LimitReached { limit }));
    }
    webhook.epoch = epoch::next(tx)?;
    webhook::insert(tx, &webhook, 0)?;
    trail::write(tx, webhook.epoch, &command.trail)?;
    Ok(Written::silent(webhook))
}

/// The webhooks of this account that were not deleted.
fn webhooks(tx: &Transaction<'_>, account: AccountId) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM webhook INDEXED BY webhook_by_account
               WHERE account = ?1 AND state = 0";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([account.to_bytes()], |row| count(row, 0)))
        .map_err(before_commit)
}

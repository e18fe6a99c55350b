//! Makes a webhook, unless its account has as many as it may.
//!
//! Must not count in one transaction and insert in another, nor make a second one for a request that
//! was answered already.

use domain::ids::AccountId;
use domain::webhook::Webhook;
use rusqlite::Transaction;
use store::command::{CreateWebhook, CreateWebhookRejection};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use super::once::{self, Made};
use crate::faults::before_commit;
use crate::records::{account, count, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateWebhook,
) -> Outcome<Written<Webhook>, CreateWebhookRejection> {
    let mut webhook = command.webhook.clone();
    if let Some(once) = &command.once
        && let Some(done) = once::find(tx, once)?
    {
        let Some(Made::Webhook(id)) = done.made_for(once) else {
            return Err(Failure::Rejected(CreateWebhookRejection::OtherRequest));
        };
        let Some(made) = webhook::find_active(tx, &webhook.place, webhook.account, id)? else {
            return Err(Failure::Rejected(CreateWebhookRejection::AlreadyMade { made: id }));
        };
        let created_at = made.created_at;
        let made = Webhook { id, created_at, epoch: done.epoch, ..webhook };
        return Ok(Written::silent(made));
    }
    if account::find_there(tx, &webhook.place, webhook.account)?.is_none() {
        return Err(Failure::Rejected(CreateWebhookRejection::NoSuchAccount));
    }
    let limit = command.webhooks_max;
    if webhooks(tx, webhook.account)? >= u64::from(limit) {
        return Err(Failure::Rejected(CreateWebhookRejection::LimitReached { limit }));
    }
    webhook.epoch = epoch::next(tx)?;
    webhook::insert(tx, &webhook, 0)?;
    trail::write(tx, webhook.epoch, &command.trail, [])?;
    once::keep(tx, command.once.as_ref(), &Made::Webhook(webhook.id), webhook.epoch)?;
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

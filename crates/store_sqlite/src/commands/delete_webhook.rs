//! Deletes a webhook for good; its token is forgotten.
//!
//! Must not take the row away.

use domain::webhook::Webhook;
use rusqlite::Transaction;
use store::command::{DeleteWebhook, NoSuchWebhook};
use store::fault::{Failure, Outcome};

use super::Written;
use crate::records::{queue, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &DeleteWebhook,
) -> Outcome<Written<Webhook>, NoSuchWebhook> {
    let DeleteWebhook { place, account, webhook: id, trail } = command;
    let mut webhook =
        webhook::find_active(tx, place, *account, *id)?.ok_or(Failure::Rejected(NoSuchWebhook))?;
    webhook.epoch = epoch::next(tx)?;
    webhook.delete();
    webhook::update(tx, &webhook)?;
    trail::write(tx, webhook.epoch, trail, [])?;
    queue::close(tx, webhook.id)?;
    Ok(Written::silent(webhook))
}

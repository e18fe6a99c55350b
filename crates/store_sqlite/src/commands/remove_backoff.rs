//! Lifts waits of events of a webhook.
//!
//! Must not resume a webhook that is interrupted.

use rusqlite::Transaction;
use store::command::{NoSuchWebhook, RemoveBackoff, WebhookRef};
use store::fault::{Failure, Outcome};

use super::Written;
use crate::records::{queue, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &RemoveBackoff,
) -> Outcome<Written<u32>, NoSuchWebhook> {
    let WebhookRef { place, account, webhook } = &command.webhook;
    let webhook = webhook::find_active(tx, place, *account, *webhook)?
        .ok_or(Failure::Rejected(NoSuchWebhook))?;
    let epoch = epoch::next(tx)?;
    trail::write(tx, epoch, &command.trail, [])?;
    let lifted = queue::forgive(tx, webhook.id, command.limit)?;
    queue::reckon(tx, &webhook, command.at)?;
    Ok(Written::silent(lifted))
}

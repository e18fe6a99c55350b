//! Changes fields of a webhook.
//!
//! Must not touch a webhook that was deleted, nor write anything where nothing changes.

use domain::webhook::{Queue, Webhook};
use rusqlite::Transaction;
use store::command::{LIFTED_AT_ONCE, NoSuchWebhook, UpdateWebhook};
use store::fault::{Failure, Outcome};

use super::Written;
use crate::records::{queue, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &UpdateWebhook,
) -> Outcome<Written<Webhook>, NoSuchWebhook> {
    let UpdateWebhook { place, account, webhook: id, change, trail } = command;
    let old =
        webhook::find_active(tx, place, *account, *id)?.ok_or(Failure::Rejected(NoSuchWebhook))?;
    let mut new = change.clone().applied(&old);
    if new != old {
        new.epoch = epoch::next(tx)?;
        webhook::update(tx, &new)?;
        trail::write(tx, new.epoch, trail, [])?;
        if old.queue == Queue::Interrupted && new.queue == Queue::Running {
            queue::forgive(tx, new.id, LIFTED_AT_ONCE)?;
        }
        queue::reckon(tx, &new, trail.audit.at)?;
    }
    Ok(Written::silent(new))
}

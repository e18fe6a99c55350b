//! Puts an event up to be sent to a webhook once more.
//!
//! Must not make a second delivery of it: it keeps its place, its body and its attempts.

use rusqlite::Transaction;
use store::command::{
    Delivery, DeliveryState, ResendDelivery, ResendDeliveryRejection, WebhookRef,
};
use store::fault::{Failure, Outcome};

use super::Written;
use crate::records::{delivery, queue, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &ResendDelivery,
) -> Outcome<Written<Delivery>, ResendDeliveryRejection> {
    let WebhookRef { place, account, webhook } = &command.webhook;
    let webhook = webhook::find_active(tx, place, *account, *webhook)?
        .ok_or(Failure::Rejected(ResendDeliveryRejection::NoSuchWebhook))?;
    let found = match delivery::position_of(tx, command.event)? {
        Some(position) => delivery::find(tx, webhook.id, position)?,
        None => None,
    };
    let mut stored = found.ok_or(Failure::Rejected(ResendDeliveryRejection::NoSuchDelivery))?;
    let epoch = epoch::next(tx)?;
    trail::write(tx, epoch, &command.trail, [])?;
    stored.delivery.state = DeliveryState::Pending;
    // Whoever has it in hand comes back too late.
    stored.fence += 1;
    delivery::update(tx, &stored)?;
    queue::reckon(tx, &webhook, command.at)?;
    Ok(Written::silent(stored.delivery))
}

//! Moves a consumer's cursor, and writes what follows from the events before it.
//!
//! Must not write anything where the cursor stands elsewhere, nor put anything up for a webhook that
//! was deleted.

use std::collections::HashMap;

use domain::ids::WebhookId;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use rusqlite::{Transaction, params};
use store::command::{Consumer, CursorMoved, EventPosition, TakeEvents};
use store::fault::{Failure, Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::{delivery, integer, queue, webhook};

pub(crate) fn run(tx: &Transaction<'_>, command: &TakeEvents) -> Outcome<Written<()>, CursorMoved> {
    let TakeEvents { consumer, from, to, deliveries } = command;
    if !move_cursor(tx, *consumer, *from, *to)? {
        return Err(Failure::Rejected(CursorMoved));
    }
    let mut reached: HashMap<WebhookId, (Option<Webhook>, Timestamp)> = HashMap::new();
    for new in deliveries {
        if let Some((Some(_), _)) | None = reached.get(&new.webhook) {
            let entry = match reached.get(&new.webhook) {
                Some((webhook, _)) => webhook.clone(),
                None => webhook::find_there(tx, new.webhook)?,
            };
            if let Some(webhook) = &entry
                && delivery::insert(tx, new)?
            {
                queue::open(tx, webhook, new.made_at)?;
            }
            reached.insert(new.webhook, (entry, new.made_at));
        }
    }
    for (webhook, at) in reached.into_values() {
        if let Some(webhook) = webhook {
            queue::reckon(tx, &webhook, at)?;
        }
    }
    Ok(Written::silent(()))
}

/// Moves a consumer's cursor, if it stands there.
pub(super) fn move_cursor(
    tx: &Transaction<'_>,
    consumer: Consumer,
    from: EventPosition,
    to: EventPosition,
) -> Result<bool, Fault> {
    let sql = "UPDATE event_cursor SET epoch = ?4, ordinal = ?5
               WHERE consumer = ?1 AND epoch = ?2 AND ordinal = ?3";
    let moved = tx
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let (from_epoch, to_epoch) = (integer(from.epoch), integer(to.epoch));
            let name = consumer.name();
            statement.execute(params![name, from_epoch, from.ordinal, to_epoch, to.ordinal])
        })
        .map_err(before_commit)?;
    Ok(moved > 0)
}

//! Takes in hand what is due in a place, webhook by webhook.
//!
//! Must not do more than it was asked for, nor let one webhook that cannot be read stop the others.

use std::convert::Infallible;

use domain::ids::WebhookId;
use domain::webhook::{SendOrder, Webhook};
use rusqlite::{Transaction, params};
use store::command::{ClaimDeliveries, Claimed, EventPosition};
use store::fault::{Fault, Outcome};

use super::Written;
use crate::faults::{before_commit, unless_damaged};
use crate::records::{count, delivery, integer, queue, webhook};

/// Most webhooks whose hands are looked at in one step because their time is over.
const LAPSED_MAX: u32 = 100;

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &ClaimDeliveries,
) -> Outcome<Written<Vec<Claimed>>, Infallible> {
    free_lapsed(tx, command)?;
    let sql = "SELECT webhook FROM webhook_queue INDEXED BY webhook_queue_by_turn
               WHERE realm = ?1 AND environment = ?2 AND due_at <= ?3 ORDER BY due_at LIMIT ?4";
    let mut claimed = Vec::new();
    for id in queues(tx, sql, command, command.now.as_millis(), command.limit)? {
        let Some(webhook) = webhook_of(tx, id)? else { continue };
        let room = (command.limit as usize).saturating_sub(claimed.len());
        if room == 0 {
            break;
        }
        for position in due(tx, &webhook, command, room)? {
            claimed.extend(take(tx, &webhook, position, command)?);
        }
        queue::reckon(tx, &webhook, command.now)?;
    }
    Ok(Written::silent(claimed))
}

/// What somebody did not come back from in time is free again.
fn free_lapsed(tx: &Transaction<'_>, command: &ClaimDeliveries) -> Result<(), Fault> {
    let clock = command.clock.as_millis();
    let sql = "SELECT webhook FROM webhook_queue INDEXED BY webhook_queue_by_lease
               WHERE realm = ?1 AND environment = ?2 AND lease_until <= ?3
               ORDER BY lease_until LIMIT ?4";
    for id in queues(tx, sql, command, clock, LAPSED_MAX)? {
        let free = "UPDATE delivery INDEXED BY delivery_in_hand SET claimed_until = NULL
                    WHERE webhook = ?1 AND claimed_until <= ?2";
        tx.prepare_cached(free)
            .and_then(|mut statement| statement.execute(params![id.as_u128().to_be_bytes(), clock]))
            .map_err(before_commit)?;
        if let Some(webhook) = webhook_of(tx, id)? {
            queue::reckon(tx, &webhook, command.now)?;
        }
    }
    Ok(())
}

fn queues(
    tx: &Transaction<'_>,
    sql: &str,
    command: &ClaimDeliveries,
    until: i64,
    limit: u32,
) -> Result<Vec<WebhookId>, Fault> {
    let place = &command.place;
    let read = || {
        let mut statement = tx.prepare_cached(sql)?;
        let parameters = params![place.realm.as_str(), place.environment.as_str(), until, limit];
        let ids = statement.query_map(parameters, |row| {
            let bits: [u8; 16] = row.get(0)?;
            Ok(WebhookId::from_u128(u128::from_be_bytes(bits)))
        })?;
        ids.collect::<Result<_, _>>()
    };
    read().map_err(before_commit)
}

/// The webhook; one that cannot be read, or is gone, has no turn any more.
fn webhook_of(tx: &Transaction<'_>, id: WebhookId) -> Result<Option<Webhook>, Fault> {
    let found = unless_damaged(webhook::find_there(tx, id))?.flatten();
    if found.is_none() {
        tx.prepare_cached(
            "UPDATE webhook_queue SET due_at = NULL, lease_until = NULL WHERE webhook = ?1",
        )
        .and_then(|mut statement| statement.execute([id.as_u128().to_be_bytes()]))
        .map_err(before_commit)?;
    }
    Ok(found)
}

/// What is due for a webhook and fits into its hands.
fn due(
    tx: &Transaction<'_>,
    webhook: &Webhook,
    command: &ClaimDeliveries,
    room: usize,
) -> Result<Vec<EventPosition>, Fault> {
    let now = command.now.as_millis();
    let room = queue::room(tx, webhook)?.min(room as u64);
    if room == 0 || !queue::sends(webhook) {
        return Ok(Vec::new());
    }
    match webhook.order {
        SendOrder::Sequential => {
            let head = queue::head(tx, webhook.id)?.filter(|(_, next_at)| *next_at <= now);
            Ok(head.map(|(position, _)| position).into_iter().collect())
        }
        SendOrder::Free => {
            let mut due = Vec::new();
            if queue::streak(tx, webhook.id)?.is_failing() {
                due = due_from(tx, webhook.id, (1, now), room)?;
            }
            if due.is_empty() {
                due = due_from(tx, webhook.id, (0, now), room)?;
            }
            Ok(due)
        }
    }
}

/// What waits until an instant of this span, those first that have waited for longest.
fn due_from(
    tx: &Transaction<'_>,
    webhook: WebhookId,
    (from, until): (i64, i64),
    room: u64,
) -> Result<Vec<EventPosition>, Fault> {
    let sql = "SELECT epoch, ordinal FROM delivery INDEXED BY delivery_by_turn
               WHERE webhook = ?1 AND next_at BETWEEN ?2 AND ?3 AND claimed_until IS NULL
               ORDER BY next_at, epoch, ordinal LIMIT ?4";
    let read = || {
        let mut statement = tx.prepare_cached(sql)?;
        let parameters = params![webhook.as_u128().to_be_bytes(), from, until, integer(room)];
        let positions = statement.query_map(parameters, |row| {
            Ok(EventPosition { epoch: count(row, 0)?, ordinal: row.get(1)? })
        })?;
        positions.collect::<Result<_, _>>()
    };
    read().map_err(before_commit)
}

/// Takes one in hand. A row that cannot be read is set aside, so that it stops nobody.
fn take(
    tx: &Transaction<'_>,
    webhook: &Webhook,
    position: EventPosition,
    command: &ClaimDeliveries,
) -> Result<Option<Claimed>, Fault> {
    let found = unless_damaged(delivery::find(tx, webhook.id, position))?;
    let Some(stored) = found.flatten() else {
        delivery::set_aside(tx, webhook.id, position)?;
        return Ok(None);
    };
    let fence = stored.fence + 1;
    tx.prepare_cached(
        "UPDATE delivery SET fence = ?4, claimed_until = ?5
         WHERE webhook = ?1 AND epoch = ?2 AND ordinal = ?3",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            webhook.id.as_u128().to_be_bytes(),
            integer(position.epoch),
            position.ordinal,
            integer(fence),
            command.until.as_millis(),
        ])
    })
    .map_err(before_commit)?;
    let store::command::Delivery { event, kind, body, .. } = stored.delivery;
    Ok(Some(Claimed { webhook: webhook.clone(), position, event, kind, body, fence }))
}

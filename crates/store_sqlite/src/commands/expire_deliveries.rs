//! Deletes old deliveries of a webhook, in the order of their events, up to the first younger one.
//!
//! Must not delete what was not delivered without telling of it, unless the webhook itself is gone.

use domain::delivery::Alert;
use domain::time::Timestamp;
use domain::webhook::{Webhook, WebhookState};
use rusqlite::{Transaction, params};
use std::convert::Infallible;
use store::command::{EventPosition, ExpireDeliveries, Expired};
use store::fault::{Fault, FaultKind, Outcome};

use super::Written;
use super::record_attempts::tell;
use crate::faults::before_commit;
use crate::records::alert::About;
use crate::records::{count, delivery, integer, queue, webhook};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &ExpireDeliveries,
) -> Outcome<Written<Expired>, Infallible> {
    let mut webhook = match webhook::find_any(tx, command.webhook) {
        Ok(Some(webhook)) => webhook,
        Ok(None) => return Ok(Written::silent(Expired::default())),
        Err(fault) if fault.kind == FaultKind::Damaged => {
            // Nobody can be told, so nothing is deleted; its rows do not stand before others' again.
            queue::age(tx, command.webhook, None)?;
            return Ok(Written::silent(Expired::default()));
        }
        Err(fault) => return Err(fault.into()),
    };
    let there = webhook.state == WebhookState::Active;
    let mut expired = Expired::default();
    let mut youngest_at = None;
    for Old { position, undelivered, made_at } in old(tx, &webhook, command)? {
        delete(tx, &webhook, position)?;
        expired.deleted += 1;
        if undelivered && there {
            expired.undelivered += 1;
            youngest_at = youngest_at.max(Some(made_at));
        }
    }
    if expired.undelivered > 0 {
        let alert = Alert::Expired(expired.undelivered);
        let about = About { alert, at: command.at, last: None, youngest_at };
        tell(tx, &mut webhook, about, &command.trail)?;
        note(tx, &webhook, expired.undelivered, command.at)?;
    }
    let oldest_at = oldest(tx, &webhook)?;
    queue::age(tx, webhook.id, oldest_at.map(|at| if there { at } else { Timestamp::EPOCH }))?;
    queue::reckon(tx, &webhook, command.at)?;
    Ok(Written::silent(expired))
}

/// One that is to go.
struct Old {
    position: EventPosition,
    /// Whether it was never delivered.
    undelivered: bool,
    made_at: Timestamp,
}

/// Those that are to go.
fn old(
    tx: &Transaction<'_>,
    webhook: &Webhook,
    command: &ExpireDeliveries,
) -> Result<Vec<Old>, Fault> {
    let all = webhook.state == WebhookState::Deleted;
    let sql = "SELECT epoch, ordinal, next_at IS NOT NULL, made_at FROM delivery
               WHERE webhook = ?1 ORDER BY epoch, ordinal LIMIT ?2";
    let read = || {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows =
            statement.query(params![webhook.id.as_u128().to_be_bytes(), command.limit])?;
        let mut old = Vec::new();
        while let Some(row) = rows.next()? {
            let made_at = Timestamp::from_millis(row.get(3)?);
            if !all && made_at > command.made_until {
                break;
            }
            let position = EventPosition { epoch: count(row, 0)?, ordinal: row.get(1)? };
            old.push(Old { position, undelivered: row.get(2)?, made_at });
        }
        Ok(old)
    };
    read().map_err(before_commit)
}

fn delete(tx: &Transaction<'_>, webhook: &Webhook, at: EventPosition) -> Result<(), Fault> {
    delivery::forget_attempts(tx, webhook.id, at, u32::MAX)?;
    let sql = "DELETE FROM delivery WHERE webhook = ?1 AND epoch = ?2 AND ordinal = ?3";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            let id = webhook.id.as_u128().to_be_bytes();
            statement.execute(params![id, integer(at.epoch), at.ordinal])
        })
        .map(drop)
        .map_err(before_commit)
}

fn oldest(tx: &Transaction<'_>, webhook: &Webhook) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT made_at FROM delivery WHERE webhook = ?1 ORDER BY epoch, ordinal LIMIT 1";
    let read = || {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query([webhook.id.as_u128().to_be_bytes()])?;
        rows.next()?.map(|row| row.get(0).map(Timestamp::from_millis)).transpose()
    };
    read().map_err(before_commit)
}

fn note(tx: &Transaction<'_>, webhook: &Webhook, many: u32, at: Timestamp) -> Result<(), Fault> {
    let sql = "UPDATE webhook_queue SET expired = expired + ?2, expired_at = ?3 WHERE webhook = ?1";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![webhook.id.as_u128().to_be_bytes(), many, at.as_millis()])
        })
        .map(drop)
        .map_err(before_commit)
}

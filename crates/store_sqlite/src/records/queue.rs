//! The queue of each webhook: its failures in a row, and when it has its turn.
//!
//! Whatever changes what waits for a webhook reckons its turn anew. Must not let one webhook have
//! every turn: who was served waits behind those that were not.

use domain::delivery::Streak;
use domain::ids::{AccountId, WebhookId};
use domain::time::Timestamp;
use domain::webhook::{Queue, SendOrder, Webhook, WebhookState, WebhookSwitch};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use store::command::{EventPosition, QueueStanding};
use store::fault::Fault;

use super::count;
use crate::faults::before_commit;

/// What is under way to a webhook: how many, and until when the first of them.
struct UnderWay {
    many: u64,
    first_until: Option<i64>,
}

/// Makes the queue of a webhook for whom something is put up at this instant.
pub(crate) fn open(tx: &Transaction<'_>, webhook: &Webhook, at: Timestamp) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached(
            "INSERT INTO webhook_queue (webhook, realm, environment, oldest_at)
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT (webhook) DO UPDATE
             SET oldest_at = coalesce(oldest_at, excluded.oldest_at)",
        )?
        .execute(params![
            webhook.id.as_u128().to_be_bytes(),
            webhook.place.realm.as_str(),
            webhook.place.environment.as_str(),
            at.as_millis(),
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// Reckons when the webhook has its turn; it had one at this instant, or something changed then.
pub(crate) fn reckon(tx: &Transaction<'_>, webhook: &Webhook, at: Timestamp) -> Result<(), Fault> {
    let under_way = under_way(tx, webhook.id)?;
    let due_at = if sends(webhook) { next_at(tx, webhook, &under_way)? } else { None };
    let due_at = due_at.map(|next_at| next_at.max(at.as_millis()));
    let sql = "UPDATE webhook_queue SET due_at = ?2, lease_until = ?3 WHERE webhook = ?1";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            let id = webhook.id.as_u128().to_be_bytes();
            statement.execute(params![id, due_at, under_way.first_until])
        })
        .map(drop)
        .map_err(before_commit)
}

/// Whether anything may be sent to a webhook.
pub(crate) fn sends(webhook: &Webhook) -> bool {
    webhook.state == WebhookState::Active
        && webhook.switch == WebhookSwitch::On
        && webhook.queue == Queue::Running
}

/// How many more may be taken in hand for a webhook.
pub(crate) fn room(tx: &Transaction<'_>, webhook: &Webhook) -> Result<u64, Fault> {
    Ok(most_at_once(tx, webhook)?.saturating_sub(under_way(tx, webhook.id)?.many))
}

fn most_at_once(tx: &Transaction<'_>, webhook: &Webhook) -> Result<u64, Fault> {
    match webhook.order {
        SendOrder::Sequential => Ok(1),
        SendOrder::Free => Ok(streak(tx, webhook.id)?.at_once().into()),
    }
}

fn under_way(tx: &Transaction<'_>, webhook: WebhookId) -> Result<UnderWay, Fault> {
    let sql = "SELECT count(*), min(claimed_until) FROM delivery INDEXED BY delivery_in_hand
               WHERE webhook = ?1 AND claimed_until IS NOT NULL";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row([webhook.as_u128().to_be_bytes()], |row| {
                Ok(UnderWay { many: count(row, 0)?, first_until: row.get(1)? })
            })
        })
        .map_err(before_commit)
}

fn next_at(
    tx: &Transaction<'_>,
    webhook: &Webhook,
    under_way: &UnderWay,
) -> Result<Option<i64>, Fault> {
    if under_way.many >= most_at_once(tx, webhook)? {
        return Ok(None);
    }
    match webhook.order {
        SendOrder::Sequential => Ok(head(tx, webhook.id)?.map(|(_, next_at)| next_at)),
        SendOrder::Free => {
            let sql = "SELECT next_at FROM delivery INDEXED BY delivery_by_turn
                       WHERE webhook = ?1 AND next_at IS NOT NULL AND claimed_until IS NULL
                       ORDER BY next_at, epoch, ordinal LIMIT 1";
            let id = webhook.id.as_u128().to_be_bytes();
            tx.prepare_cached(sql)
                .and_then(|mut statement| statement.query_row([id], |row| row.get(0)).optional())
                .map_err(before_commit)
        }
    }
}

/// The first event of a webhook that was not delivered, and when it is due in milliseconds. Only
/// the first was ever tried of a sequential one, so the second statement finds few rows.
pub(crate) fn head(
    tx: &Transaction<'_>,
    webhook: WebhookId,
) -> Result<Option<(EventPosition, i64)>, Fault> {
    let first = |sql: &str| {
        let mut statement = tx.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            let position = EventPosition { epoch: count(row, 0)?, ordinal: row.get(1)? };
            Ok((position, row.get(2)?))
        };
        statement.query_row([webhook.as_u128().to_be_bytes()], read).optional()
    };
    let untried = "SELECT epoch, ordinal, next_at FROM delivery INDEXED BY delivery_by_turn
                   WHERE webhook = ?1 AND next_at = 0 ORDER BY epoch, ordinal LIMIT 1";
    let failed = "SELECT epoch, ordinal, next_at FROM delivery INDEXED BY delivery_by_turn
                  WHERE webhook = ?1 AND next_at > 0 ORDER BY epoch, ordinal LIMIT 1";
    let (untried, failed) =
        (first(untried).map_err(before_commit)?, first(failed).map_err(before_commit)?);
    Ok(untried.into_iter().chain(failed).min_by_key(|(position, _)| *position))
}

/// The failures in a row of a webhook.
pub(crate) fn streak(connection: &Connection, webhook: WebhookId) -> Result<Streak, Fault> {
    let found = connection
        .prepare_cached("SELECT streak FROM webhook_queue WHERE webhook = ?1")
        .and_then(|mut statement| {
            let id = webhook.as_u128().to_be_bytes();
            statement.query_row([id], |row| row.get(0)).optional()
        })
        .map_err(before_commit)?;
    Ok(found.map(Streak::from_count).unwrap_or_default())
}

/// Writes the failures in a row of a webhook.
pub(crate) fn put_streak(
    tx: &Transaction<'_>,
    webhook: WebhookId,
    streak: Streak,
) -> Result<(), Fault> {
    let sql = "UPDATE webhook_queue SET streak = ?2 WHERE webhook = ?1 AND streak <> ?2";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![webhook.as_u128().to_be_bytes(), streak.count()])
        })
        .map(drop)
        .map_err(before_commit)
}

/// Lifts so many waits of a webhook at most, those of the oldest events first, and ends its streak; says
/// how many.
pub(crate) fn forgive(tx: &Transaction<'_>, webhook: WebhookId, limit: u32) -> Result<u32, Fault> {
    put_streak(tx, webhook, Streak::default())?;
    // The index is that of a table without rowid, so it has the events of a webhook in their order.
    let sql = "UPDATE delivery SET failures = 0, next_at = 0
               WHERE webhook = ?1 AND (epoch, ordinal) IN (
                   SELECT epoch, ordinal FROM delivery INDEXED BY delivery_penalized
                   WHERE webhook = ?1 AND failures > 0 AND next_at IS NOT NULL
                   ORDER BY epoch, ordinal LIMIT ?2)";
    let lifted = tx
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![webhook.as_u128().to_be_bytes(), limit])
        })
        .map_err(before_commit)?;
    Ok(u32::try_from(lifted).unwrap_or(u32::MAX))
}

/// How the queue of a webhook stands.
pub(crate) fn standing(
    connection: &Connection,
    webhook: WebhookId,
) -> Result<QueueStanding, Fault> {
    let sql = "SELECT streak, expired, expired_at,
               (SELECT count(*) FROM delivery INDEXED BY delivery_penalized
                WHERE webhook = ?1 AND failures > 0 AND next_at IS NOT NULL)
               FROM webhook_queue WHERE webhook = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(QueueStanding {
            streak: Streak::from_count(row.get(0)?),
            expired: count(row, 1)?,
            expired_at: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis),
            penalized: count(row, 3)?,
        })
    };
    let found = connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row([webhook.as_u128().to_be_bytes()], read).optional()
        })
        .map_err(before_commit)?;
    Ok(found.unwrap_or_default())
}

/// When the oldest of what is left was put up, if anything is.
pub(crate) fn age(
    tx: &Transaction<'_>,
    webhook: WebhookId,
    oldest_at: Option<Timestamp>,
) -> Result<(), Fault> {
    let sql = "UPDATE webhook_queue SET oldest_at = ?2 WHERE webhook = ?1";
    let oldest_at = oldest_at.map(Timestamp::as_millis);
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![webhook.as_u128().to_be_bytes(), oldest_at])
        })
        .map(drop)
        .map_err(before_commit)
}

/// The webhook was deleted: nothing is sent any more, and all of it is to go.
pub(crate) fn close(tx: &Transaction<'_>, webhook: WebhookId) -> Result<(), Fault> {
    let sql = "UPDATE webhook_queue SET due_at = NULL, oldest_at = 0 WHERE webhook = ?1";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.execute([webhook.as_u128().to_be_bytes()]))
        .map(drop)
        .map_err(before_commit)
}

/// As [`close`], for every webhook of an account.
pub(crate) fn close_all(tx: &Transaction<'_>, account: AccountId) -> Result<(), Fault> {
    let sql = "UPDATE webhook_queue SET due_at = NULL, oldest_at = 0
               WHERE webhook IN (SELECT id FROM webhook WHERE account = ?1 AND state = 0)";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.execute([account.to_bytes()]))
        .map(drop)
        .map_err(before_commit)
}

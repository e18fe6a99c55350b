//! Deliveries, their attempts and their rows.
//!
//! Must not decide when anything is sent; the queue does.

use domain::audit::EventKind;
use domain::delivery::Ending;
use domain::ids::{EventId, WebhookId};
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use store::command::{Delivery, DeliveryState, EventPosition, KeptAttempt, NewDelivery};
use store::fault::Fault;

use super::cells::Cells;
use super::integer;
use crate::faults::{Unreadable, before_commit};

/// The columns that `read` expects, in their order.
pub(crate) const SELECT: &str = "SELECT webhook, epoch, ordinal, event, kind, made_at, failures, \
     next_at, delivered_at, attempts, body, fence, claimed_until FROM delivery";

/// A delivery, and in whose hand it is.
pub(crate) struct Stored {
    pub(crate) delivery: Delivery,
    pub(crate) fence: u64,
    pub(crate) in_hand: bool,
}

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<Stored, Unreadable> {
    let cells = Cells::of(row);
    let small = |at: usize| {
        u32::try_from(cells.integer(at)?).map_err(|_| cells.unreadable(at, "it is no small count"))
    };
    let state = match (cells.optional_instant(7)?, small(6)?) {
        (None, _) => DeliveryState::Delivered { at: cells.instant(8)? },
        (Some(_), 0) => DeliveryState::Pending,
        (Some(next_at), failures) => DeliveryState::Waiting { failures, next_at },
    };
    let kind = EventKind::from_name(cells.text(4)?)
        .ok_or_else(|| cells.unreadable(4, "there is no such kind of event"))?;
    let delivery = Delivery {
        webhook: WebhookId::from_u128(cells.bits(0)?),
        position: EventPosition { epoch: cells.count(1)?, ordinal: small(2)? },
        event: EventId::from_u128(cells.bits(3)?),
        kind,
        made_at: cells.instant(5)?,
        state,
        attempts: small(9)?,
        body: cells.text(10)?.into(),
    };
    Ok(Stored { delivery, fence: cells.count(11)?, in_hand: !cells.is_null(12)? })
}

/// The delivery of a webhook at this position.
pub(crate) fn find(
    connection: &Connection,
    webhook: WebhookId,
    position: EventPosition,
) -> Result<Option<Stored>, Fault> {
    let sql = format!("{SELECT} WHERE webhook = ?1 AND epoch = ?2 AND ordinal = ?3");
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let EventPosition { epoch, ordinal } = position;
    let key = params![webhook.as_u128().to_be_bytes(), integer(epoch), ordinal];
    let mut rows = statement.query(key).map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(row)?)),
    }
}

/// Where the event with this id stands.
pub(crate) fn position_of(
    connection: &Connection,
    event: EventId,
) -> Result<Option<EventPosition>, Fault> {
    connection
        .prepare_cached("SELECT epoch, ordinal FROM event WHERE id = ?1")
        .and_then(|mut statement| {
            let id = event.as_u128().to_be_bytes();
            let read = |row: &Row<'_>| {
                Ok(EventPosition { epoch: super::count(row, 0)?, ordinal: row.get(1)? })
            };
            statement.query_row([id], read).optional()
        })
        .map_err(before_commit)
}

/// Writes a new delivery; says whether it was new.
pub(crate) fn insert(tx: &Transaction<'_>, new: &NewDelivery) -> Result<bool, Fault> {
    let NewDelivery { webhook, position, event, kind, body, made_at } = new;
    let write = || {
        tx.prepare_cached(
            "INSERT INTO delivery
             (webhook, epoch, ordinal, event, kind, made_at, failures, next_at, attempts, fence,
              body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0, ?7) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            webhook.as_u128().to_be_bytes(),
            integer(position.epoch),
            position.ordinal,
            event.as_u128().to_be_bytes(),
            kind.name(),
            made_at.as_millis(),
            body,
        ])
    };
    write().map(|written| written > 0).map_err(before_commit)
}

/// Writes where a delivery that is in nobody's hand any more stands.
pub(crate) fn update(tx: &Transaction<'_>, stored: &Stored) -> Result<(), Fault> {
    let Stored { delivery, fence, in_hand: _ } = stored;
    let (failures, next_at, delivered_at) = match delivery.state {
        DeliveryState::Pending => (0, Some(Timestamp::EPOCH), None),
        DeliveryState::Waiting { failures, next_at } => (failures, Some(next_at), None),
        DeliveryState::Delivered { at } => (0, None, Some(at)),
    };
    let write = || {
        tx.prepare_cached(
            "UPDATE delivery SET failures = ?4, next_at = ?5, delivered_at = ?6, attempts = ?7,
                    fence = ?8, claimed_until = NULL
             WHERE webhook = ?1 AND epoch = ?2 AND ordinal = ?3",
        )?
        .execute(params![
            delivery.webhook.as_u128().to_be_bytes(),
            integer(delivery.position.epoch),
            delivery.position.ordinal,
            failures,
            next_at.map(Timestamp::as_millis),
            delivered_at.map(Timestamp::as_millis),
            delivery.attempts,
            integer(*fence),
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// Takes what cannot be read out of the queue, so that it stops nobody; it goes in its time.
pub(crate) fn set_aside(
    tx: &Transaction<'_>,
    webhook: WebhookId,
    position: EventPosition,
) -> Result<(), Fault> {
    let sql = "UPDATE delivery SET next_at = NULL, delivered_at = 0, claimed_until = NULL
               WHERE webhook = ?1 AND epoch = ?2 AND ordinal = ?3";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            let id = webhook.as_u128().to_be_bytes();
            statement.execute(params![id, integer(position.epoch), position.ordinal])
        })
        .map(drop)
        .map_err(before_commit)
}

/// Keeps an attempt of a delivery.
pub(crate) fn insert_attempt(
    tx: &Transaction<'_>,
    of: &Delivery,
    attempt: &KeptAttempt,
) -> Result<(), Fault> {
    let KeptAttempt { number, at, took_ms, ending, answer } = attempt;
    let write = || {
        tx.prepare_cached(
            "INSERT INTO delivery_attempt
             (webhook, epoch, ordinal, number, at, took_ms, ending, answer)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            of.webhook.as_u128().to_be_bytes(),
            integer(of.position.epoch),
            of.position.ordinal,
            number,
            at.as_millis(),
            took_ms,
            ending.number(),
            answer,
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// Forgets the attempts of a delivery up to this number.
pub(crate) fn forget_attempts(
    tx: &Transaction<'_>,
    webhook: WebhookId,
    position: EventPosition,
    up_to: u32,
) -> Result<(), Fault> {
    let sql = "DELETE FROM delivery_attempt
               WHERE webhook = ?1 AND epoch = ?2 AND ordinal = ?3 AND number <= ?4";
    let EventPosition { epoch, ordinal } = position;
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            let webhook = webhook.as_u128().to_be_bytes();
            statement.execute(params![webhook, integer(epoch), ordinal, up_to])
        })
        .map(drop)
        .map_err(before_commit)
}

/// The attempts of a delivery that are kept, the latest last.
pub(crate) fn attempts(connection: &Connection, of: &Delivery) -> Result<Vec<KeptAttempt>, Fault> {
    let sql = "SELECT number, at, took_ms, ending, answer FROM delivery_attempt
               WHERE webhook = ?1 AND epoch = ?2 AND ordinal = ?3 ORDER BY number";
    let mut statement = connection.prepare_cached(sql).map_err(before_commit)?;
    let webhook = of.webhook.as_u128().to_be_bytes();
    let key = params![webhook, integer(of.position.epoch), of.position.ordinal];
    let mut rows = statement.query(key).map_err(before_commit)?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next().map_err(before_commit)? {
        attempts.extend(read_attempt(row).ok());
    }
    Ok(attempts)
}

fn read_attempt(row: &Row<'_>) -> Result<KeptAttempt, Unreadable> {
    let cells = Cells::of(row);
    let small = |at: usize| {
        u32::try_from(cells.integer(at)?).map_err(|_| cells.unreadable(at, "it is no small count"))
    };
    let number = u16::try_from(cells.integer(3)?).unwrap_or_default();
    let ending =
        Ending::from_number(number).map_err(|error| cells.unreadable(3, &error.to_string()))?;
    let (number, took_ms, answer) = (small(0)?, small(2)?, cells.blob(4)?.to_vec());
    Ok(KeptAttempt { number, at: cells.instant(1)?, took_ms, ending, answer })
}

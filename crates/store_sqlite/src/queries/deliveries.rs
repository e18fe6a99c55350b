//! The questions about deliveries, each short.
//!
//! Must not let one unreadable row hide the others: it is left out.

use domain::ids::{EventId, Place, WebhookId};
use domain::time::Timestamp;
use rusqlite::{Connection, ToSql, params};
use store::command::{
    AlertRow, Consumer, Delivery, DeliveryPage, EventPosition, KeptAttempt, ListDeliveries,
    PAGE_MAX, QueueStanding, Turns, WebhookRef,
};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{alert, count, delivery, integer, queue, webhook};

pub(crate) fn cursor(connection: &Connection, consumer: &Consumer) -> Result<EventPosition, Fault> {
    let sql = "SELECT epoch, ordinal FROM event_cursor WHERE consumer = ?1";
    let read =
        |row: &rusqlite::Row<'_>| Ok(EventPosition { epoch: count(row, 0)?, ordinal: row.get(1)? });
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([consumer.name()], read))
        .map_err(before_commit)
}

pub(crate) fn turns(connection: &Connection, place: &Place) -> Result<Turns, Fault> {
    let first = |sql: &str| -> rusqlite::Result<_> {
        let mut statement = connection.prepare_cached(sql)?;
        let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
        let first: Option<i64> =
            statement.query_row(params![realm, environment], |row| row.get(0))?;
        Ok(first.map(Timestamp::from_millis))
    };
    let due = "SELECT min(due_at) FROM webhook_queue INDEXED BY webhook_queue_by_turn
               WHERE realm = ?1 AND environment = ?2 AND due_at IS NOT NULL";
    let lapse = "SELECT min(lease_until) FROM webhook_queue INDEXED BY webhook_queue_by_lease
                 WHERE realm = ?1 AND environment = ?2 AND lease_until IS NOT NULL";
    let old = "SELECT min(oldest_at) FROM webhook_queue INDEXED BY webhook_queue_by_age
               WHERE realm = ?1 AND environment = ?2 AND oldest_at IS NOT NULL";
    let read =
        || Ok(Turns { due_at: first(due)?, lapses_at: first(lapse)?, oldest_at: first(old)? });
    read().map_err(before_commit)
}

pub(crate) fn list_expiring(
    connection: &Connection,
    (place, made_until, limit): &(Place, Timestamp, u32),
) -> Result<Vec<WebhookId>, Fault> {
    let sql = "SELECT webhook FROM webhook_queue INDEXED BY webhook_queue_by_age
               WHERE realm = ?1 AND environment = ?2 AND oldest_at <= ?3
               ORDER BY oldest_at LIMIT ?4";
    let read = || {
        let mut statement = connection.prepare_cached(sql)?;
        let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
        let parameters = params![realm, environment, made_until.as_millis(), limit];
        let ids = statement.query_map(parameters, |row| {
            let bits: [u8; 16] = row.get(0)?;
            Ok(WebhookId::from_u128(u128::from_be_bytes(bits)))
        })?;
        ids.collect::<Result<_, _>>()
    };
    read().map_err(before_commit)
}

pub(crate) fn list_deliveries(
    connection: &Connection,
    question: &ListDeliveries,
) -> Result<DeliveryPage, Fault> {
    let ListDeliveries { webhook: wanted, after, limit } = question;
    let mut page = DeliveryPage { items: Vec::new(), next: None };
    let WebhookRef { place, account, webhook } = wanted;
    if webhook::find_active(connection, place, *account, *webhook)?.is_none() {
        return Ok(page);
    }
    let limit = (*limit).clamp(1, PAGE_MAX) as usize;
    let sql = format!(
        "{} WHERE webhook = ?1 AND (epoch, ordinal) > (?2, ?3) ORDER BY epoch, ordinal",
        delivery::SELECT
    );
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let id = webhook.as_u128().to_be_bytes();
    let parameters = params![id, integer(after.epoch), after.ordinal];
    let mut rows = statement.query(parameters).map_err(before_commit)?;
    while let Some(row) = rows.next().map_err(before_commit)? {
        let Ok(stored) = delivery::read(row) else { continue };
        if page.items.len() == limit {
            page.next = page.items.last().map(|last: &Delivery| last.position);
            break;
        }
        page.items.push(stored.delivery);
    }
    Ok(page)
}

pub(crate) fn find_delivery(
    connection: &Connection,
    (wanted, event): &(WebhookRef, EventId),
) -> Result<Option<(Delivery, Vec<KeptAttempt>)>, Fault> {
    let WebhookRef { place, account, webhook } = wanted;
    if webhook::find_active(connection, place, *account, *webhook)?.is_none() {
        return Ok(None);
    }
    let Some(position) = delivery::position_of(connection, *event)? else { return Ok(None) };
    let Some(found) = delivery::find(connection, *webhook, position)? else { return Ok(None) };
    let attempts = delivery::attempts(connection, &found.delivery)?;
    Ok(Some((found.delivery, attempts)))
}

pub(crate) fn queue_standing(
    connection: &Connection,
    webhook: &WebhookId,
) -> Result<QueueStanding, Fault> {
    queue::standing(connection, *webhook)
}

pub(crate) fn list_alerts(
    connection: &Connection,
    (after, limit): &(u64, u32),
) -> Result<Vec<AlertRow>, Fault> {
    let sql = format!("{} WHERE epoch > ?1 ORDER BY epoch", alert::SELECT);
    alerts(connection, &sql, params![integer(*after)], *limit)
}

pub(crate) fn list_alerts_of(
    connection: &Connection,
    (webhook, after, limit): &(WebhookId, u64, u32),
) -> Result<Vec<AlertRow>, Fault> {
    let sql = format!(
        "{} INDEXED BY webhook_alert_by_webhook WHERE webhook = ?1 AND epoch > ?2 ORDER BY epoch",
        alert::SELECT
    );
    let webhook = webhook.as_u128().to_be_bytes();
    alerts(connection, &sql, params![webhook, integer(*after)], *limit)
}

/// The first of these that can be read.
fn alerts(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    limit: u32,
) -> Result<Vec<AlertRow>, Fault> {
    let limit = limit.clamp(1, PAGE_MAX) as usize;
    let read = || {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut alerts = Vec::new();
        while alerts.len() < limit {
            let Some(row) = rows.next()? else { break };
            alerts.extend(alert::read(row).ok());
        }
        Ok(alerts)
    };
    read().map_err(before_commit)
}

//! The questions about letters, each short.
//!
//! Must not let one unreadable row hide the others: it is left out.

use domain::ids::Place;
use domain::time::Timestamp;
use rusqlite::{Connection, params};
use store::command::{
    AlertRow, Cause, CausePage, EventPosition, LettersStanding, ListEvents, PAGE_MAX,
};
use store::fault::Fault;

use super::list_events;
use crate::faults::before_commit;
use crate::records::{alert, count, integer};

pub(crate) fn list_causes(
    connection: &Connection,
    (after, limit): &(EventPosition, u32),
) -> Result<CausePage, Fault> {
    let limit = (*limit).clamp(1, PAGE_MAX);
    // Both lists have to be of one moment: nothing may appear behind the end of the page.
    let moment = connection.unchecked_transaction().map_err(before_commit)?;
    let events = list_events::run(&moment, &ListEvents { limit, ..ListEvents::after(*after) })?;
    let alerts = alerts(&moment, *after, limit).map_err(before_commit)?;
    moment.finish().map_err(before_commit)?;
    let known_to = match (events.more, alerts.more) {
        (false, false) => events.end.max(alerts.end),
        (true, false) => events.end,
        (false, true) => alerts.end,
        (true, true) => events.end.min(alerts.end),
    };
    let events_and_alerts = events.items.into_iter().map(Cause::Event);
    let mut items: Vec<Cause> =
        events_and_alerts.chain(alerts.items.into_iter().map(Cause::Alert)).collect();
    items.retain(|cause| cause.position() <= known_to);
    items.sort_by_key(Cause::position);
    let cut = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().map(Cause::position).filter(|_| cut);
    let more = cut || events.more || alerts.more;
    Ok(CausePage { items, end: last.unwrap_or(known_to), more })
}

/// Alerts behind a position, and where they end.
struct Alerts {
    items: Vec<AlertRow>,
    end: EventPosition,
    more: bool,
}

fn alerts(connection: &Connection, after: EventPosition, limit: u32) -> rusqlite::Result<Alerts> {
    let sql = format!("{} WHERE epoch > ?1 ORDER BY epoch LIMIT ?2", alert::SELECT);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![integer(after.epoch), limit])?;
    let mut found = Alerts { items: Vec::new(), end: after, more: false };
    let mut looked_at = 0;
    while let Some(row) = rows.next()? {
        looked_at += 1;
        found.end = EventPosition { epoch: count(row, 0)?, ordinal: 0 };
        found.items.extend(alert::read(row).ok());
    }
    found.more = looked_at == limit;
    Ok(found)
}

pub(crate) fn next_letter_at(
    connection: &Connection,
    place: &Place,
) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT min(next_at) FROM letter_copy INDEXED BY letter_copy_by_turn
               WHERE realm = ?1 AND environment = ?2 AND next_at IS NOT NULL";
    let read = |row: &rusqlite::Row<'_>| row.get::<_, Option<i64>>(0);
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![place.realm.as_str(), place.environment.as_str()], read)
        })
        .map(|next_at| next_at.map(Timestamp::from_millis))
        .map_err(before_commit)
}

pub(crate) fn letters_standing(
    connection: &Connection,
    place: &Place,
) -> Result<LettersStanding, Fault> {
    let sql = "SELECT count(next_at), count(sent_at), count(given_up_at), min(next_at),
               count(CASE WHEN next_at IS NOT NULL AND failures > 0 THEN 1 END)
               FROM letter_copy WHERE realm = ?1 AND environment = ?2";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(LettersStanding {
            open: count(row, 0)?,
            sent: count(row, 1)?,
            given_up: count(row, 2)?,
            next_at: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis),
            failing: count(row, 4)?,
        })
    };
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![place.realm.as_str(), place.environment.as_str()], read)
        })
        .map_err(before_commit)
}

//! Events and their rows.
//!
//! Must not decide what is told: commands bring the events.

use domain::audit::{Event, EventKind};
use domain::exposure::Exposure;
use domain::ids::{EventId, KeyId};
use domain::key_snapshot::KeySnapshot;
use rusqlite::{Row, Transaction, params};
use store::command::{EventPosition, EventRow};

use super::cells::Cells;
use super::{integer, read_place};
use crate::faults::Unreadable;

/// The columns that `read` expects, in their order.
pub(crate) const SELECT: &str = "SELECT epoch, ordinal, id, at, kind, realm, environment, account, \
     key, shown, exposure FROM event";

/// Where a row of `SELECT` stands.
pub(crate) fn position(row: &Row<'_>) -> rusqlite::Result<EventPosition> {
    Ok(EventPosition { epoch: super::count(row, 0)?, ordinal: row.get(1)? })
}

/// The bytes of the account that a row of `SELECT` is about; `None` where they cannot be read.
pub(crate) fn account<'r>(row: &'r Row<'_>) -> Option<&'r [u8]> {
    row.get_ref(7).ok()?.as_blob().ok()
}

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<EventRow, Unreadable> {
    let cells = Cells::of(row);
    let position = position(row).map_err(|error| cells.unreadable(0, &error.to_string()))?;
    let kind = EventKind::from_name(cells.text(4)?)
        .ok_or_else(|| cells.unreadable(4, "there is no such kind of event"))?;
    let event = Event {
        id: EventId::from_u128(cells.bits(2)?),
        at: cells.instant(3)?,
        kind,
        place: read_place(cells, 5, 6)?,
        account: cells.account_id(7)?,
        key: KeyId::from_u128(cells.bits(8)?),
        exposure: exposure(cells)?,
    };
    let key = match cells.optional_text(9)? {
        None => None,
        Some(text) => Some(
            KeySnapshot::from_compact(text)
                .map_err(|error| cells.unreadable(9, &error.to_string()))?,
        ),
    };
    Ok(EventRow { position, event, key })
}

fn exposure(cells: Cells<'_>) -> Result<Option<Exposure>, Unreadable> {
    let Some(text) = cells.optional_text(10)? else { return Ok(None) };
    let exposure = Exposure::from_compact(text);
    exposure.map(Some).map_err(|error| cells.unreadable(10, &error.to_string()))
}

/// Writes an event of the change that took this epoch, with its key as the change left it.
pub(crate) fn insert(
    tx: &Transaction<'_>,
    position: EventPosition,
    event: &Event,
    key: Option<&KeySnapshot>,
) -> rusqlite::Result<()> {
    let Event { id, at, kind, place, account, key: key_id, exposure } = event;
    tx.prepare_cached(
        "INSERT INTO event
         (epoch, ordinal, id, at, kind, realm, environment, account, key, shown, exposure)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        integer(position.epoch),
        position.ordinal,
        id.as_u128().to_be_bytes(),
        at.as_millis(),
        kind.name(),
        place.realm.as_str(),
        place.environment.as_str(),
        account.to_bytes(),
        key_id.as_u128().to_be_bytes(),
        key.map(KeySnapshot::to_compact),
        exposure.as_ref().map(Exposure::to_compact),
    ])?;
    Ok(())
}

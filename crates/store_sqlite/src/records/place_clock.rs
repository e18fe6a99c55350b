//! Clocks of places and their rows.
//!
//! Must not know what a clock may do: the rules say so.

use domain::clock::{ClockOffset, PlaceClock};
use domain::ids::Place;
use rusqlite::{Connection, Row, Transaction, params};
use store::fault::Fault;

use super::cells::Cells;
use super::{integer, read_place};
use crate::faults::{Unreadable, before_commit};

/// The columns that `read` expects, in their order.
pub(crate) const SELECT: &str = "SELECT realm, environment, offset_ms, epoch FROM place_clock";

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<PlaceClock, Unreadable> {
    let cells = Cells::of(row);
    Ok(PlaceClock {
        place: read_place(cells, 0, 1)?,
        offset: ClockOffset::from_millis(cells.integer(2)?)
            .ok_or_else(|| cells.unreadable(2, "a clock never runs behind"))?,
        epoch: cells.count(3)?,
    })
}

/// The clock of this place, if it was ever moved.
pub(crate) fn find(connection: &Connection, place: &Place) -> Result<Option<PlaceClock>, Fault> {
    let sql = format!("{SELECT} WHERE realm = ?1 AND environment = ?2");
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let names = params![place.realm.as_str(), place.environment.as_str()];
    let mut rows = statement.query(names).map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(row)?)),
    }
}

/// Puts a clock in the place of its older self.
pub(crate) fn put(tx: &Transaction<'_>, clock: &PlaceClock) -> Result<(), Fault> {
    let PlaceClock { place, offset, epoch } = clock;
    let write = || {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO place_clock (realm, environment, offset_ms, epoch)
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            place.realm.as_str(),
            place.environment.as_str(),
            offset.as_millis(),
            integer(*epoch),
        ])
    };
    write().map(drop).map_err(before_commit)
}

//! Records and their rows: how each value is written and read back.
//!
//! Must not trust a row: whatever cannot be what it should be is `Unreadable`, never a guess.

pub(crate) mod account;
pub(crate) mod alert;
pub(crate) mod audit;
pub(crate) mod cells;
pub(crate) mod delivery;
pub(crate) mod event;
pub(crate) mod key;
pub(crate) mod key_state;
pub(crate) mod key_step;
pub(crate) mod label;
pub(crate) mod letter;
pub(crate) mod operator_key;
pub(crate) mod place_clock;
pub(crate) mod place_guard;
pub(crate) mod queue;
pub(crate) mod secret;
pub(crate) mod webhook;

use domain::ids::{EnvironmentName, Place, RealmName};
use domain::ip_list::IpList;
use rusqlite::Row;

use crate::faults::Unreadable;
use cells::Cells;

/// A count as SQLite holds it. Epochs never come near the end of 63 bits.
pub(crate) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Reads a count back; a negative one is out of range.
pub(crate) fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    let count: i64 = row.get(at)?;
    u64::try_from(count).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, count))
}

/// A list of addresses as stored: rules joined by commas, empty for any.
pub(crate) fn ip_list_text(list: &IpList) -> String {
    list.to_texts().join(",")
}

fn read_ip_list(cells: Cells<'_>, at: usize) -> Result<IpList, Unreadable> {
    let text = cells.text(at)?;
    let entries = text.split(',').filter(|_| !text.is_empty());
    IpList::parse(entries).map_err(|error| cells.unreadable(at, &error.to_string()))
}

fn read_place(cells: Cells<'_>, realm: usize, environment: usize) -> Result<Place, Unreadable> {
    Ok(Place {
        realm: RealmName::parse(cells.text(realm)?)
            .map_err(|error| cells.unreadable(realm, &error.to_string()))?,
        environment: EnvironmentName::parse(cells.text(environment)?)
            .map_err(|error| cells.unreadable(environment, &error.to_string()))?,
    })
}

//! The clocks that were moved, in the order of their places' names.
//!
//! Must not pass over one that cannot be read: a place that went back in time would let pass what it
//! had refused.

use domain::clock::PlaceClock;
use rusqlite::Connection;
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::place_clock;

pub(crate) fn run(connection: &Connection, _: &()) -> Result<Vec<PlaceClock>, Fault> {
    let sql = format!("{} ORDER BY realm, environment", place_clock::SELECT);
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let mut rows = statement.query([]).map_err(before_commit)?;
    let mut clocks = Vec::new();
    while let Some(row) = rows.next().map_err(before_commit)? {
        clocks.push(place_clock::read(row)?);
    }
    Ok(clocks)
}

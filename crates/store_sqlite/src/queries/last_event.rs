//! Where the last event stands.
//!
//! Must not read the event itself: one that cannot be read stands somewhere too.

use rusqlite::{Connection, OptionalExtension as _};
use store::command::EventPosition;
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::event;

pub(crate) fn run(connection: &Connection, (): &()) -> Result<EventPosition, Fault> {
    let sql = "SELECT epoch, ordinal FROM event ORDER BY epoch DESC, ordinal DESC LIMIT 1";
    let found = connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([], event::position).optional())
        .map_err(before_commit)?;
    Ok(found.unwrap_or(EventPosition::START))
}

//! How many audit entries and events there are.
//!
//! Must not be asked often: it counts all of them.

use rusqlite::Connection;
use store::fault::Fault;
use store::port::TrailCount;

use crate::faults::before_commit;
use crate::records::count;

pub(crate) fn run(connection: &Connection, (): &()) -> Result<TrailCount, Fault> {
    let sql = "SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM event)";
    connection
        .query_row(sql, [], |row| Ok(TrailCount { audit: count(row, 0)?, events: count(row, 1)? }))
        .map_err(before_commit)
}

//! How many keys of a place will ever be looked at again, up to a number.
//!
//! Must not count on behind that number: the index is as long as there are keys.

use domain::ids::Place;
use rusqlite::{Connection, params};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{count, integer};

pub(crate) fn run(connection: &Connection, (place, most): &(Place, u64)) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM key INDEXED BY key_to_look_at
         WHERE realm = ?1 AND environment = ?2 AND look_at IS NOT NULL AND state < 20 LIMIT ?3)";
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![realm, environment, integer(*most)], |row| count(row, 0))
        })
        .map_err(before_commit)
}

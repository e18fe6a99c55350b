//! How many keys of a place will ever be looked at again, up to a number.
//!
//! Must not count on behind that number: the index is as long as there are keys.

use domain::ids::Place;
use rusqlite::{Connection, params};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{count, integer};

const SQL: &str = "SELECT count(*) FROM (SELECT 1 FROM key INDEXED BY key_to_look_at
     WHERE realm = ?1 AND environment = ?2 AND look_at IS NOT NULL AND state < 20 LIMIT ?3)";

pub(crate) fn run(connection: &Connection, (place, most): &(Place, u64)) -> Result<u64, Fault> {
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    connection
        .prepare_cached(SQL)
        .and_then(|mut statement| {
            statement.query_row(params![realm, environment, integer(*most)], |row| count(row, 0))
        })
        .map_err(before_commit)
}

#[cfg(test)]
mod tests {
    use crate::queries::plan::plan;

    #[test]
    fn keys_are_counted_along_the_index_of_their_place_and_no_further_than_asked() {
        let steps = plan(super::SQL);
        let count = "SEARCH key USING INDEX key_to_look_at (realm=? AND environment=?";
        // The other step passes through what was counted, which the limit ends.
        let (searches, others): (Vec<_>, Vec<_>) =
            steps.iter().partition(|step| step.starts_with(count));
        let bounded = |step: &&String| step.contains("subquery");
        assert!(searches.len() == 1 && others.iter().all(bounded), "{steps:?}");
    }
}

//! What is kept of a place against a clock that is wrong: the row of its ageing.
//!
//! Must not decide anything: what is held up by it, others say.

use domain::ids::Place;
use domain::time::Timestamp;
use domain::watch::Watch;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use store::command::{Approval, PlaceGuard};
use store::fault::Fault;

use super::integer;
use crate::faults::before_commit;

/// What is kept of this place; nothing where there is no row.
pub(crate) fn find(connection: &Connection, place: &Place) -> Result<PlaceGuard, Fault> {
    let sql = "SELECT latest_at, approved_keys, approved_until, seen_at, rests_until
               FROM place_aging WHERE realm = ?1 AND environment = ?2";
    let read = |row: &rusqlite::Row<'_>| {
        let instant = |at: usize| -> rusqlite::Result<_> {
            Ok(row.get::<_, Option<i64>>(at)?.map(Timestamp::from_millis))
        };
        let keys = row.get::<_, Option<i64>>(1)?.and_then(|keys| u64::try_from(keys).ok());
        Ok(PlaceGuard {
            latest_at: instant(0)?,
            approval: keys.zip(instant(2)?).map(|(keys, until)| Approval { keys, until }),
            watch: Watch { seen_at: instant(3)?, rests_until: instant(4)? },
        })
    };
    let found = connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
            statement.query_row(params![realm, environment], read).optional()
        })
        .map_err(before_commit)?;
    Ok(found.unwrap_or_default())
}

/// Puts it in the place of what was kept before.
pub(crate) fn put(tx: &Transaction<'_>, place: &Place, guard: &PlaceGuard) -> Result<(), Fault> {
    let PlaceGuard { latest_at, approval, watch } = guard;
    let millis = |at: &Option<Timestamp>| at.map(Timestamp::as_millis);
    let sql = "INSERT INTO place_aging
               (realm, environment, latest_at, approved_keys, approved_until, seen_at, rests_until)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (realm, environment) DO UPDATE SET latest_at = ?3, approved_keys = ?4,
               approved_until = ?5, seen_at = ?6, rests_until = ?7";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![
                place.realm.as_str(),
                place.environment.as_str(),
                millis(latest_at),
                approval.map(|approval| integer(approval.keys)),
                approval.map(|approval| approval.until.as_millis()),
                millis(&watch.seen_at),
                millis(&watch.rests_until),
            ])
        })
        .map(drop)
        .map_err(before_commit)
}

//! Keys whose ageing has to be looked at by now.
//!
//! It goes along the index of these instants, so that it costs what is due. Must not let one
//! unreadable row hide those behind it.

use domain::lifecycle::StepDone;
use rusqlite::{Connection, Row, params};
use store::command::{AGED_AT_ONCE, DueKey, DueKeys, DuePage, DuePosition};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{account, integer, key, key_step};

/// Behind the columns of a key: when it is looked at, and its place in the order of making.
const LOOK_AT: usize = 28;
const MADE: usize = 29;

pub(crate) fn run(connection: &Connection, question: &DueKeys) -> Result<DuePage, Fault> {
    let DueKeys { place, until, after, limit } = question;
    let limit = (*limit).clamp(1, AGED_AT_ONCE);
    let sql = sql();
    let (look_at, made) =
        after.map_or((-1, 0), |after| (after.look_at.as_millis(), integer(after.made)));
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    let read = || {
        let mut statement = connection.prepare_cached(&sql)?;
        let until = until.as_millis();
        // One more shows whether there is a next page.
        let mut rows =
            statement.query(params![realm, environment, until, look_at, made, limit + 1])?;
        let (mut page, mut looked_at) = (DuePage { items: Vec::new(), next: None }, 0);
        let mut end = *after;
        while let Some(row) = rows.next()? {
            if looked_at == limit {
                page.next = end;
                break;
            }
            looked_at += 1;
            end = Some(position(row)?);
            page.items.extend(due_key(connection, row)?);
        }
        Ok(page)
    };
    read().map_err(before_commit)
}

fn sql() -> String {
    format!(
        "{} INDEXED BY key_to_look_at
         WHERE realm = ?1 AND environment = ?2 AND look_at IS NOT NULL AND state < 20
         AND look_at <= ?3 AND (look_at, made_epoch) > (?4, ?5)
         ORDER BY look_at, made_epoch LIMIT ?6",
        key::SELECT
    )
}

fn position(row: &Row<'_>) -> rusqlite::Result<DuePosition> {
    let look_at = domain::time::Timestamp::from_millis(row.get(LOOK_AT)?);
    Ok(DuePosition { look_at, made: crate::records::count(row, MADE)? })
}

/// The key with all that its ageing depends on; `None` if any of it cannot be read.
fn due_key(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Option<DueKey>> {
    let Ok(key) = key::read(row) else { return Ok(None) };
    let Some(branding) = account::branding(connection, key.owner)? else { return Ok(None) };
    let Some(kept) = key_step::of(connection, key.id)? else { return Ok(None) };
    let since = key.idle_since();
    let done = kept.into_iter().filter(|kept| kept.idle_since == since).map(|kept| kept.done);
    let done: Vec<StepDone> = done.collect();
    Ok(Some(DueKey { key, branding, done }))
}

#[cfg(test)]
mod tests {
    use crate::queries::plan::plan;

    #[test]
    fn what_is_due_is_found_along_its_index_and_nothing_else_is_looked_at() {
        let steps = plan(&super::sql());
        let way = "SEARCH key USING INDEX key_to_look_at (realm=? AND environment=? AND look_at";
        assert!(steps.len() == 1 && steps[0].starts_with(way), "{steps:?}");
    }
}

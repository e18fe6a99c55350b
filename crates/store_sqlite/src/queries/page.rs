//! What both lists have in common: a cursor becomes a position, and rows become a page.
//!
//! Must not let one unreadable row hide the others: it is left out here, and told of by the load.

use rusqlite::{Connection, Params, Row};
use store::command::{NoSuchCursor, PAGE_MAX, Page};
use store::fault::{Failure, Fault, Outcome};

use crate::faults::{Unreadable, before_commit};

/// The position of the item after which a page begins; `sql` finds it if it is in the list.
pub(super) fn position(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Outcome<i64, NoSuchCursor> {
    let mut statement = connection.prepare_cached(sql).map_err(before_commit)?;
    let mut rows = statement.query(parameters).map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Err(Failure::Rejected(NoSuchCursor)),
        Some(row) => Ok(row.get(0).map_err(before_commit)?),
    }
}

/// Reads a page of at most this many items; `sql` yields them in order, without an end.
pub(super) fn read<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    limit: u32,
    read: impl Fn(&Row<'_>) -> Result<T, Unreadable>,
) -> Result<Page<T>, Fault> {
    let limit = limit.min(PAGE_MAX) as usize;
    let mut statement = connection.prepare_cached(sql).map_err(before_commit)?;
    let mut rows = statement.query(parameters).map_err(before_commit)?;
    let mut items = Vec::with_capacity(limit);
    while let Some(row) = rows.next().map_err(before_commit)? {
        let Ok(item) = read(row) else { continue };
        if items.len() == limit {
            return Ok(Page { items, more: true });
        }
        items.push(item);
    }
    Ok(Page { items, more: false })
}

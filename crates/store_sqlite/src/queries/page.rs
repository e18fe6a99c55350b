//! What both lists have in common: rows become a page.
//!
//! Must not let one unreadable row hide the others: it is left out here, and told of by the load.

use rusqlite::{Connection, Params, Row};
use store::command::{PAGE_MAX, Page, Position};
use store::fault::Fault;

use crate::faults::{Unreadable, before_commit};
use crate::records::count;

/// Reads a page of at most this many items; `sql` yields rows in order, without an end, and the
/// position of each as its last column.
pub(super) fn read<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    limit: u32,
    read: impl Fn(&Row<'_>) -> Result<T, Unreadable>,
) -> Result<Page<T>, Fault> {
    let limit = limit.clamp(1, PAGE_MAX) as usize;
    let mut statement = connection.prepare_cached(sql).map_err(before_commit)?;
    let last_column = statement.column_count() - 1;
    let mut rows = statement.query(parameters).map_err(before_commit)?;
    let mut items = Vec::with_capacity(limit);
    let mut end = Position::START;
    while let Some(row) = rows.next().map_err(before_commit)? {
        let Ok(item) = read(row) else { continue };
        if items.len() == limit {
            return Ok(Page { items, next: Some(end) });
        }
        items.push(item);
        end = Position(count(row, last_column).map_err(before_commit)?);
    }
    Ok(Page { items, next: None })
}

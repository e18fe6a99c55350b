//! A page of keys, in the order of their making, without the deleted ones.
//!
//! A filter may hold for none of a million keys, so the end of the rows that are looked at is found
//! first, by counting. Must not show what belongs to another place or owner, whatever the position.

use domain::ids::{AccountId, Place};
use domain::key::Key;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use store::command::{ListKeys, PAGE_MAX, Page, Position};
use store::fault::Fault;

use super::key_clauses::Clauses;
use crate::faults::before_commit;
use crate::records::{count, integer, key};

pub(crate) fn run(connection: &Connection, question: &ListKeys) -> Result<Page<Key>, Fault> {
    // One snapshot for the end and the page.
    let snapshot = connection.unchecked_transaction().map_err(before_commit)?;
    let ListKeys { place, owner, filter, now, after, limit, rows_max } = question;
    let (index, mut clauses) = of_list(place, *owner, *after);
    let limit = (*limit).clamp(1, PAGE_MAX);
    // Without a filter the page is full before it has looked at many.
    let end = if filter.conditions().is_empty() && *rows_max > limit {
        None
    } else {
        end(&snapshot, index, &clauses, *rows_max)?
    };
    if let Some(Position(end)) = end {
        clauses.and("made_epoch <= ?", [Value::Integer(integer(end))]);
    }
    clauses.and_filter(filter, *now);
    let sql = format!(
        "{} INDEXED BY {index} WHERE state < 30{} ORDER BY made_epoch",
        key::SELECT,
        clauses.sql
    );
    // Not kept: there are too many combinations of conditions.
    let mut statement = snapshot.prepare(&sql).map_err(before_commit)?;
    let last_column = statement.column_count() - 1;
    let mut rows = statement.query(params_from_iter(clauses.values)).map_err(before_commit)?;
    let mut items = Vec::new();
    let mut last = *after;
    while let Some(row) = rows.next().map_err(before_commit)? {
        // A row that cannot be read must not hide the others.
        let Ok(key) = key::read(row) else { continue };
        if !filter.matches(&key, *now) {
            continue;
        }
        if items.len() == limit as usize {
            return Ok(Page { items, next: Some(last) });
        }
        items.push(key);
        last = Position(count(row, last_column).map_err(before_commit)?);
    }
    Ok(Page { items, next: end })
}

/// The rows of the list, and the index that has them in order.
fn of_list(place: &Place, owner: Option<AccountId>, after: Position) -> (&'static str, Clauses) {
    let mut clauses = Clauses::default();
    let names = [place.realm.as_str(), place.environment.as_str()];
    clauses.and("realm = ? AND environment = ?", names.map(|name| Value::Text(name.to_owned())));
    clauses.and("made_epoch > ?", [Value::Integer(integer(after.0))]);
    match owner {
        None => ("key_by_place", clauses),
        Some(owner) => {
            clauses.and("owner = ?", [Value::Blob(owner.to_bytes())]);
            ("key_of_owner", clauses)
        }
    }
}

/// The last row that may be looked at, where there are as many.
fn end(
    connection: &Connection,
    index: &str,
    clauses: &Clauses,
    rows_max: u32,
) -> Result<Option<Position>, Fault> {
    let sql = format!(
        "SELECT made_epoch FROM key INDEXED BY {index} WHERE state < 30{}
         ORDER BY made_epoch LIMIT 1 OFFSET {}",
        clauses.sql,
        rows_max.max(1) - 1
    );
    let find = || {
        let mut statement = connection.prepare_cached(&sql)?;
        let parameters = params_from_iter(&clauses.values);
        statement.query_row(parameters, |row| count(row, 0)).optional()
    };
    Ok(find().map_err(before_commit)?.map(Position))
}

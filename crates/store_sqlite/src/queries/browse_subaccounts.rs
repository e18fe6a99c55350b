//! A slice of the active sub-accounts of one account, in the order of their making, and their count.
//!
//! Must not let one unreadable row hide the others: it is left out, although it is counted.

use domain::account::Account;
use rusqlite::{Connection, ToSql, params_from_iter};
use store::command::{BrowseSubaccounts, PAGE_MAX, Slice};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{account, count, integer};

pub(crate) fn run(
    connection: &Connection,
    question: &BrowseSubaccounts,
) -> Result<Slice<Account>, Fault> {
    // One snapshot for the count and the slice.
    let snapshot = connection.unchecked_transaction().map_err(before_commit)?;
    read(&snapshot, question).map_err(before_commit)
}

fn read(connection: &Connection, question: &BrowseSubaccounts) -> rusqlite::Result<Slice<Account>> {
    let BrowseSubaccounts { place, parent, labels, name_part, offset, limit } = question;
    let mut filter = "INDEXED BY account_by_parent WHERE parent = ? AND kind = 1 AND state = 0
         AND realm = ? AND environment = ? AND instr(name, ?) > 0"
        .to_owned();
    let mut values: Vec<Box<dyn ToSql>> = vec![
        Box::new(parent.to_bytes()),
        Box::new(place.realm.as_str()),
        Box::new(place.environment.as_str()),
        Box::new(name_part.as_str()),
    ];
    for (name, value) in labels {
        // Nothing of a label is in the text of the statement.
        filter.push_str(
            " AND EXISTS (SELECT 1 FROM account_label AS label
                 WHERE label.account = account.id AND label.name = ? AND label.value = ?)",
        );
        values.push(Box::new(name.as_str()));
        values.push(Box::new(value.as_str()));
    }
    let sql = format!("SELECT count(*) FROM account {filter}");
    let mut statement = connection.prepare_cached(&sql)?;
    let total = statement.query_row(params_from_iter(&values), |row| count(row, 0))?;

    let sql = format!("{} {filter} ORDER BY made_epoch LIMIT ? OFFSET ?", account::SELECT);
    values.push(Box::new(integer(u64::from((*limit).min(PAGE_MAX)))));
    values.push(Box::new(integer(u64::from(*offset))));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.extend(account::read(row).ok());
    }
    Ok(Slice { items, total })
}

//! A page of audit entries, the newest first.
//!
//! Goes along the primary key, so that no index has to be written with each change. Must not let one
//! unreadable row hide those behind it: it is left out, and the page ends behind it all the same.

use rusqlite::{Connection, params};
use store::command::{AuditPage, ListAudit};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{audit, count, integer};

fn sql() -> String {
    format!("{} WHERE epoch < ?1 ORDER BY epoch DESC", audit::SELECT)
}

pub(crate) fn run(connection: &Connection, question: &ListAudit) -> Result<AuditPage, Fault> {
    let ListAudit { before, rows_max } = *question;
    let sql = sql();
    let read = || {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![before.map_or(i64::MAX, integer)])?;
        let mut page = AuditPage { items: Vec::new(), next: None };
        let (mut looked_at, mut end) = (0, None);
        while let Some(row) = rows.next()? {
            if looked_at == rows_max.max(1) {
                page.next = end;
                break;
            }
            looked_at += 1;
            end = Some(count(row, 0)?);
            page.items.extend(audit::read(row).ok());
        }
        Ok(page)
    };
    read().map_err(before_commit)
}

#[cfg(test)]
mod tests {
    use super::super::plan::plan;

    #[test]
    fn entries_are_found_along_their_key_and_never_sorted() {
        let steps = plan(&super::sql());
        assert_eq!(steps, ["SEARCH audit USING INTEGER PRIMARY KEY (rowid<?)"]);
    }
}

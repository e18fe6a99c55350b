//! A page of events, in the order in which they were written.
//!
//! Must not let one unreadable row hide those behind it: it is left out, and the page ends behind it
//! all the same.

use rusqlite::{Connection, params};
use store::command::{EventPage, ListEvents, PAGE_MAX};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{event, integer};

pub(crate) fn run(connection: &Connection, question: &ListEvents) -> Result<EventPage, Fault> {
    let ListEvents { place, account, after, limit, rows_max } = question;
    let (limit, rows_max) = ((*limit).clamp(1, PAGE_MAX) as usize, (*rows_max).max(1));
    let sql =
        format!("{} WHERE (epoch, ordinal) > (?1, ?2) ORDER BY epoch, ordinal", event::SELECT);
    let read = || {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![integer(after.epoch), after.ordinal])?;
        let mut page = EventPage { items: Vec::new(), end: *after, more: false };
        let mut looked_at = 0;
        while let Some(row) = rows.next()? {
            if looked_at == rows_max || page.items.len() == limit {
                page.more = true;
                break;
            }
            looked_at += 1;
            page.end = event::position(row)?;
            let meant = |row: &store::command::EventRow| {
                place.as_ref().is_none_or(|place| row.event.place == *place)
                    && account.is_none_or(|account| row.event.account == account)
            };
            page.items.extend(event::read(row).ok().filter(meant));
        }
        Ok(page)
    };
    read().map_err(before_commit)
}

//! A page of events, in the order in which they were written.
//!
//! Must not let one unreadable row hide those behind it: it is left out, and the page ends behind it
//! all the same.

use std::collections::HashMap;

use rusqlite::{Connection, params};
use store::command::{EventPage, EventRow, ListEvents, PAGE_MAX, Whose};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{event, integer};

pub(crate) fn run(connection: &Connection, question: &ListEvents) -> Result<EventPage, Fault> {
    let ListEvents { place, whose, after, limit, rows_max } = question;
    let (limit, rows_max) = ((*limit).clamp(1, PAGE_MAX) as usize, (*rows_max).max(1));
    let sql =
        format!("{} WHERE (epoch, ordinal) > (?1, ?2) ORDER BY epoch, ordinal", event::SELECT);
    let read = || {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![integer(after.epoch), after.ordinal])?;
        let mut page = EventPage { items: Vec::new(), end: *after, more: false };
        let (mut looked_at, mut webhooks) = (0, Webhooks::default());
        while let Some(row) = rows.next()? {
            if looked_at == rows_max || page.items.len() == limit {
                page.more = true;
                break;
            }
            looked_at += 1;
            page.end = event::position(row)?;
            // Before the row is taken apart, which costs more.
            if *whose == Whose::ToldWebhooks && !webhooks.are_of(connection, event::account(row))? {
                continue;
            }
            let meant = |row: &EventRow| {
                place.as_ref().is_none_or(|place| row.event.place == *place)
                    && match whose {
                        Whose::Anybodys | Whose::ToldWebhooks => true,
                        Whose::Of(account) => row.event.account == *account,
                    }
            };
            page.items.extend(event::read(row).ok().filter(meant));
        }
        Ok(page)
    };
    read().map_err(before_commit)
}

/// Which accounts have webhooks, as far as it was asked.
#[derive(Default)]
struct Webhooks(HashMap<Box<[u8]>, bool>);

impl Webhooks {
    /// Whether the account with these bytes has any; one that cannot be read has none.
    fn are_of(
        &mut self,
        connection: &Connection,
        account: Option<&[u8]>,
    ) -> rusqlite::Result<bool> {
        let Some(account) = account else { return Ok(false) };
        if let Some(known) = self.0.get(account) {
            return Ok(*known);
        }
        let sql = "SELECT 1 FROM webhook INDEXED BY webhook_by_account
                   WHERE account = ?1 AND state = 0";
        let found = connection.prepare_cached(sql)?.exists([account])?;
        self.0.insert(account.into(), found);
        Ok(found)
    }
}

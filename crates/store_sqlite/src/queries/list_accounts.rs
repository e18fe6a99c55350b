//! A page of accounts, in the order of their making.
//!
//! Must not take a cursor from another place or another parent's list.

use domain::account::Account;
use rusqlite::{Connection, params};
use store::command::{ListAccounts, NoSuchCursor, Page};
use store::fault::Outcome;

use super::page;
use crate::faults::before_commit;
use crate::records::account;

pub(crate) fn run(
    connection: &Connection,
    question: &ListAccounts,
) -> Outcome<Page<Account>, NoSuchCursor> {
    // One snapshot for the cursor and the page.
    let snapshot = connection.unchecked_transaction().map_err(before_commit)?;
    let ListAccounts { place, parent, after, limit } = question;
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    let parent = parent.map(|parent| parent.to_bytes());
    let position = match after {
        // Epochs begin at one.
        None => 0,
        Some(id) => {
            let sql = "SELECT made_epoch FROM account WHERE id = ?1 AND realm = ?2
                       AND environment = ?3 AND (?4 IS NULL OR parent = ?4)";
            let id = id.to_bytes();
            page::position(&snapshot, sql, params![id, realm, environment, parent])?
        }
    };
    let page = match parent {
        None => {
            let sql = format!(
                "{} INDEXED BY account_by_place WHERE realm = ?1 AND environment = ?2
                 AND made_epoch > ?3 AND state = 0 ORDER BY made_epoch",
                account::SELECT
            );
            let parameters = params![realm, environment, position];
            page::read(&snapshot, &sql, parameters, *limit, account::read)?
        }
        Some(parent) => {
            let sql = format!(
                "{} INDEXED BY account_by_parent WHERE realm = ?1 AND environment = ?2
                 AND made_epoch > ?3 AND parent = ?4 AND state = 0
                 ORDER BY made_epoch",
                account::SELECT
            );
            let parameters = params![realm, environment, position, parent];
            page::read(&snapshot, &sql, parameters, *limit, account::read)?
        }
    };
    Ok(page)
}

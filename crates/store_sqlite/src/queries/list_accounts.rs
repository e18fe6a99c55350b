//! A page of accounts, in the order of their making.
//!
//! Must not show what belongs to another place or another parent, whatever the position.

use domain::account::Account;
use rusqlite::{Connection, params};
use store::command::{ListAccounts, Page};
use store::fault::Fault;

use super::page;
use crate::records::{account, integer};

pub(crate) fn run(
    connection: &Connection,
    question: &ListAccounts,
) -> Result<Page<Account>, Fault> {
    let ListAccounts { place, parent, after, limit } = question;
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    let after = integer(after.0);
    match parent.map(|parent| parent.to_bytes()) {
        None => {
            let sql = format!(
                "{} INDEXED BY account_by_place WHERE realm = ?1 AND environment = ?2
                 AND made_epoch > ?3 AND state = 0 ORDER BY made_epoch",
                account::SELECT
            );
            let parameters = params![realm, environment, after];
            page::read(connection, &sql, parameters, *limit, account::read)
        }
        Some(parent) => {
            let sql = format!(
                "{} INDEXED BY account_by_parent WHERE realm = ?1 AND environment = ?2
                 AND made_epoch > ?3 AND parent = ?4 AND state = 0
                 ORDER BY made_epoch",
                account::SELECT
            );
            let parameters = params![realm, environment, after, parent];
            page::read(connection, &sql, parameters, *limit, account::read)
        }
    }
}

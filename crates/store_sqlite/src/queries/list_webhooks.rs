//! The webhooks of an account, in the order of their making, without the deleted ones.
//!
//! Must not let one unreadable row hide the others: it is left out.

use domain::ids::{AccountId, Place};
use domain::webhook::Webhook;
use rusqlite::{Connection, params};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::webhook;

pub(crate) fn run(
    connection: &Connection,
    (place, account): &(Place, AccountId),
) -> Result<Vec<Webhook>, Fault> {
    let sql = format!(
        "{} INDEXED BY webhook_by_account
         WHERE account = ?1 AND realm = ?2 AND environment = ?3 AND state = 0
         ORDER BY made_epoch, ordinal",
        webhook::SELECT
    );
    let read = || {
        let mut statement = connection.prepare_cached(&sql)?;
        let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
        let mut rows = statement.query(params![account.to_bytes(), realm, environment])?;
        let mut webhooks = Vec::new();
        while let Some(row) = rows.next()? {
            webhooks.extend(webhook::read(row).ok());
        }
        Ok(webhooks)
    };
    read().map_err(before_commit)
}

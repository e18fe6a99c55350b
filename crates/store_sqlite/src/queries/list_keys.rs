//! A page of keys, in the order of their making, without the deleted ones.
//!
//! Must not take a cursor from another place or another owner's list. A key that was deleted
//! meanwhile still marks its position.

use domain::key::Key;
use domain::time::Timestamp;
use rusqlite::{Connection, params};
use store::command::{ListKeys, NoSuchCursor, Page};
use store::fault::Outcome;

use super::page;
use crate::faults::before_commit;
use crate::records::key;

/// What works or could be enabled again at the instant that is asked for, if one is.
const LIVE: &str = "(?4 IS NULL OR (state < 20 AND (expires_at IS NULL OR expires_at > ?4)))";

pub(crate) fn run(
    connection: &Connection,
    question: &ListKeys,
) -> Outcome<Page<Key>, NoSuchCursor> {
    // One snapshot for the cursor and the page.
    let snapshot = connection.unchecked_transaction().map_err(before_commit)?;
    let ListKeys { place, owner, live_at, after, limit } = question;
    let live_at = live_at.map(Timestamp::as_millis);
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    let owner = owner.map(|owner| owner.to_bytes());
    let position = match after {
        // Epochs begin at one.
        None => 0,
        Some(id) => {
            let sql = "SELECT made_epoch FROM key WHERE id = ?1 AND realm = ?2
                       AND environment = ?3 AND (?4 IS NULL OR owner = ?4)";
            let id = id.as_u128().to_be_bytes();
            page::position(&snapshot, sql, params![id, realm, environment, owner])?
        }
    };
    let page = match owner {
        None => {
            let sql = format!(
                "{} INDEXED BY key_by_place WHERE realm = ?1 AND environment = ?2
                 AND made_epoch > ?3 AND state < 30 AND {LIVE} ORDER BY made_epoch",
                key::SELECT
            );
            page::read(
                &snapshot,
                &sql,
                params![realm, environment, position, live_at],
                *limit,
                key::read,
            )?
        }
        Some(owner) => {
            let sql = format!(
                "{} INDEXED BY key_by_owner WHERE realm = ?1 AND environment = ?2
                 AND made_epoch > ?3 AND owner = ?5 AND state < 30 AND {LIVE}
                 ORDER BY made_epoch",
                key::SELECT
            );
            let parameters = params![realm, environment, position, live_at, owner];
            page::read(&snapshot, &sql, parameters, *limit, key::read)?
        }
    };
    Ok(page)
}

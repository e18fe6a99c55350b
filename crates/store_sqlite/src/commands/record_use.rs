//! Keeps the latest use of each key and secret, and starts the clock of an old secret when the new
//! one is first used.
//!
//! A key that was taken out of force for lack of use is not used any more: a use that was under way
//! meanwhile came too late. Must not take an epoch or write a trail: a use is no change, and what it starts was told of with
//! the rotation. An earlier use never replaces a later one, and unknown
//! keys are passed over.

use std::convert::Infallible;

use domain::ids::KeyId;
use domain::key::Key;
use rusqlite::{OptionalExtension as _, Transaction, params};
use store::command::KeyUse;
use store::fault::{Fault, Outcome};
use store::port::Change;

use super::Written;
use crate::faults::before_commit;
use crate::records::{key, secret};

pub(crate) fn run(tx: &Transaction<'_>, uses: &[KeyUse]) -> Outcome<Written<()>, Infallible> {
    let mut in_order: Vec<&KeyUse> = uses.iter().collect();
    // The clock starts with the first of them.
    in_order.sort_by_key(|used| used.at);
    let mut written = Written::silent(());
    for used in in_order {
        if note(tx, used)?
            && let Some(mut key) = key_of(tx, used.key)?
            && key.start_clock(used.at)
        {
            secret::update(tx, &key)?;
            written.changes.push(Change::Key(Box::new(key)));
        }
    }
    Ok(written)
}

/// Notes a use; says whether the old secret of the key waited for it.
fn note(tx: &Transaction<'_>, used: &KeyUse) -> Result<bool, Fault> {
    let KeyUse { key, kid, at } = used;
    let sql = "UPDATE key SET
        last_used_at = CASE WHEN kid = ?2
            THEN max(coalesce(last_used_at, 0), ?3) ELSE last_used_at END,
        earlier_used_at = CASE WHEN kid = ?2
            THEN earlier_used_at ELSE max(coalesce(earlier_used_at, 0), ?3) END,
        previous_used_at = CASE WHEN previous_kid = ?2
            THEN max(coalesce(previous_used_at, 0), ?3) ELSE previous_used_at END
        WHERE id = ?1 AND state NOT IN (11, 21) RETURNING kid = ?2 AND previous_overlap_s IS NOT NULL";
    let (id, kid) = (key.as_u128().to_be_bytes(), kid.as_u128().to_be_bytes());
    let waited = tx
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![id, kid, at.as_millis()], |row| row.get(0)).optional()
        })
        .map_err(before_commit)?;
    Ok(waited.unwrap_or(false))
}

/// The key, if it can be read: one that cannot is refused as it is.
fn key_of(tx: &Transaction<'_>, id: KeyId) -> Result<Option<Key>, Fault> {
    let sql = format!("{} WHERE id = ?1", key::SELECT);
    let read = || {
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query(params![id.as_u128().to_be_bytes()])?;
        Ok(rows.next()?.and_then(|row| key::read(row).ok()))
    };
    read().map_err(before_commit)
}

//! Erases what is kept of replaced secrets that open nothing any more, and replaced tokens of
//! webhooks that go along no more.
//!
//! A row that cannot be read is passed over. Must not take an epoch or write a trail: nobody does
//! anything here, and what has ended ended before. Must not do more than it was asked for, and must
//! not mind being asked twice.

use std::convert::Infallible;

use domain::key::Key;
use rusqlite::{Transaction, params};
use store::command::{EraseSecrets, ErasedWhere};
use store::fault::{Fault, Outcome};
use store::port::Change;

use super::Written;
use crate::faults::before_commit;
use crate::records::{key, secret, webhook};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &EraseSecrets,
) -> Outcome<Written<u32>, Infallible> {
    let mut written = Written::silent(0);
    for mut key in ended(tx, command)? {
        if key.drop_ended_secret(command.at) {
            secret::update(tx, &key)?;
            written.changes.push(Change::Key(Box::new(key)));
            written.answer += 1;
        }
    }
    written.answer +=
        webhook::erase_ended(tx, command, command.limit.saturating_sub(written.answer))?;
    Ok(written)
}

fn ended(tx: &Transaction<'_>, command: &EraseSecrets) -> Result<Vec<Key>, Fault> {
    // The expression is that of the index, to the letter.
    let sql = format!(
        "{} INDEXED BY key_by_secret_end WHERE previous_kid IS NOT NULL AND
         CASE WHEN state >= 20 THEN 0
         ELSE min(coalesce(previous_ends_at, 9223372036854775807),
                  coalesce(expires_at, 9223372036854775807)) END <= ?1
         AND (?2 IS NULL OR realm = ?2) AND (?3 IS NULL OR environment = ?3)",
        key::SELECT
    );
    let (realm, environment) = match &command.place {
        ErasedWhere::Everywhere => (None, None),
        ErasedWhere::In(place) => (Some(place.realm.as_str()), Some(place.environment.as_str())),
    };
    let read = || {
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query(params![command.at.as_millis(), realm, environment])?;
        let mut keys = Vec::new();
        while keys.len() < command.limit as usize {
            let Some(row) = rows.next()? else { break };
            keys.extend(key::read(row).ok());
        }
        Ok(keys)
    };
    read().map_err(before_commit)
}

//! Has keys of a place looked at anew where its policy is not the one that is kept.
//!
//! Must not take an epoch or write a trail: nothing of any key changes but when somebody looks at
//! it. Must not do more at a time than it was asked for.

use std::convert::Infallible;

use domain::ids::Place;
use rusqlite::{OptionalExtension as _, Transaction, params};
use store::command::RelookKeys;
use store::fault::Outcome;

use super::Written;
use crate::faults::before_commit;

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &RelookKeys,
) -> Outcome<Written<bool>, Infallible> {
    let RelookKeys { place, policy, at, limit } = command;
    let begin = match kept(tx, place).map_err(before_commit)? {
        Some((kept, begin)) if kept.as_ref() == Some(policy) => match begin {
            Some(begin) => begin,
            None => return Ok(Written::silent(false)),
        },
        Some(_) | None => 0,
    };
    let relook = || -> rusqlite::Result<Option<i64>> {
        let keys = next_keys(tx, place, begin, (*limit).max(1))?;
        let sql = "UPDATE key SET look_at = min(coalesce(look_at, ?2), ?2)
                   WHERE made_epoch = ?1 AND state < 20";
        let mut update = tx.prepare_cached(sql)?;
        for key in &keys {
            update.execute(params![key, at.as_millis()])?;
        }
        let more = keys.len() >= (*limit).max(1) as usize;
        let end = keys.last().copied().filter(|_| more);
        keep(tx, place, policy, end)?;
        Ok(end)
    };
    let more = relook().map_err(before_commit)?.is_some();
    Ok(Written::silent(more))
}

/// The policy that is kept, and up to where its keys were made due.
type Kept = Option<(Option<String>, Option<i64>)>;

fn kept(tx: &Transaction<'_>, place: &Place) -> rusqlite::Result<Kept> {
    let sql = "SELECT policy, relooked_to FROM place_aging WHERE realm = ?1 AND environment = ?2";
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    tx.prepare_cached(sql)?
        .query_row(params![realm, environment], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn next_keys(
    tx: &Transaction<'_>,
    place: &Place,
    begin: i64,
    limit: u32,
) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT made_epoch FROM key INDEXED BY key_by_place
               WHERE realm = ?1 AND environment = ?2 AND state < 30 AND made_epoch > ?3
               ORDER BY made_epoch LIMIT ?4";
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![realm, environment, begin, limit], |row| row.get(0))?;
    rows.collect()
}

fn keep(
    tx: &Transaction<'_>,
    place: &Place,
    policy: &str,
    end: Option<i64>,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO place_aging (realm, environment, policy, relooked_to)
               VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (realm, environment) DO UPDATE SET policy = ?3, relooked_to = ?4";
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    tx.prepare_cached(sql)?.execute(params![realm, environment, policy, end])?;
    Ok(())
}

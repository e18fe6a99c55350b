//! Keeps the latest use of each key.
//!
//! Must not take an epoch or write a trail: a use is no change. An earlier use never replaces a
//! later one, and unknown keys are passed over.

use std::convert::Infallible;

use rusqlite::{Transaction, params};
use store::command::KeyUse;
use store::fault::Outcome;

use super::Written;
use crate::faults::before_commit;

pub(crate) fn run(tx: &Transaction<'_>, uses: &Vec<KeyUse>) -> Outcome<Written<()>, Infallible> {
    let sql = "UPDATE key SET last_used_at = max(coalesce(last_used_at, 0), ?2) WHERE id = ?1";
    let mut statement = tx.prepare_cached(sql).map_err(before_commit)?;
    for KeyUse { key, at } in uses {
        let id = key.as_u128().to_be_bytes();
        statement.execute(params![id, at.as_millis()]).map_err(before_commit)?;
    }
    Ok(Written::silent(()))
}

//! Tells that others saw a key, once for each cause and day, and switches it off where that is wanted.
//!
//! Must not touch what the key is judged by where it is left on, or is off already.

use domain::exposure::ExposureCause;
use domain::key::{DisabledCause, KeyState};
use rusqlite::{OptionalExtension as _, Transaction, params};
use store::command::{ChangeKeyRejection, ExposeKey, ExposedKey, Telling};
use store::fault::{Fault, Outcome};
use store::port::Change;

use super::{Written, rewrite};
use crate::faults::before_commit;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &ExposeKey,
) -> Outcome<Written<ExposedKey>, ChangeKeyRejection> {
    let ExposeKey { place, key, cause, day, at, told, switched_off } = command;
    let mut key = rewrite::changeable(tx, place, *key, *at)?;
    let id = key.id.as_u128().to_be_bytes();
    let switched_off = switched_off.as_ref().filter(|_| key.state == KeyState::Enabled);
    if switched_off.is_some() {
        // Before it is told, so that whoever hears of it hears that it is off.
        key.state = KeyState::Disabled(DisabledCause::Manual);
    }
    let days = *day..=day.saturating_add(1);
    let telling = if last_day(tx, &id, *cause)?.is_some_and(|last| days.contains(&last)) {
        Telling::Before
    } else {
        let epoch = epoch::next(tx)?;
        trail::write(tx, epoch, told, [&key])?;
        keep_day(tx, &id, *cause, *day).map_err(before_commit)?;
        Telling::Now
    };
    let mut changes = Vec::new();
    if let Some(trail) = switched_off {
        key = rewrite::written(tx, key, *at, trail)?.answer;
        changes.push(Change::Key(Box::new(key.clone())));
    }
    Ok(Written { answer: ExposedKey { key, telling }, changes })
}

fn last_day(
    tx: &Transaction<'_>,
    key: &[u8; 16],
    cause: ExposureCause,
) -> Result<Option<i64>, Fault> {
    let sql = "SELECT day FROM key_exposure WHERE key = ?1 AND cause = ?2";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![key, cause.name()], |row| row.get(0)).optional()
        })
        .map_err(before_commit)
}

fn keep_day(
    tx: &Transaction<'_>,
    key: &[u8; 16],
    cause: ExposureCause,
    day: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO key_exposure (key, cause, day) VALUES (?1, ?2, ?3)
               ON CONFLICT (key, cause) DO UPDATE SET day = ?3";
    tx.prepare_cached(sql)?.execute(params![key, cause.name(), day])?;
    Ok(())
}

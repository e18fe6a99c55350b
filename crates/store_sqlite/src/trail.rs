//! Audit entries and events, written in the transaction of the change they tell of.
//!
//! Must not be written for what changes nothing.

use domain::audit::{AuditEntry, Event};
use rusqlite::{Transaction, params};
use store::command::Trail;
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::integer;

/// Writes what tells of the change that took this epoch.
pub(crate) fn write(tx: &Transaction<'_>, epoch: u64, trail: &Trail) -> Result<(), Fault> {
    write_audit(tx, epoch, &trail.audit).map_err(before_commit)?;
    for (ordinal, event) in (0_u64..).zip(&trail.events) {
        write_event(tx, epoch, ordinal, event).map_err(before_commit)?;
    }
    Ok(())
}

fn write_audit(tx: &Transaction<'_>, epoch: u64, entry: &AuditEntry) -> rusqlite::Result<()> {
    let AuditEntry { id, at, actor, action, place, target, request_id } = entry;
    tx.prepare_cached(
        "INSERT INTO audit
         (epoch, id, at, actor, action, realm, environment, target, request_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        integer(epoch),
        id.as_u128().to_be_bytes(),
        at.as_millis(),
        actor.to_string(),
        action.name(),
        place.as_ref().map(|place| place.realm.as_str()),
        place.as_ref().map(|place| place.environment.as_str()),
        target,
        request_id.as_u128().to_be_bytes(),
    ])?;
    Ok(())
}

fn write_event(
    tx: &Transaction<'_>,
    epoch: u64,
    ordinal: u64,
    event: &Event,
) -> rusqlite::Result<()> {
    let Event { id, at, kind, place, account, key } = event;
    tx.prepare_cached(
        "INSERT INTO event
         (epoch, ordinal, id, at, kind, realm, environment, account, key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        integer(epoch),
        integer(ordinal),
        id.as_u128().to_be_bytes(),
        at.as_millis(),
        kind.name(),
        place.realm.as_str(),
        place.environment.as_str(),
        account.to_bytes(),
        key.as_u128().to_be_bytes(),
    ])?;
    Ok(())
}

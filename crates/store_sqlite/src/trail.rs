//! Audit entries and events, written in the transaction of the change they tell of.
//!
//! Must not be written for what changes nothing.

use domain::audit::AuditEntry;
use domain::key::Key;
use rusqlite::{Transaction, params};
use store::command::{EventPosition, Trail};
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::{event, integer};

/// Writes what tells of the change that took this epoch and left these keys as they are here.
pub(crate) fn write<'k>(
    tx: &Transaction<'_>,
    epoch: u64,
    trail: &Trail,
    keys: impl IntoIterator<Item = &'k Key>,
) -> Result<(), Fault> {
    write_audit(tx, epoch, &trail.audit).map_err(before_commit)?;
    for (ordinal, (told, key)) in (0..).zip(trail.told(keys)) {
        let position = EventPosition { epoch, ordinal };
        event::insert(tx, position, told, key.as_ref()).map_err(before_commit)?;
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

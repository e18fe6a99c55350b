//! Audit entries as rows.
//!
//! Must not decide what is told: commands bring the entries.

use domain::audit::{Action, Actor, AuditEntry};
use domain::ids::{AuditId, Place, RequestId};
use rusqlite::Row;
use store::command::AuditRow;

use super::cells::Cells;
use super::read_place;
use crate::faults::Unreadable;

/// The columns that `read` expects, in their order.
pub(crate) const SELECT: &str =
    "SELECT epoch, id, at, actor, action, realm, environment, target, request_id FROM audit";

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<AuditRow, Unreadable> {
    let cells = Cells::of(row);
    let action = Action::from_name(cells.text(4)?)
        .ok_or_else(|| cells.unreadable(4, "there is no such action"))?;
    let entry = AuditEntry {
        id: AuditId::from_u128(cells.bits(1)?),
        at: cells.instant(2)?,
        actor: cells.parsed(3, Actor::parse)?,
        action,
        place: place(cells)?,
        target: cells.text(7)?.to_owned(),
        request_id: RequestId::from_u128(cells.bits(8)?),
    };
    Ok(AuditRow { epoch: cells.count(0)?, entry })
}

fn place(cells: Cells<'_>) -> Result<Option<Place>, Unreadable> {
    match cells.optional_text(5)? {
        None => Ok(None),
        Some(_) => read_place(cells, 5, 6).map(Some),
    }
}

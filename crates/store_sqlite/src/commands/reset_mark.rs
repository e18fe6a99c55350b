//! Sets back the latest instant at which keys of a place took steps.
//!
//! Must not move it forward, nor write anything where it is not ahead.

use rusqlite::Transaction;
use store::command::{MarkNotAhead, PlaceGuard, ResetMark};
use store::fault::{Failure, Outcome};

use super::Written;
use crate::records::place_guard;
use crate::{epoch, trail};

pub(crate) fn run(tx: &Transaction<'_>, command: &ResetMark) -> Outcome<Written<()>, MarkNotAhead> {
    let ResetMark { place, at, trail } = command;
    let guard = place_guard::find(tx, place)?;
    if guard.latest_at.is_none_or(|latest| latest <= *at) {
        return Err(Failure::Rejected(MarkNotAhead));
    }
    trail::write(tx, epoch::next(tx)?, trail, [])?;
    place_guard::put(tx, place, &PlaceGuard { latest_at: Some(*at), approval: None, ..guard })?;
    Ok(Written::silent(()))
}

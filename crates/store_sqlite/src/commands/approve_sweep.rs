//! Admits keys of a place to take steps at once.
//!
//! Must not let anything take a step itself.

use std::convert::Infallible;

use rusqlite::Transaction;
use store::command::{ApproveSweep, PlaceGuard};
use store::fault::Outcome;

use super::Written;
use crate::records::place_guard;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &ApproveSweep,
) -> Outcome<Written<()>, Infallible> {
    let ApproveSweep { place, approval, trail } = command;
    trail::write(tx, epoch::next(tx)?, trail, [])?;
    let guard = PlaceGuard { approval: Some(*approval), ..place_guard::find(tx, place)? };
    place_guard::put(tx, place, &guard)?;
    Ok(Written::silent(()))
}

//! Moves the clock of a place forward.
//!
//! Must not move one back, nor write anything where nothing changes.

use domain::clock::{ClockOffset, ClockRejection, PlaceClock};
use rusqlite::Transaction;
use store::command::MoveClock;
use store::fault::{Failure, Outcome};
use store::port::Change;

use super::Written;
use crate::records::place_clock;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &MoveClock,
) -> Outcome<Written<PlaceClock>, ClockRejection> {
    let MoveClock { place, to, at, trail } = command;
    let old = place_clock::find(tx, place)?.unwrap_or_else(|| PlaceClock {
        place: place.clone(),
        offset: ClockOffset::NONE,
        epoch: 0,
    });
    let offset = old.offset.moved(*at, *to).map_err(Failure::Rejected)?;
    if offset == old.offset {
        return Ok(Written::silent(old));
    }
    let epoch = epoch::next(tx)?;
    let new = PlaceClock { offset, epoch, ..old };
    place_clock::put(tx, &new)?;
    trail::write(tx, epoch, trail, [])?;
    Ok(Written { changes: vec![Change::Clock(new.clone())], answer: new })
}

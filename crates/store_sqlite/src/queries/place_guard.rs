//! What is kept of a place against a clock that is wrong.

use domain::ids::Place;
use rusqlite::Connection;
use store::command::PlaceGuard;
use store::fault::Fault;

use crate::records::place_guard;

pub(crate) fn run(connection: &Connection, place: &Place) -> Result<PlaceGuard, Fault> {
    place_guard::find(connection, place)
}

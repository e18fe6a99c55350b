//! One key, in whatever state.
//!
//! Must not find a key of another place.

use domain::ids::{KeyId, Place};
use domain::key::Key;
use rusqlite::Connection;
use store::fault::Fault;

use crate::records::key;

pub(crate) fn run(
    connection: &Connection,
    (place, id): &(Place, KeyId),
) -> Result<Option<Key>, Fault> {
    key::find(connection, place, *id)
}

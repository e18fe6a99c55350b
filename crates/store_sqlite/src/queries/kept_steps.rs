//! The steps that are kept of some keys.
//!
//! A key with a step that cannot be read shows none. Must not look at the keys themselves.

use domain::ids::KeyId;
use rusqlite::Connection;
use store::command::KeptStep;
use store::fault::Fault;

use crate::faults::before_commit;
use crate::records::key_step;

pub(crate) fn run(connection: &Connection, keys: &Vec<KeyId>) -> Result<Vec<KeptStep>, Fault> {
    // One look for all: each by itself would lock the log and let it go.
    let moment = connection.unchecked_transaction().map_err(before_commit)?;
    let mut steps = Vec::new();
    for key in keys {
        steps.extend(key_step::of(&moment, *key).map_err(before_commit)?.into_iter().flatten());
    }
    moment.finish().map_err(before_commit)?;
    Ok(steps)
}

//! What a year has left behind: the events in the database, what came to receivers, and letters.
//!
//! Reads the database as a stranger would, from a copy. Must not use the server's own code for that.

use std::collections::BTreeMap;
use std::path::Path;

use domain::time::Timestamp;
use rusqlite::{Connection, OpenFlags};

/// An event of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// The day on which it happened, in the time of its place.
    pub(crate) day: String,
    pub(crate) kind: String,
    /// The name of its key.
    pub(crate) key: &'static str,
    /// Under which id receivers know it.
    pub(crate) id: String,
}

/// Something that a receiver was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Whose receiver it came to: how the names of its keys begin.
    pub(crate) to: &'static str,
    pub(crate) id: String,
    /// The event, with the reason where there is one.
    pub(crate) what: String,
    /// The id of the key.
    pub(crate) key: String,
    /// All that was sent.
    pub(crate) body: String,
}

/// A letter that a mail server took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The day that it bears.
    pub(crate) day: String,
    /// Whom it went to: how the names of that account's keys begin.
    pub(crate) to: String,
    /// Its `Message-ID`.
    pub(crate) id: String,
    /// The names of the keys that it tells of, in the order of the alphabet.
    pub(crate) keys: Vec<&'static str>,
    /// All of it.
    pub(crate) text: String,
}

/// A year.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lived {
    /// In their order.
    pub(crate) events: Vec<Event>,
    /// In the order in which they came, for each receiver.
    pub(crate) calls: Vec<Call>,
    /// In the order in which they came.
    pub(crate) letters: Vec<Letter>,
    /// The texts of the keys, which nobody may be shown.
    pub(crate) secrets: Vec<String>,
    /// The names of the keys, by their ids.
    pub(crate) names: BTreeMap<String, &'static str>,
}

/// The events of these keys.
pub(crate) fn events(data: &Path, names: &BTreeMap<String, &'static str>) -> Vec<Event> {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["chaveiro.db", "chaveiro.db-wal"] {
        if data.join(name).exists() {
            std::fs::copy(data.join(name), folder.path().join(name)).expect("copied");
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let copy = Connection::open_with_flags(folder.path().join("chaveiro.db"), flags);
    read(&copy.expect("a database"), names).expect("the tables that are known")
}

fn read(
    connection: &Connection,
    names: &BTreeMap<String, &'static str>,
) -> rusqlite::Result<Vec<Event>> {
    let mut rows = connection.prepare(
        "SELECT lower(hex(key)), at, kind, lower(hex(id)), epoch FROM event ORDER BY epoch, ordinal",
    )?;
    let rows = rows.query_map([], |row| {
        let (key, at): (String, i64) = (row.get(0)?, row.get(1)?);
        let (kind, id, epoch): (String, String, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
        Ok((key, at, kind, format!("evt_{id}&{epoch}")))
    })?;
    let mut events = Vec::new();
    for row in rows {
        let (key, at, kind, id) = row?;
        let Some(key) = names.get(&key) else { continue };
        let day = Timestamp::from_millis(at).to_rfc3339()[..10].to_owned();
        events.push(Event { day, kind, key, id });
    }
    Ok(events)
}

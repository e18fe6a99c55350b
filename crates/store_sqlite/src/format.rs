//! The format of the file: whose it is, which version, and how older ones are brought up to date.
//!
//! Must not write to a file before it is known to be ours and not from the future.

use std::fs::File;
use std::io::{self, Read};

use refinery::{Migration, Runner};
use rusqlite::Connection;

/// `Chav`: stands in the header of every database of ours.
const APPLICATION_ID: u32 = 0x4368_6176;

/// Every format there ever was, in order; the last is the one this version works with.
const MIGRATIONS: [(&str, &str); 19] = [
    (
        "V1__accounts_keys_and_their_trail",
        include_str!("../migrations/V1__accounts_keys_and_their_trail.sql"),
    ),
    ("V2__accounts_change_and_end", include_str!("../migrations/V2__accounts_change_and_end.sql")),
    ("V3__labels_and_webhooks", include_str!("../migrations/V3__labels_and_webhooks.sql")),
    ("V4__keys_have_two_secrets", include_str!("../migrations/V4__keys_have_two_secrets.sql")),
    ("V5__operators_in_control", include_str!("../migrations/V5__operators_in_control.sql")),
    ("V6__one_index_of_owners", include_str!("../migrations/V6__one_index_of_owners.sql")),
    ("V7__more_is_done_once", include_str!("../migrations/V7__more_is_done_once.sql")),
    ("V8__events_show_their_keys", include_str!("../migrations/V8__events_show_their_keys.sql")),
    ("V9__places_have_clocks", include_str!("../migrations/V9__places_have_clocks.sql")),
    ("V10__events_are_delivered", include_str!("../migrations/V10__events_are_delivered.sql")),
    ("V11__keys_age", include_str!("../migrations/V11__keys_age.sql")),
    ("V12__letters_are_written", include_str!("../migrations/V12__letters_are_written.sql")),
    ("V13__people_are_written_to", include_str!("../migrations/V13__people_are_written_to.sql")),
    ("V14__peppers_are_told_apart", include_str!("../migrations/V14__peppers_are_told_apart.sql")),
    (
        "V15__webhooks_have_two_tokens",
        include_str!("../migrations/V15__webhooks_have_two_tokens.sql"),
    ),
    (
        "V16__letters_have_five_days_from_their_first_failure",
        include_str!("../migrations/V16__letters_have_five_days_from_their_first_failure.sql"),
    ),
    ("V17__places_are_guarded", include_str!("../migrations/V17__places_are_guarded.sql")),
    ("V18__keys_are_exposed", include_str!("../migrations/V18__keys_are_exposed.sql")),
    ("V19__old_letters_are_found", include_str!("../migrations/V19__old_letters_are_found.sql")),
];

/// The format that this version works with.
pub(crate) const VERSION: u32 = 19;

/// What the beginning of a file says.
pub(crate) enum Header {
    /// There is nothing in it.
    Empty,
    /// A database of ours, of this format; its log may know of a later one.
    Ours(u32),
    /// Something else.
    Foreign,
}

impl Header {
    /// Reads the first hundred bytes, as SQLite's file format lays them out.
    pub(crate) fn of(file: &mut File) -> io::Result<Self> {
        let mut bytes = Vec::with_capacity(100);
        file.take(100).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(Self::Empty);
        }
        let number = |at: usize| {
            let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
            four.map(u32::from_be_bytes)
        };
        match (bytes.starts_with(b"SQLite format 3\0"), number(60), number(68)) {
            (true, Some(version), Some(APPLICATION_ID)) => Ok(Self::Ours(version)),
            _ => Ok(Self::Foreign),
        }
    }
}

/// The format as the connection sees it, what is still in the log included.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the database to the format of this version, in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), refinery::Error> {
    let migrations: Result<Vec<_>, _> =
        MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
    Runner::new(&migrations?).set_grouped(true).run(connection)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_is_known_numbered_and_says_its_format() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of migrations")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        files.sort_by_key(|file| {
            let number = file.trim_start_matches('V').split("__").next();
            number.and_then(|number| number.parse::<u32>().ok())
        });
        let known: Vec<String> = MIGRATIONS.iter().map(|(name, _)| format!("{name}.sql")).collect();
        assert_eq!(files, known);
        let mut latest = 0;
        for (name, sql) in MIGRATIONS {
            let number = name.strip_prefix('V').and_then(|rest| rest.split_once("__"));
            let number: u32 = number.and_then(|(number, _)| number.parse().ok()).expect(name);
            assert!(number > latest, "{name} does not come after {latest}");
            assert!(sql.contains(&format!("PRAGMA user_version = {number};")), "{name}");
            latest = number;
        }
        assert_eq!(latest, VERSION);
    }

    #[test]
    fn a_new_database_has_the_format_of_this_version() {
        let mut connection = Connection::open_in_memory().expect("a database");
        migrate(&mut connection).expect("the migrations");
        assert_eq!(version(&connection).expect("a version"), VERSION);
        let id: u32 = connection
            .pragma_query_value(None, "application_id", |row| row.get(0))
            .expect("an application id");
        assert_eq!(id, APPLICATION_ID);
    }
}

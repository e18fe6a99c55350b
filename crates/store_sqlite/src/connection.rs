//! Connections: how each is set up, and the proof that it is.
//!
//! Must not hand out a connection whose promises were not read back: SQLite passes over settings
//! that it does not know.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// How long to wait for a tool that holds the database for a moment, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements that are kept prepared; there are fewer than this.
const STATEMENTS_MAX: usize = 256;

/// Pages of the log after which it is moved into the database: keys made one after the other meet the
/// same pages, so that moving them seldom is most of what can be saved.
const LOG_PAGES: u32 = 4_000;

/// The log is cut back to this size when a long read made it grow.
const LOG_BYTES_MAX: u32 = 64 * 1024 * 1024;

/// A connection that has not written anything yet, not even by being closed.
pub(crate) fn untouched(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Else a statement whose index holds only some rows is read and planned anew each time that
    // something is bound to it, which costs more than most of them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

/// Makes a connection the writer's.
pub(crate) fn for_writing(connection: &Connection) -> Result<(), Unfit> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    require(connection, "journal_mode", "WAL", "wal")?;
    require(connection, "synchronous", "FULL", "2")?;
    require(connection, "foreign_keys", "ON", "1")?;
    require(connection, "ignore_check_constraints", "OFF", "0")?;
    require(connection, "trusted_schema", "OFF", "0")?;
    require(connection, "cell_size_check", "ON", "1")?;
    // What is erased is overwritten.
    require(connection, "secure_delete", "ON", "1")?;
    require(connection, "wal_autocheckpoint", LOG_PAGES, &LOG_PAGES.to_string())?;
    require(connection, "journal_size_limit", LOG_BYTES_MAX, &LOG_BYTES_MAX.to_string())
}

/// A connection that can only read.
pub(crate) fn for_reading(path: &Path) -> Result<Connection, Unfit> {
    let connection = untouched(path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    require(&connection, "query_only", "ON", "1")?;
    require(&connection, "trusted_schema", "OFF", "0")?;
    require(&connection, "cell_size_check", "ON", "1")?;
    Ok(connection)
}

/// Why a connection cannot be used.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// SQLite said so.
    Sqlite(rusqlite::Error),
    /// A setting did not take.
    Setting(&'static str),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Sets a pragma and reads it back.
fn require(
    connection: &Connection,
    pragma: &'static str,
    value: impl rusqlite::ToSql,
    expected: &str,
) -> Result<(), Unfit> {
    use rusqlite::types::ValueRef;
    connection.pragma_update(None, pragma, value)?;
    let found = connection.pragma_query_value(None, pragma, |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => String::new(),
        })
    })?;
    if found == expected { Ok(()) } else { Err(Unfit::Setting(pragma)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(connection: &Connection, sql: &str, expected: &str) {
        let error = connection.execute_batch(sql).expect_err("it is refused");
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn foreign_keys_types_and_checks_are_really_enforced() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let opened = crate::open::open(&folder.path().join("a.db"), None).expect("it opens");
        let key = |owner: &str, epoch: &str, state: &str| {
            format!(
                "INSERT INTO key (made_epoch, id, realm, environment, owner, reach, kid,
                 digest_version, digest, permissions, ip_list, state, epoch, created_at,
                 enabled_at, hint, name) VALUES ({epoch}, zeroblob(16), 'a', 'b', {owner}, 0,
                 zeroblob(16), 1, zeroblob(32), '*', '', {state}, 9, 0, 0, 'h', 'n')"
            )
        };
        let writing = &opened.writing;
        refused(writing, &key("zeroblob(16)", "1", "0"), "FOREIGN KEY");
        writing
            .execute_batch(
                "INSERT INTO account (made_epoch, id, realm, environment, kind, name, ip_list,
                 user_agent, created_at, epoch)
                 VALUES (1, zeroblob(16), 'a', 'b', 0, 'n', '', 0, 0, 1)",
            )
            .expect("an account");
        refused(writing, &key("zeroblob(16)", "'one'", "0"), "datatype mismatch");
        refused(writing, &key("zeroblob(16)", "1", "'on'"), "cannot store TEXT value in INTEGER");
        refused(writing, &key("zeroblob(16)", "1", "7"), "CHECK constraint failed: state");
        writing.execute_batch(&key("zeroblob(16)", "1", "0")).expect("an honest key");
        refused(&opened.reading, "DELETE FROM key", "readonly");
        refused(writing, "DELETE FROM account", "FOREIGN KEY");
    }

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound_to_it() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let opened = crate::open::open(&folder.path().join("a.db"), None).expect("it opens");
        for connection in [&opened.writing, &opened.reading] {
            let sql = "SELECT 1 FROM delivery INDEXED BY delivery_by_turn
                       WHERE webhook = ?1 AND next_at <= ?2 AND claimed_until IS NULL
                       ORDER BY next_at, epoch, ordinal LIMIT ?3";
            let mut statement = connection.prepare(sql).expect("a statement");
            for round in 1..5_u8 {
                let bound = rusqlite::params![[round; 16], round, round];
                assert!(!statement.exists(bound).expect("it runs"), "there is nothing");
            }
            assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
        }
    }

    #[test]
    fn a_setting_that_does_not_take_is_noticed() {
        let connection = Connection::open_in_memory().expect("a database");
        let outcome = for_writing(&connection);
        // A database in memory cannot have a write-ahead log.
        assert!(matches!(outcome, Err(Unfit::Setting("journal_mode"))), "{outcome:?}");
        assert!(require(&connection, "no_such_setting", 1, "1").is_err());
    }
}

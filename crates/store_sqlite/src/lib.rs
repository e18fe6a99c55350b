//! The embedded store: SQLite with one writer that groups commits.
//!
//! [`SqliteStore::open`] makes or opens a database; everything else is said through the port. Each
//! command and each question is one file under the port's name. Must not decide anything that the
//! port does not say, nor ask the database for time, identity or the comparison of letters.

mod commands;
mod connection;
mod create;
mod epoch;
mod faults;
mod format;
mod open;
mod queries;
mod reader;
mod records;
mod store;
mod trail;
mod writer;

pub use open::OpenError;
pub use store::SqliteStore;
pub use writer::ChangesEnd;

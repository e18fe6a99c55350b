//! Makes a new database: beside its place, whole, and then moved there.
//!
//! A crash leaves either no database or a finished one. Must not lay a new database over the
//! remains of an old one.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::connection::untouched;
use crate::format;
use crate::open::OpenError;

/// Only the owner may read or write.
pub(crate) const MODE: u32 = 0o600;

/// Makes the database; there is nothing at its path, or an empty file.
pub(crate) fn create(path: &Path) -> Result<(), OpenError> {
    let unwritable = |error| OpenError::from_io(path, &error);
    let log = beside(path, "-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        let detail = format!("its log {} is there without it", log.display());
        return Err(OpenError::Damaged { path: path.into(), detail });
    }
    // SQLite would play an old log into a new database.
    for suffix in ["-wal", "-shm"] {
        remove(&beside(path, suffix)).map_err(unwritable)?;
    }
    let draft = beside(path, ".new");
    for suffix in ["", "-journal", "-wal", "-shm"] {
        remove(&beside(&draft, suffix)).map_err(unwritable)?;
    }
    // Made here and not by SQLite, so that nobody else can read it at any moment.
    let new = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&draft);
    drop(new.map_err(unwritable)?);
    fill(&draft, path)?;
    let put_in_place = || {
        File::open(&draft)?.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
    };
    put_in_place().map_err(unwritable)
}

/// Fills the draft of a database. `path` is where it will be, for messages.
fn fill(draft: &Path, path: &Path) -> Result<(), OpenError> {
    let failed = |error| OpenError::from_sqlite(path, &error);
    let mut connection = untouched(draft).map_err(failed)?;
    // A draft that was not finished is thrown away, so it needs no journal of its own.
    connection.pragma_update(None, "journal_mode", "MEMORY").map_err(failed)?;
    format::migrate(&mut connection).map_err(|error| OpenError::from_refinery(path, &error))?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))
}

/// The path with something put at its end.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

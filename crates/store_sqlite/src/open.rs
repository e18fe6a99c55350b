//! Opens a database, or says in one sentence why not and what to do.
//!
//! Must not change a file that is not ours, that another process uses, or that a newer version
//! made.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use crate::connection::{Unfit, for_reading, for_writing, untouched};
use crate::create::{MODE, beside, create};
use crate::format::{self, Header, VERSION};

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no directory to put it in.
    #[error(
        "the directory of the database {} does not exist: create it, or name another place",
        .path.display()
    )]
    NoDirectory {
        /// The database.
        path: PathBuf,
    },
    /// The directory or a file in it cannot be written.
    #[error(
        "the database {} cannot be written ({detail}): let this user create and write files in its directory",
        .path.display()
    )]
    NotWritable {
        /// The database.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// Somebody else has it open.
    #[error(
        "the database {} is in use by another process: stop that one first",
        .path.display()
    )]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// It was made by a newer version. Nothing in it was changed.
    #[error(
        "the database {} has format {found}, and this version knows formats up to {known}: start the newer version that made it",
        .path.display()
    )]
    NewerVersion {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this version knows.
        known: u32,
    },
    /// It is something else. Nothing in it was changed.
    #[error("{} is not a Chaveiro database: name another file", .path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read as what it should be.
    #[error("the database {} is damaged ({detail}): restore it from a backup", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// There is no room left.
    #[error("the disk of the database {} is full: free some room, then start again", .path.display())]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// Something else that the system or SQLite refused.
    #[error("the database {} cannot be used ({detail}): mend that, then start again", .path.display())]
    Unusable {
        /// The database.
        path: PathBuf,
        /// What was said.
        detail: String,
    },
}

impl OpenError {
    pub(crate) fn from_io(path: &Path, error: &io::Error) -> Self {
        let (path, detail) = (path.to_owned(), error.to_string());
        let kind = error.kind();
        if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&kind) {
            Self::NoDirectory { path }
        } else if [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].contains(&kind) {
            Self::DiskFull { path }
        } else if [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem]
            .contains(&kind)
        {
            Self::NotWritable { path, detail }
        } else {
            Self::Unusable { path, detail }
        }
    }

    pub(crate) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, detail) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) | None => {
                Self::Damaged { path, detail }
            }
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::NotWritable { path, detail }
            }
            Some(_) => Self::Unusable { path, detail },
        }
    }

    pub(crate) fn from_refinery(path: &Path, error: &refinery::Error) -> Self {
        let inner: Option<&rusqlite::Error> =
            std::error::Error::source(error).and_then(|inner| inner.downcast_ref());
        match inner {
            Some(inner) => Self::from_sqlite(path, inner),
            None => Self::Unusable { path: path.to_owned(), detail: error.to_string() },
        }
    }

    fn from_unfit(path: &Path, unfit: &Unfit) -> Self {
        match unfit {
            Unfit::Sqlite(error) => Self::from_sqlite(path, error),
            Unfit::Setting(name) => {
                let detail = format!("SQLite did not take the setting {name}");
                Self::Unusable { path: path.to_owned(), detail }
            }
        }
    }
}

/// An open database.
pub(crate) struct Opened {
    pub(crate) writing: Connection,
    pub(crate) reading: Connection,
    /// Held for as long as anything is done with the database.
    pub(crate) lock: File,
}

/// Makes or opens the database. `pages_max` keeps it from growing beyond that many pages.
pub(crate) fn open(path: &Path, pages_max: Option<u32>) -> Result<Opened, OpenError> {
    let path = &resolved(path)?;
    let lock = locked(path)?;
    match header(path)? {
        Header::Foreign => return Err(OpenError::NotOurs { path: path.clone() }),
        Header::Ours(found) => refuse_newer(path, found)?,
        Header::Empty => create(path)?,
    }
    let failed = |error| OpenError::from_sqlite(path, &error);
    let unfit = |unfit| OpenError::from_unfit(path, &unfit);
    let mut writing = untouched(path).map_err(failed)?;
    // The log may know of a newer format than the file itself.
    let found = format::version(&writing).map_err(failed)?;
    refuse_newer(path, found)?;
    for_writing(&writing).map_err(unfit)?;
    if found < VERSION {
        format::migrate(&mut writing).map_err(|error| OpenError::from_refinery(path, &error))?;
    }
    check_epoch(path, &writing)?;
    if let Some(pages) = pages_max {
        writing
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .map_err(failed)?;
    }
    let reading = for_reading(path).map_err(unfit)?;
    Ok(Opened { writing, reading, lock })
}

/// The one name of the file, so that two ways to it meet at the same lock.
fn resolved(path: &Path) -> Result<PathBuf, OpenError> {
    if let Ok(resolved) = fs::canonicalize(path) {
        return Ok(resolved);
    }
    let Some(name) = path.file_name() else {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    };
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    let folder = fs::canonicalize(folder).map_err(|error| OpenError::from_io(path, &error))?;
    if folder.is_dir() {
        Ok(folder.join(name))
    } else {
        Err(OpenError::NoDirectory { path: path.to_owned() })
    }
}

fn locked(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(MODE);
    let lock = options.open(beside(path, ".lock"));
    let lock = lock.map_err(|error| OpenError::from_io(path, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(OpenError::from_io(path, &error)),
    }
}

/// Looks at the file before SQLite does, and without its help: SQLite may write when it opens.
fn header(path: &Path) -> Result<Header, OpenError> {
    let read = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Header::Empty),
        Ok(mut file) => Header::of(&mut file),
        Err(error) => Err(error),
    };
    read.map_err(|error| OpenError::from_io(path, &error))
}

fn refuse_newer(path: &Path, found: u32) -> Result<(), OpenError> {
    if found > VERSION {
        return Err(OpenError::NewerVersion { path: path.to_owned(), found, known: VERSION });
    }
    Ok(())
}

/// A count of changes that is behind the changes would give one epoch to two of them.
fn check_epoch(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let sql = "SELECT value >= (SELECT coalesce(max(epoch), 0) FROM audit) FROM epoch";
    let ahead: bool = connection
        .query_row(sql, [], |row| row.get(0))
        .map_err(|error| OpenError::from_sqlite(path, &error))?;
    if ahead {
        return Ok(());
    }
    let detail = "its count of changes is behind its changes".to_owned();
    Err(OpenError::Damaged { path: path.to_owned(), detail })
}

//! What SQLite says, in the words of the port.
//!
//! Must not claim more than is known: that a change was not made, only where it surely was not.

use rusqlite::ErrorCode;
use store::fault::{Fault, FaultKind};

/// The fault behind a statement that failed. Its transaction or savepoint is rolled back, so
/// nothing of its command was done.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which hands errors over"
)]
pub(crate) fn before_commit(error: rusqlite::Error) -> Fault {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => FaultKind::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => FaultKind::Damaged,
        // Any other refusal of SQLite leaves things as they were.
        Some(_) => FaultKind::Unavailable,
        // A value that is not what its column should hold.
        None => FaultKind::Damaged,
    };
    Fault::new(kind, error.to_string())
}

/// The fault behind a COMMIT that failed.
pub(crate) fn at_commit(error: &rusqlite::Error) -> Fault {
    let kind = match error.sqlite_error_code() {
        // The last page of the log was not written, so the change does not count.
        Some(ErrorCode::DiskFull) => FaultKind::Full,
        // Refused before anything was written.
        Some(ErrorCode::DatabaseBusy | ErrorCode::ConstraintViolation) => FaultKind::Unavailable,
        // The log may hold the change although the disk did not confirm it.
        Some(_) | None => FaultKind::OutcomeUnknown,
    };
    Fault::new(kind, error.to_string())
}

/// A stored value that cannot be what it should be.
#[derive(Debug)]
pub(crate) struct Unreadable(pub(crate) String);

impl From<Unreadable> for Fault {
    fn from(unreadable: Unreadable) -> Self {
        Self::new(FaultKind::Damaged, unreadable.0)
    }
}

/// What was read; nothing where it is unreadable. That the store fails is another matter: then
/// nobody knows what is there.
pub(crate) fn unless_damaged<T>(read: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(fault) if fault.kind == FaultKind::Damaged => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// A question that stopped: the question's own trouble or that of one row.
pub(crate) fn gone(who: &str) -> Fault {
    Fault::new(FaultKind::Unavailable, format!("the store's {who} has stopped"))
}

/// Too much is waiting already.
pub(crate) fn busy(who: &str) -> Fault {
    Fault::new(FaultKind::Unavailable, format!("the queue of the store's {who} is full"))
}

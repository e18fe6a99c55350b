//! The question about audit entries, as plain data.
//!
//! Must not hold anything that a store would have to make up.

use domain::audit::AuditEntry;

use super::PAGE_MAX;

/// An audit entry as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The epoch of its change; later entries have greater ones.
    pub epoch: u64,
    /// Who did what.
    pub entry: AuditEntry,
}

/// Asks for audit entries of all places, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListAudit {
    /// Only those of changes before this epoch; `None` to begin with the newest.
    pub before: Option<u64>,
    /// How many rows are looked at, at least one.
    pub rows_max: u32,
}

impl ListAudit {
    /// The first page from here on.
    #[must_use]
    pub const fn before(before: Option<u64>) -> Self {
        Self { before, rows_max: PAGE_MAX }
    }
}

/// A page of audit entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries. One that cannot be read is left out.
    pub items: Vec<AuditRow>,
    /// The next page is what was written before this epoch; `None` where nothing was.
    pub next: Option<u64>,
}

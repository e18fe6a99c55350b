//! The port of audit entries: what was written with changes, read from the newest on.
//!
//! Must not offer to write an entry by itself: entries belong to the change that they tell of.

use async_trait::async_trait;

use crate::command::{AuditPage, ListAudit};
use crate::fault::Fault;

/// The part of a store that is about audit entries.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// A page of audit entries, the newest first.
    async fn list_audit(&self, question: ListAudit) -> Result<AuditPage, Fault>;
}

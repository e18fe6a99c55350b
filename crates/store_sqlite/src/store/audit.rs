//! The embedded store's part that is about audit entries.
//!
//! Must not touch the database itself: questions go to the reader.

use async_trait::async_trait;
use store::command::{AuditPage, ListAudit};
use store::fault::Fault;
use store::port::AuditStore;

use super::SqliteStore;
use crate::queries;

#[async_trait]
impl AuditStore for SqliteStore {
    async fn list_audit(&self, question: ListAudit) -> Result<AuditPage, Fault> {
        self.reader.ask(queries::list_audit::run, question).await
    }
}

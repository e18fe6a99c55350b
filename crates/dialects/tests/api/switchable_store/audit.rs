//! The part of the switchable store that is about audit entries.

use async_trait::async_trait;
use store::command::{AuditPage, ListAudit};
use store::fault::Fault;
use store::port::AuditStore;

use super::SwitchableStore;

#[async_trait]
impl AuditStore for SwitchableStore {
    async fn list_audit(&self, question: ListAudit) -> Result<AuditPage, Fault> {
        self.check()?;
        self.model.list_audit(question).await
    }
}

//! The model's question about audit entries.
//!
//! Must not write: entries come with the changes that they tell of.

use async_trait::async_trait;

use super::ModelStore;
use super::state::State;
use crate::command::{AuditPage, ListAudit};
use crate::fault::Fault;
use crate::port::AuditStore;

impl State {
    fn list_audit(&self, question: ListAudit) -> AuditPage {
        let ListAudit { before, rows_max } = question;
        let end = before.map_or(self.audit_rows.len(), |before| {
            self.audit_rows.partition_point(|row| row.epoch < before)
        });
        let begin = end.saturating_sub(rows_max.max(1) as usize);
        let items: Vec<_> = self.audit_rows[begin..end].iter().rev().cloned().collect();
        let next = items.last().map(|row| row.epoch).filter(|_| begin > 0);
        AuditPage { items, next }
    }
}

#[async_trait]
impl AuditStore for ModelStore {
    async fn list_audit(&self, question: ListAudit) -> Result<AuditPage, Fault> {
        Ok(self.lock().state.list_audit(question))
    }
}

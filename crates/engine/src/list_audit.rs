//! Lists audit entries, the newest first.
//!
//! The store goes along them; what is asked for is sought here. Must not change anything.

use domain::audit::AuditSearch;
use store::command::{AuditPage, ListAudit, ROWS_MAX};
use store::fault::Fault;

use crate::engine::Engine;

/// In how many questions the rows of a page are looked at, so that none of them takes long.
const STEPS_MAX: u32 = 10;

impl Engine {
    /// A page of the audit entries that are asked for, written before this epoch or up to now. It looks
    /// at [`ROWS_MAX`] entries: it may hold fewer than were asked for, or none, and still be followed by
    /// another.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_audit(
        &self,
        search: &AuditSearch,
        before: Option<u64>,
        limit: u32,
    ) -> Result<AuditPage, Fault> {
        let mut page = AuditPage { items: Vec::new(), next: before };
        for _ in 0..STEPS_MAX {
            let question = ListAudit { before: page.next, rows_max: ROWS_MAX / STEPS_MAX };
            let found = self.store.list_audit(question).await?;
            let mut rows = found.items.into_iter();
            while let Some(row) = rows.next() {
                if !search.finds(&row.entry) {
                    continue;
                }
                let epoch = row.epoch;
                page.items.push(row);
                if page.items.len() >= limit as usize {
                    page.next = (found.next.is_some() || rows.next().is_some()).then_some(epoch);
                    return Ok(page);
                }
            }
            page.next = found.next;
            if page.next.is_none() {
                break;
            }
        }
        Ok(page)
    }
}

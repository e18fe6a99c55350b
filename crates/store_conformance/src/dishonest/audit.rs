//! How the liar shows audit entries.
//!
//! Must pass on to the model whatever the lie is not about.

use async_trait::async_trait;
use domain::audit::Actor;
use store::command::{AuditPage, ListAudit};
use store::fault::Fault;
use store::port::AuditStore;

use super::{DishonestStore, Lie};

/// One way to be wrong about audit entries that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditLie {
    /// More rows are looked at than was asked for.
    ReadsOnAndOn,
    /// The last entry of a page is the first of the next.
    RepeatsEntries,
    /// Nobody is said to have done what was done.
    ShowsNoActors,
    /// The first entry of a page that is not the first is left out.
    SkipsAnEntry,
    /// The oldest come first.
    StartsWithTheOldest,
}

#[async_trait]
impl AuditStore for DishonestStore {
    async fn list_audit(&self, mut question: ListAudit) -> Result<AuditPage, Fault> {
        let tells = |lie| self.tells(Lie::Audit(lie));
        if tells(AuditLie::ReadsOnAndOn) {
            question.rows_max = u32::MAX;
        }
        let mut page = self.honest.list_audit(question).await?;
        if tells(AuditLie::SkipsAnEntry) && question.before.is_some() && !page.items.is_empty() {
            page.items.remove(0);
        }
        if tells(AuditLie::RepeatsEntries) {
            page.next = page.next.map(|next| next + 1);
        }
        if tells(AuditLie::ShowsNoActors) {
            page.items.iter_mut().for_each(|row| row.entry.actor = Actor::System);
        }
        if tells(AuditLie::StartsWithTheOldest) {
            page.items.reverse();
        }
        Ok(page)
    }
}

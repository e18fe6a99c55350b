//! Lists keys of a place or of one owner, in the order of their making, deleted ones left out.

use domain::ids::{AccountId, KeyId};
use domain::key::Key;
use domain::time::Timestamp;
use store::command::{ListKeys, NoSuchCursor, Page};
use store::fault::Outcome;

use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// A page of keys.
    ///
    /// # Errors
    /// A cursor that is not in the list, or a fault of the store.
    pub async fn list_keys(
        &self,
        place: &PlaceRef,
        owner: Option<AccountId>,
        after: Option<KeyId>,
        limit: u32,
    ) -> Outcome<Page<Key>, NoSuchCursor> {
        let question =
            ListKeys { place: place.place().clone(), owner, live_at: None, after, limit };
        self.listed(question).await
    }

    /// A page of the keys of one owner that work, or could be enabled again, at this instant.
    ///
    /// # Errors
    /// A cursor that is not in the list, or a fault of the store.
    pub async fn list_live_keys(
        &self,
        place: &PlaceRef,
        owner: AccountId,
        now: Timestamp,
        after: Option<KeyId>,
        limit: u32,
    ) -> Outcome<Page<Key>, NoSuchCursor> {
        let (place, owner, live_at) = (place.place().clone(), Some(owner), Some(now));
        self.listed(ListKeys { place, owner, live_at, after, limit }).await
    }

    async fn listed(&self, question: ListKeys) -> Outcome<Page<Key>, NoSuchCursor> {
        let mut page = self.store.list_keys(question).await?;
        for key in &mut page.items {
            key.last_used_at = self.keyring.latest_use(key);
        }
        Ok(page)
    }
}

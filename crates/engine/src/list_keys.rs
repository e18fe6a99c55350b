//! Lists keys of a place or of one owner, in the order of their making, deleted ones left out.

use domain::ids::{AccountId, KeyId};
use domain::key::Key;
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
        let question = ListKeys { place: place.place().clone(), owner, after, limit };
        let mut page = self.store.list_keys(question).await?;
        for key in &mut page.items {
            key.last_used_at = self.keyring.latest_use(key);
        }
        Ok(page)
    }
}

//! Lists keys of a place or of one owner, in the order of their making, deleted ones left out.
//!
//! The store knows of a last use later than this process does, by the granule of the use log, so
//! what a filter says of uses is judged again here. Must not show a key that the filter does not
//! find.

use domain::ids::AccountId;
use domain::key::Key;
use domain::key_filter::KeyFilter;
use domain::time::Timestamp;
use store::command::{ListKeys, Page, Position, ROWS_MAX};
use store::fault::Fault;

use crate::engine::Engine;
use crate::place::PlaceRef;

/// Which keys are asked for, and which page of them.
#[derive(Clone, Debug)]
pub struct KeySearch {
    /// Only those of this owner; `None` for all of the place.
    pub owner: Option<AccountId>,
    /// Only those that meet it.
    pub filter: KeyFilter,
    /// By which instant it judges.
    pub now: Timestamp,
    /// Where to go on.
    pub after: Position,
    /// How many, from one to [`store::command::PAGE_MAX`].
    pub limit: u32,
}

impl Engine {
    /// A page of keys. It looks at [`ROWS_MAX`] keys of the place or owner at most: it may hold
    /// fewer than were asked for, or none, and still be followed by another.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_keys(&self, place: &PlaceRef, search: KeySearch) -> Result<Page<Key>, Fault> {
        self.page_of_keys(place, search, ROWS_MAX).await
    }

    /// A page of keys that looks at so many of them.
    pub(crate) async fn page_of_keys(
        &self,
        place: &PlaceRef,
        search: KeySearch,
        rows_max: u32,
    ) -> Result<Page<Key>, Fault> {
        let KeySearch { owner, filter, now, after, limit } = search;
        let place = place.place().clone();
        let question =
            ListKeys { place, owner, filter: filter.clone(), now, after, limit, rows_max };
        let mut page = self.store.list_keys(question).await?;
        for key in &mut page.items {
            self.keyring.freshen(key);
        }
        // A use that the store has not heard of can only take a key out of the list.
        page.items.retain(|key| filter.matches(key, now));
        Ok(page)
    }
}

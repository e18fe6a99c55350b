//! Looks for keys that begin otherwise than keys of their place do, as after a change of its prefix.
//!
//! A look at the oldest keys, to warn whoever starts a server. Must not decide about a key: its text
//! does that when it comes.

use domain::key::{Key, KeyState};
use domain::key_filter::KeyFilter;
use domain::time::Timestamp;
use store::command::{PAGE_MAX, Position};
use store::fault::Fault;

use crate::engine::Engine;
use crate::list_keys::KeySearch;
use crate::place::PlaceRef;

impl Engine {
    /// The oldest key that would be in force and whose text is refused, because it does not begin as
    /// keys of this place do; sought among the oldest [`PAGE_MAX`] keys.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn strange_key(&self, place: &PlaceRef) -> Result<Option<Key>, Fault> {
        let search = KeySearch {
            owner: None,
            filter: KeyFilter::everything(),
            now: Timestamp::EPOCH,
            after: Position::START,
            limit: PAGE_MAX,
        };
        let page = self.list_keys(place, search).await?;
        let own = place.realm().prefixes.own();
        let is_strange = |key: &Key| {
            let hint = key.secret.hint.as_str();
            key.state == KeyState::Enabled
                && own.iter().all(|prefix| !hint.starts_with(prefix.as_str()))
        };
        Ok(page.items.into_iter().find(is_strange))
    }
}

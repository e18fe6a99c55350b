//! Shows one key, with its last use as far as this process knows it.

use domain::ids::KeyId;
use domain::key::Key;
use store::fault::Outcome;

use crate::change_key::KeyRejection;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// One key, in whatever state.
    ///
    /// # Errors
    /// No such key, or a fault of the store.
    pub async fn get_key(&self, place: &PlaceRef, id: KeyId) -> Outcome<Key, KeyRejection> {
        let mut key = self.stored_key(place, id).await?;
        self.keyring.freshen(&mut key);
        Ok(key)
    }
}

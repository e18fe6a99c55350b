//! Deletes a key for good. No verification sent after the answer is granted, ever again.

use domain::audit::{Action, EventKind};
use domain::ids::KeyId;
use domain::key::Key;
use store::command::DeleteKey;
use store::fault::Outcome;

use crate::change_key::KeyRejection;
use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Deletes a key, whatever its state. A deleted key stays as it is, so that a retry succeeds.
    ///
    /// # Errors
    /// No such key, or a fault of the store.
    pub async fn delete_key(
        &self,
        place: &PlaceRef,
        id: KeyId,
        mut context: Context<'_>,
    ) -> Outcome<Key, KeyRejection> {
        let owner = self.stored_key(place, id).await?.owner;
        let event = Some((EventKind::Deleted, owner));
        let trail = context.key_trail(Action::DeleteKey, place.place(), id, event);
        let place = place.place().clone();
        self.answered(
            self.store.delete_key(DeleteKey { place, key: id, at: context.now, trail }).await,
        )
    }
}

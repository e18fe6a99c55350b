//! Switches a key on again.
//!
//! Must not revive a key that expired or was deleted; the store refuses that.

use domain::audit::{Action, EventKind};
use domain::ids::KeyId;
use domain::key::Key;
use store::command::EnableKey;
use store::fault::Outcome;

use crate::change_key::KeyRejection;
use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Switches a key on. A key that is on stays as it is.
    ///
    /// # Errors
    /// No such key, one that is over for good, or a fault of the store.
    pub async fn enable_key(
        &self,
        place: &PlaceRef,
        id: KeyId,
        mut context: Context<'_>,
    ) -> Outcome<Key, KeyRejection> {
        let owner = self.stored_key(place, id).await?.owner;
        let event = Some((EventKind::Enabled, owner));
        let trail = context.key_trail(Action::EnableKey, place.place(), id, event);
        let place = place.place().clone();
        self.answered(
            self.store.enable_key(EnableKey { place, key: id, at: context.now, trail }).await,
        )
    }
}

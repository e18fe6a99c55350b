//! Switches a key off. No verification sent after the answer is granted.

use domain::audit::{Action, EventKind};
use domain::ids::KeyId;
use domain::key::{DisabledCause, Key};
use store::command::DisableKey;
use store::fault::Outcome;

use crate::change_key::KeyRejection;
use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Switches a key off by hand. A key that is off stays as it is.
    ///
    /// # Errors
    /// No such key, one that is over for good, or a fault of the store.
    pub async fn disable_key(
        &self,
        place: &PlaceRef,
        id: KeyId,
        mut context: Context<'_>,
    ) -> Outcome<Key, KeyRejection> {
        let owner = self.stored_key(place, id).await?.owner;
        let event = Some((EventKind::Disabled, owner));
        let trail = context.key_trail(Action::DisableKey, place.place(), id, event);
        let place = place.place().clone();
        let cause = DisabledCause::Manual;
        let command = DisableKey { place, key: id, cause, at: context.now, trail };
        self.answered(self.store.disable_key(command).await)
    }
}

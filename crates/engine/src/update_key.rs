//! Changes what may be changed of a key: its name, permissions, expiry date and address list.
//!
//! A narrowing holds for every verification that is sent after the answer.

use domain::audit::{Action, EventKind};
use domain::ids::KeyId;
use domain::key::Key;
use store::command::{KeyChange, UpdateKey};
use store::fault::{Failure, Outcome};

use crate::change_key::KeyRejection;
use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Changes fields of a key; fields that are `None` stay.
    ///
    /// # Errors
    /// No such key, one that is over for good, an expiry date that is not in the future, or a
    /// fault of the store.
    pub async fn update_key(
        &self,
        place: &PlaceRef,
        id: KeyId,
        change: KeyChange,
        mut context: Context<'_>,
    ) -> Outcome<Key, KeyRejection> {
        if change.expires_at.flatten().is_some_and(|end| end <= context.now) {
            return Err(Failure::Rejected(KeyRejection::ExpiryNotInFuture));
        }
        let owner = self.stored_key(place, id).await?.owner;
        let event = change.permissions.is_some().then_some((EventKind::PermissionsChanged, owner));
        let trail = context.key_trail(Action::UpdateKey, place.place(), id, event);
        let place = place.place().clone();
        let command = UpdateKey { place, key: id, change, at: context.now, trail };
        self.answered(self.store.update_key(command).await)
    }
}

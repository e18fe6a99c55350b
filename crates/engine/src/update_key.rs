//! Changes what may be changed of a key, at once: name, permissions, expiry date, address list, and
//! whether it is switched on.
//!
//! A narrowing holds for every verification that is sent after the answer.

use domain::audit::{Action, EventKind};
use domain::ids::KeyId;
use domain::key::{Key, KeySwitch};
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
        let trail = context.key_trail(
            Action::UpdateKey,
            place.place(),
            id,
            candidates(&change).map(|kind| (kind, owner)),
        );
        let place = place.place().clone();
        let command = UpdateKey { place, key: id, change, at: context.now, trail };
        self.answered(self.store.update_key(command).await)
    }
}

/// What others may have to be told; the store keeps what really happened.
fn candidates(change: &KeyChange) -> impl Iterator<Item = EventKind> {
    let permissions = change.permissions.is_some().then_some(EventKind::PermissionsChanged);
    let switched = change.switch.map(|switch| match switch {
        KeySwitch::On => EventKind::Enabled,
        KeySwitch::Off(_) => EventKind::Disabled,
    });
    permissions.into_iter().chain(switched)
}

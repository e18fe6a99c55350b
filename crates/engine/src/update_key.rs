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
        let stored = self.stored_key(place, id).await?;
        let trail = context.key_trail(
            Action::UpdateKey,
            place.place(),
            id,
            told(&stored, &change).map(|kind| (kind, stored.owner)),
        );
        let place = place.place().clone();
        let command = UpdateKey { place, key: id, change, at: context.now, trail };
        self.answered(self.store.update_key(command).await)
    }
}

/// What others are told of the change.
fn told(stored: &Key, change: &KeyChange) -> impl Iterator<Item = EventKind> {
    let permissions = change.permissions.as_ref().is_some_and(|new| *new != stored.permissions);
    let switch = change.switch.filter(|&switch| stored.is_moved_by(switch));
    let switched = switch.map(|switch| match switch {
        KeySwitch::On => EventKind::Enabled,
        KeySwitch::Off(_) => EventKind::Disabled,
    });
    permissions.then_some(EventKind::PermissionsChanged).into_iter().chain(switched)
}

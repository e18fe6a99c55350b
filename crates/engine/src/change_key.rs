//! Why a key cannot be changed: shared by updating, enabling, disabling and deleting.
//!
//! Must not hold a use case.

use domain::ids::KeyId;
use domain::key::{Key, KeyState};
use store::command::ChangeKeyRejection;
use store::fault::{Failure, Fault, Outcome};

use crate::engine::Engine;
use crate::place::PlaceRef;

/// Why a key was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRejection {
    /// The expiry date is not in the future.
    #[error("the expiry date is not in the future")]
    ExpiryNotInFuture,
    /// The key is over for good.
    #[error("the key is over for good and cannot be changed: make a new one")]
    Final(KeyState),
    /// There is no such key in this place.
    #[error("there is no such key")]
    NoSuchKey,
}

impl From<ChangeKeyRejection> for KeyRejection {
    fn from(rejection: ChangeKeyRejection) -> Self {
        match rejection {
            ChangeKeyRejection::NoSuchKey => Self::NoSuchKey,
            ChangeKeyRejection::Final(state) => Self::Final(state),
        }
    }
}

impl Engine {
    /// What the store answered, with the last use as far as this process knows it.
    pub(crate) fn answered(
        &self,
        outcome: Outcome<Key, ChangeKeyRejection>,
    ) -> Outcome<Key, KeyRejection> {
        let mut key = outcome.map_err(|failure| failure.map_rejection(KeyRejection::from))?;
        self.keyring.freshen(&mut key);
        Ok(key)
    }

    /// The key as it is stored; changes are decided by the store, this only names its owner.
    pub(crate) async fn stored_key(
        &self,
        place: &PlaceRef,
        id: KeyId,
    ) -> Outcome<Key, KeyRejection> {
        let found: Result<Option<Key>, Fault> =
            self.store.find_key(place.place().clone(), id).await;
        found?.ok_or(Failure::Rejected(KeyRejection::NoSuchKey))
    }
}

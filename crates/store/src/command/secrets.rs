//! The commands about the secrets of keys: rotation, use and erasure.
//!
//! Must not hold anything that a store would have to make up.

use domain::idempotence::Idempotence;
use domain::ids::{KeyId, Place};
use domain::key::KeyState;
use domain::key_text::Kid;
use domain::secret::{Overlap, OverlapStart, Secret};
use domain::time::Timestamp;

use super::Trail;

/// Who wants a key to have a new secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationBy {
    /// Somebody who manages the key.
    Manager,
    /// Whoever holds the secret with this public id. Only the secret in use may be replaced so: an
    /// older one, which may be replaced because it leaked, must not win the key back.
    Holder(Kid),
}

/// Gives a key that is not over for good a new secret, as `Key::rotate` says. A secret that its
/// holder shows is in use, whatever is stored of its uses.
///
/// A command that carries an [`Idempotence`] which is kept from an earlier one, with the same
/// fingerprint, is the same rotation. Where the key still has the secret that was given to it then,
/// never used, that secret takes over kid, digest and hint of this one; the older text is dead
/// before the answer.
#[derive(Clone, Debug)]
pub struct RotateKey {
    /// Where the key is.
    pub place: Place,
    /// Which key.
    pub key: KeyId,
    /// The new secret.
    pub secret: Secret,
    /// For how long the old one goes on working.
    pub overlap: Overlap,
    /// From when on.
    pub start: OverlapStart,
    /// Who wants it.
    pub by: RotationBy,
    /// When.
    pub at: Timestamp,
    /// By which it is done once.
    pub once: Option<Idempotence>,
    /// What tells of it.
    pub trail: Trail,
}

/// Why a key was not given a new secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotateKeyRejection {
    /// There is no such key in this place.
    #[error("there is no such key")]
    NoSuchKey,
    /// The key is over for good: expired, or deleted.
    #[error("the key is over for good and cannot be given a new secret")]
    Final(KeyState),
    /// Its holder asked with a secret that was replaced already.
    #[error("the secret was replaced already: use the newer one")]
    NotInUse,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    OtherRequest,
    /// The rotation was made before, and its secret was used or replaced since: it gets no other
    /// text.
    #[error("the key was given this secret before, and it was used or replaced since")]
    AlreadyRotated,
}

/// Where secrets are erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasedWhere {
    /// In every place, also in those that nobody serves any more.
    Everywhere,
    /// In this one, whose time is another.
    In(Place),
}

impl ErasedWhere {
    /// Whether this place is meant.
    #[must_use]
    pub fn holds(&self, place: &Place) -> bool {
        match self {
            Self::Everywhere => true,
            Self::In(only) => only == place,
        }
    }
}

/// Erases what is kept of replaced secrets that open nothing any more, and replaced tokens of
/// webhooks that go along no more. It takes no epoch and writes no trail, because nobody does
/// anything and what has ended ended before; observers are told of the keys, each under the epoch of
/// its last change.
#[derive(Clone, Debug)]
pub struct EraseSecrets {
    /// Where.
    pub place: ErasedWhere,
    /// When.
    pub at: Timestamp,
    /// How many at most.
    pub limit: u32,
}

/// A use of a key; stores keep the latest, of the key and of each of its secrets.
///
/// The first use of the secret in use starts the clock of the one before it, where that waits for
/// it. A use takes no epoch and writes no trail, nor does what it starts, which was told of with the
/// rotation; but observers are told of the key, under the epoch of its last change. A key that was
/// taken out of force for lack of use is not used any more: whoever asked was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Which key.
    pub key: KeyId,
    /// With which secret.
    pub kid: Kid,
    /// When it was used.
    pub at: Timestamp,
}

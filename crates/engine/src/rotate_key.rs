//! Gives a key a new secret. The one before goes on working for a while, so that whoever holds it
//! has the time to change over; what else is known of the key stays.
//!
//! The new secret exists in the answer and nowhere else. A secret that ends with the rotation is
//! refused for every verification that is sent after the answer.

use domain::audit::{Action, EventKind};
use domain::ids::KeyId;
use domain::key::KeyState;
use domain::key_text::{Kid, mint};
use domain::secret::{Overlap, OverlapStart, Secret};
use store::command::{RotateKey, RotateKeyRejection, RotationBy};
use store::fault::{Failure, Outcome};

use crate::context::Context;
use crate::create_key::IssuedKey;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// How a secret is to be replaced.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// For how long the old secret goes on working.
    pub overlap: Overlap,
    /// From when on.
    pub start: OverlapStart,
    /// The secret that its holder shows, where the holder asks; nobody but the one in use may.
    pub holder: Option<Kid>,
}

/// Why a key was not given a new secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotationRejection {
    /// This rotation was made before, and its secret was used or replaced since: it gets no other
    /// text.
    #[error("this rotation was made before, and its secret was used or replaced since")]
    AlreadyRotated,
    /// The key is over for good.
    #[error("the key is over for good and cannot be given a new secret: make a new key")]
    Final(KeyState),
    /// The realm issues no keys of this kind any more.
    #[error("this realm issues no keys to accounts of this kind")]
    NoPrefix,
    /// There is no such key in this place.
    #[error("there is no such key")]
    NoSuchKey,
    /// The secret that its holder shows was replaced already.
    #[error("the secret was replaced already: ask with the newer one")]
    NotInUse,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request: choose a new one")]
    OtherRequest,
    /// A request with this idempotency key is running.
    #[error("a request with this idempotency key is still running: try again in a moment")]
    StillRunning,
}

impl Engine {
    /// Replaces the secret of a key. A secret that was replaced before is gone with this: a key
    /// has two at most. But where nobody used the secret in use, which is as new as a lost answer,
    /// that one is gone and the older one goes on. Where the same is asked again, the secret that
    /// was made gets another text, and the older text is dead.
    ///
    /// # Errors
    /// See [`RotationRejection`]; or a fault of the store.
    pub async fn rotate_key(
        &self,
        place: &PlaceRef,
        id: KeyId,
        rotation: Rotation,
        mut context: Context<'_>,
    ) -> Outcome<IssuedKey, RotationRejection> {
        let once = context.once;
        let Ok(_turn) = self.running.enter(once.as_ref()) else {
            return Err(Failure::Rejected(RotationRejection::StillRunning));
        };
        let found = self.store.find_key(place.place().clone(), id).await?;
        let key = found.ok_or(Failure::Rejected(RotationRejection::NoSuchKey))?;
        let prefixes = &place.realm().prefixes;
        let Some(prefix) = prefixes.for_new_key(place.environment(), key.reach) else {
            return Err(Failure::Rejected(RotationRejection::NoPrefix));
        };
        let minted = mint(prefix, context.entropy);
        let secret = Secret {
            kid: minted.kid,
            digest: self.digester.digest(minted.text.expose().as_bytes()),
            hint: minted.hint,
            created_at: context.now,
            last_used_at: None,
        };
        let event = Some((EventKind::Rotated, key.owner));
        let trail = context.key_trail(Action::RotateKey, place.place(), id, event);
        let Rotation { overlap, start, holder } = rotation;
        let command = RotateKey {
            place: place.place().clone(),
            key: id,
            secret,
            overlap,
            start,
            by: holder.map_or(RotationBy::Manager, RotationBy::Holder),
            at: context.now,
            once,
            trail,
        };
        let rotated = self.store.rotate_key(command).await;
        let mut key = rotated.map_err(|failure| failure.map_rejection(why))?;
        self.keyring.freshen(&mut key);
        Ok(IssuedKey { key, text: minted.text })
    }
}

fn why(rejection: RotateKeyRejection) -> RotationRejection {
    match rejection {
        RotateKeyRejection::NoSuchKey => RotationRejection::NoSuchKey,
        RotateKeyRejection::Final(state) => RotationRejection::Final(state),
        RotateKeyRejection::NotInUse => RotationRejection::NotInUse,
        RotateKeyRejection::OtherRequest => RotationRejection::OtherRequest,
        RotateKeyRejection::AlreadyRotated => RotationRejection::AlreadyRotated,
    }
}

//! Makes a key for an account or project. Its secret exists in the answer and nowhere else.
//!
//! Must not check the account's limit here: the store does, in the transaction that writes.

use domain::audit::{Action, EventKind};
use domain::ids::{AccountId, KeyId};
use domain::ip_list::IpList;
use domain::key::{Key, KeyState};
use domain::key_text::{KeyText, mint};
use domain::lifecycle::{Aging, look};
use domain::name::DisplayName;
use domain::permission::PermissionSet;
use domain::prefix::Reach;
use domain::realm::AbsentPermissions;
use domain::secret::Secret;
use domain::time::Timestamp;
use store::command::{CreateKey, CreateKeyRejection};
use store::fault::{Failure, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;
use crate::verify::reach_of;

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its owner.
    pub owner: AccountId,
    /// What people call it.
    pub name: DisplayName,
    /// What it may do; `None` where nobody said.
    pub permissions: Option<PermissionSet>,
    /// From where it may be used.
    pub ip_list: IpList,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A key that was made, with its secret.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key.
    pub key: Key,
    /// Its text, to be shown once.
    pub text: KeyText,
}

/// Why a key was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewKeyRejection {
    /// The key was made before, and was used or changed since: it gets no other text.
    #[error("the key {made} was made by this request before, and was used or changed since")]
    AlreadyMade {
        /// The key.
        made: KeyId,
    },
    /// The expiry date is not in the future.
    #[error("the expiry date is not in the future")]
    ExpiryNotInFuture,
    /// The owner holds as many keys as it may.
    #[error("the account already holds {limit} keys, which is its limit: delete one first")]
    LimitReached {
        /// How many it may hold.
        limit: u32,
    },
    /// The owner does not exist in this place.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The realm demands that permissions are named.
    #[error("this realm demands that permissions are named")]
    PermissionsMissing,
    /// The realm issues no keys to owners of this kind.
    #[error("this realm issues no keys to accounts of this kind")]
    NoPrefix,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request: choose a new one")]
    OtherRequest,
    /// A request with this idempotency key is running.
    #[error("a request with this idempotency key is still running: try again in a moment")]
    StillRunning,
}

impl Engine {
    /// Makes a key. When this answers, the key works, unless its account is suspended. Where the
    /// same is asked again, the key that was made gets another text, and the older one is dead.
    ///
    /// # Errors
    /// See [`NewKeyRejection`]; or a fault of the store.
    pub async fn create_key(
        &self,
        place: &PlaceRef,
        wish: NewKey,
        mut context: Context<'_>,
    ) -> Outcome<IssuedKey, NewKeyRejection> {
        let found = self.keyring.owner(wish.owner);
        let owner = found.filter(|owner| owner.place == place.index);
        let reach = owner.map(|owner| reach_of(place, owner.standing));
        let issued = self.mint_key(place, wish, reach, &mut context).map_err(Failure::Rejected)?;
        let once = context.once;
        let Ok(_turn) = self.running.enter(once.as_ref()) else {
            return Err(Failure::Rejected(NewKeyRejection::StillRunning));
        };
        let IssuedKey { key, text } = issued;
        let event = Some((EventKind::Created, key.owner));
        let trail = context.key_trail(Action::CreateKey, place.place(), key.id, event);
        let keys_max = place.realm().keys_per_account;
        let outcome = self.store.create_key(CreateKey { key, keys_max, once, trail }).await;
        let key = outcome.map_err(|failure| {
            failure.map_rejection(|rejection| match rejection {
                CreateKeyRejection::NoSuchAccount => NewKeyRejection::NoSuchAccount,
                CreateKeyRejection::AlreadyMade { made } => NewKeyRejection::AlreadyMade { made },
                CreateKeyRejection::OtherRequest => NewKeyRejection::OtherRequest,
                CreateKeyRejection::LimitReached { limit } => {
                    NewKeyRejection::LimitReached { limit }
                }
            })
        })?;
        Ok(IssuedKey { key, text })
    }

    /// Mints the key that is asked for, without storing it; `reach` is that of its owner, where
    /// there is one.
    pub(crate) fn mint_key(
        &self,
        place: &PlaceRef,
        wish: NewKey,
        reach: Option<Reach>,
        context: &mut Context<'_>,
    ) -> Result<IssuedKey, NewKeyRejection> {
        if wish.expires_at.is_some_and(|end| end <= context.now) {
            return Err(NewKeyRejection::ExpiryNotInFuture);
        }
        let permissions = match (wish.permissions, place.realm().absent_permissions) {
            (Some(permissions), _) => permissions,
            (None, AbsentPermissions::MeanUnrestricted) => PermissionSet::Unrestricted,
            (None, AbsentPermissions::AreRejected) => {
                return Err(NewKeyRejection::PermissionsMissing);
            }
        };
        let reach = reach.ok_or(NewKeyRejection::NoSuchAccount)?;
        let prefixes = &place.realm().prefixes;
        let prefix = prefixes.for_new_key(place.environment(), reach);
        let look_at = first_look(place, wish.expires_at, context.now);
        let minted = mint(prefix.ok_or(NewKeyRejection::NoPrefix)?, context.entropy);
        let key = Key {
            id: KeyId::fresh(context.now, context.entropy),
            place: place.place().clone(),
            owner: wish.owner,
            reach,
            secret: Secret {
                kid: minted.kid,
                digest: self.digester.digest(minted.text.expose().as_bytes()),
                hint: minted.hint,
                created_at: context.now,
                last_used_at: None,
            },
            previous: None,
            name: wish.name,
            permissions,
            ip_list: wish.ip_list,
            state: KeyState::Enabled,
            expires_at: wish.expires_at,
            created_at: context.now,
            enabled_at: context.now,
            last_used_at: None,
            look_at,
            epoch: 0,
        };
        Ok(IssuedKey { key, text: minted.text })
    }
}

/// When the ageing of a key that is made now has to be looked at first. The stages of every kind of
/// account are asked: a look too many does no harm.
fn first_look(
    place: &PlaceRef,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let realm = place.realm();
    let policy = &realm.lifecycle.policy;
    let new = Aging { state: KeyState::Enabled, idle_since: now, expires_at, done: &[] };
    let first = |stages| look(stages, &realm.time_zone, &new, now).next;
    [first(&policy.ordinary), first(&policy.white_label)].into_iter().flatten().min()
}

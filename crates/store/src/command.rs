//! The commands and questions that a store answers, as plain data.
//!
//! Every instant, identifier, limit and outbox row comes in with the command. Must not hold
//! anything that a store would have to make up.

mod accounts;
mod aging;
mod audit;
mod clocks;
mod deliveries;
mod events;
mod exposures;
mod guards;
mod letters;
mod lists;
mod operators;
mod secrets;
mod webhooks;

use std::collections::{HashMap, HashSet};

use domain::audit::{Action, AuditEntry, Event, is_told_rightly};
use domain::idempotence::Idempotence;
use domain::ids::{AccountId, KeyId, Place};
use domain::ip_list::IpList;
use domain::key::{DisabledCause, Key, KeyAction, KeyState, KeySwitch};
use domain::key_filter::KeyFilter;
use domain::key_snapshot::KeySnapshot;
use domain::name::DisplayName;
use domain::permission::PermissionSet;
use domain::time::Timestamp;

pub use accounts::{
    AccountChange, Belongings, BrowseSubaccounts, CreateAccount, CreateAccountRejection,
    DeleteAccount, DeleteAccountRejection, Slice, UpdateAccount, UpdateAccountRejection,
};
pub use aging::{
    AGED_AT_ONCE, AgeKeys, AgeKeysRejection, Aged, AgedKey, DueKey, DueKeys, DuePage, DuePosition,
    KeptStep, RelookKeys, Seen,
};
pub use audit::{AuditPage, AuditRow, ListAudit};
pub use clocks::MoveClock;
pub use deliveries::{
    AlertRow, ClaimDeliveries, Claimed, Consumer, CursorMoved, Delivery, DeliveryPage,
    DeliveryState, ExpireDeliveries, Expired, Hand, Heard, KeptAttempt, LIFTED_AT_ONCE,
    ListDeliveries, NewDelivery, QueueStanding, RecordAttempt, RemoveBackoff, ResendDelivery,
    ResendDeliveryRejection, TakeEvents, Turns, WebhookRef,
};
pub use events::{EventPage, EventPosition, EventRow, ListEvents, Whose};
pub use exposures::{ExposeKey, ExposedKey, Telling};
pub use guards::{Approval, ApproveSweep, MarkNotAhead, NoteClock, PlaceGuard, ResetMark};
pub use letters::{
    Cause, CausePage, ClaimLetters, ClaimedCopy, CopyEnding, CopyHand, DueCopies, LettersStanding,
    NewNews, PruneLetters, RecordCopy, TakeCauses,
};
pub use lists::{ListAccounts, ListKeys, Page, Position};
pub use operators::{
    CreateOperatorKey, CreateOperatorKeyRejection, DeleteOperatorKey, DeleteOperatorKeyRejection,
    ListOperatorKeys,
};
pub use secrets::{EraseSecrets, ErasedWhere, KeyUse, RotateKey, RotateKeyRejection, RotationBy};
pub use webhooks::{
    CreateWebhook, CreateWebhookRejection, DeleteWebhook, NoSuchWebhook, ReplacedToken,
    RotateWebhook, RotateWebhookRejection, UpdateWebhook, WebhookChange,
};

/// Most items of one page.
pub const PAGE_MAX: u32 = 100;

/// Most rows that are looked at for one page, however few of them are wanted.
pub const ROWS_MAX: u32 = 10_000;

/// The rows that tell of a change; written in its transaction, and only if something changed.
#[derive(Clone, Debug)]
pub struct Trail {
    /// Who did what.
    pub audit: AuditEntry,
    /// What others will be told.
    pub events: Vec<Event>,
}

impl Trail {
    /// The trail of an update, without events of what did not happen: whoever asked for it could
    /// not know in which state the key would be met.
    #[must_use]
    pub fn of_update(&self, old: &Key, new: &Key) -> Self {
        let mut trail = self.clone();
        trail.events.retain(|event| is_told_rightly(event.kind, old, new));
        trail
    }

    /// The trail of a creation that turned out to be asked for again, and gave this key another
    /// text: no key was made, so no event tells of one.
    #[must_use]
    pub fn of_reissue(&self, key: KeyId) -> Self {
        let audit = AuditEntry {
            action: Action::ReissueKey,
            target: key.to_string(),
            ..self.audit.clone()
        };
        Self { audit, events: Vec::new() }
    }

    /// The trail with another action, where only the store can say what happened.
    #[must_use]
    pub fn of(&self, action: Action) -> Self {
        let mut trail = self.clone();
        trail.audit.action = action;
        trail
    }

    /// The events in their order, each with its key as it stands after the change, if the change
    /// wrote that key.
    pub fn told<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k Key>,
    ) -> impl Iterator<Item = (&Event, Option<KeySnapshot>)> {
        let keys: HashMap<KeyId, &Key> = keys.into_iter().map(|key| (key.id, key)).collect();
        self.events.iter().map(move |event| {
            let key = keys.get(&event.key);
            (event, key.map(|key| KeySnapshot::of(key)))
        })
    }

    /// The trail of a change of many keys, without events of those that it left alone.
    #[must_use]
    pub fn of_keys(&self, changed: &[Key]) -> Self {
        let changed: HashSet<KeyId> = changed.iter().map(|key| key.id).collect();
        let mut trail = self.clone();
        trail.events.retain(|event| changed.contains(&event.key));
        trail
    }
}

/// Makes a key, unless its owner has reached the limit. Its `epoch` is set by the store.
///
/// A command that carries an [`Idempotence`] which is kept from an earlier one, with the same
/// fingerprint, makes no key. The text of the key that was made is not kept anywhere, so that key
/// takes over kid, digest and hint of this one, if it works and was never used; the older text is
/// dead before the answer.
#[derive(Clone, Debug)]
pub struct CreateKey {
    /// The key.
    pub key: Key,
    /// Most keys of the owner that work or could be enabled again at the key's creation, where the
    /// owner has no limit of its own.
    pub keys_max: u32,
    /// By which it is done once.
    pub once: Option<Idempotence>,
    /// What tells of it.
    pub trail: Trail,
}

/// Why a key was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateKeyRejection {
    /// The owner does not exist in this place.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The owner holds as many keys as it may.
    #[error("the account already holds {limit} keys: delete one first")]
    LimitReached {
        /// How many it may hold.
        limit: u32,
    },
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    OtherRequest,
    /// The key was made before, and was used or changed since: it gets no other text.
    #[error("the key {made} was made before and was used or changed since")]
    AlreadyMade {
        /// The key.
        made: KeyId,
    },
}

/// Which fields of a key change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct KeyChange {
    /// A new name.
    pub name: Option<DisplayName>,
    /// New permissions.
    pub permissions: Option<PermissionSet>,
    /// A new expiry date, or none.
    pub expires_at: Option<Option<Timestamp>>,
    /// A new list of addresses.
    pub ip_list: Option<IpList>,
    /// On or off.
    pub switch: Option<KeySwitch>,
}

/// Changes fields of a key that is not over for good.
#[derive(Clone, Debug)]
pub struct UpdateKey {
    /// Where the key is.
    pub place: Place,
    /// Which key.
    pub key: KeyId,
    /// What changes.
    pub change: KeyChange,
    /// When.
    pub at: Timestamp,
    /// What tells of it. Of its events those are kept that tell of what happened.
    pub trail: Trail,
}

/// Switches a key on. An enabled key stays as it is.
#[derive(Clone, Debug)]
pub struct EnableKey {
    /// Where the key is.
    pub place: Place,
    /// Which key.
    pub key: KeyId,
    /// When.
    pub at: Timestamp,
    /// What tells of it.
    pub trail: Trail,
}

/// Switches a key off. A disabled key stays as it is.
#[derive(Clone, Debug)]
pub struct DisableKey {
    /// Where the key is.
    pub place: Place,
    /// Which key.
    pub key: KeyId,
    /// Why.
    pub cause: DisabledCause,
    /// When.
    pub at: Timestamp,
    /// What tells of it.
    pub trail: Trail,
}

/// Deletes a key for good, in whatever state. A deleted key stays as it is.
#[derive(Clone, Debug)]
pub struct DeleteKey {
    /// Where the key is.
    pub place: Place,
    /// Which key.
    pub key: KeyId,
    /// When.
    pub at: Timestamp,
    /// What tells of it.
    pub trail: Trail,
}

/// Why a key was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeKeyRejection {
    /// There is no such key in this place.
    #[error("there is no such key")]
    NoSuchKey,
    /// The key is over for good: expired, or deleted.
    #[error("the key is over for good and cannot be changed")]
    Final(KeyState),
}

/// Does one thing to many keys: all that it has to, or nothing.
///
/// Keys that do not meet the filter, are in that state already, or are over for good, are left
/// alone. Every key that changes takes the epoch of the change.
///
/// A command that carries an [`Idempotence`] which is kept from an earlier one, with the same
/// fingerprint, changes nothing and is answered with what the earlier one did; the keys in that
/// answer are shown as they now stand. One that changed nothing keeps none.
#[derive(Clone, Debug)]
pub struct ChangeKeys {
    /// Where the keys are.
    pub place: Place,
    /// Whose they have to be; `None` for anybody's.
    pub owner: Option<AccountId>,
    /// Which keys, each once.
    pub keys: Vec<KeyId>,
    /// What they have to be to be changed.
    pub filter: KeyFilter,
    /// How many more were found to which nothing has to be done.
    pub left_alone: u32,
    /// Where to look for others, if there may be any.
    pub next: Option<Position>,
    /// What is done to each.
    pub action: KeyAction,
    /// When.
    pub at: Timestamp,
    /// By which it is done once.
    pub once: Option<Idempotence>,
    /// What tells of it, with an event for each key. Those of keys left alone are not kept.
    pub trail: Trail,
}

/// What became of many keys.
#[derive(Clone, Debug)]
pub struct ChangedKeys {
    /// How many of the keys met the filter, and how many were left alone before.
    pub matched: u32,
    /// Those that changed, as they now stand, in the order in which they were named.
    pub changed: Vec<Key>,
    /// Where to look for others, if there may be any.
    pub next: Option<Position>,
}

/// Why none of many keys was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeKeysRejection {
    /// One of them is not there: not in this place, or not of this owner.
    #[error("one of the keys does not exist")]
    NoSuchKey,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    OtherRequest,
}

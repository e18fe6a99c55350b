//! Who did what: audit entries and events, written in the transaction of the change they tell of.
//!
//! Must not hold a secret or any free text beyond names that people gave.

use crate::exposure::Exposure;
use crate::ids::{AccountId, AuditId, EventId, KeyId, OperatorKeyId, Place, RequestId};
use crate::key::{Key, KeyState};
use crate::time::Timestamp;

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// An operator, by the key that was used.
    Operator(OperatorKeyId),
    /// The owner of an account, by the key that was used.
    Key(KeyId),
    /// The server itself: first start, a sweep.
    System,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Operator(id) => write!(f, "operator:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Keys of a place were admitted to take steps of their ageing at once, whatever their share.
    ApproveSweep,
    /// Who is written to about an account was changed, and perhaps more of it.
    ChangeContacts,
    /// The release of an account was closed.
    CloseRelease,
    /// An account was made.
    CreateAccount,
    /// A key was made.
    CreateKey,
    /// An operator's key was made.
    CreateOperatorKey,
    /// A webhook was made.
    CreateWebhook,
    /// An account below another one was deleted, and its keys and webhooks with it.
    DeleteAccount,
    /// A key was deleted.
    DeleteKey,
    /// An operator's key was deleted.
    DeleteOperatorKey,
    /// Many keys were deleted at once.
    DeleteKeys,
    /// A webhook was deleted.
    DeleteWebhook,
    /// A key was switched off.
    DisableKey,
    /// Many keys were switched off at once.
    DisableKeys,
    /// A key was switched on.
    EnableKey,
    /// Many keys were switched on at once.
    EnableKeys,
    /// The clock of a place was moved forward.
    MoveClock,
    /// A key is over for good: nobody used it, or its date came.
    ExpireKey,
    /// A key was seen by others, or may have been.
    ExposeKey,
    /// A letter could not be sent to somebody, and is not tried again.
    GiveUpLetter,
    /// The release of an account was opened.
    OpenRelease,
    /// A key was given a new secret.
    RotateKey,
    /// A webhook was given a new secret.
    RotateWebhook,
    /// A key was given another text, because its maker asked again and had not used it.
    ReissueKey,
    /// The waits of a webhook's events were lifted.
    RemoveBackoff,
    /// An event was put up to be sent to a webhook once more.
    ResendDelivery,
    /// Keys of a place age again from now on, although some took steps at a later instant.
    ResetLifecycleClock,
    /// An account was put in force again.
    ResumeAccount,
    /// An account was taken out of force.
    SuspendAccount,
    /// An account was changed.
    UpdateAccount,
    /// A key was changed.
    UpdateKey,
    /// A webhook was changed.
    UpdateWebhook,
    /// Events that could not be delivered to a webhook in time were deleted.
    ExpireDeliveries,
    /// Too many attempts to send to a webhook failed in a row, and it was interrupted.
    InterruptWebhook,
    /// Several attempts to send to a webhook failed in a row.
    WarnOfWebhook,
    /// The people of a key were warned that it will be over for lack of use.
    WarnOfExpiry,
}

impl Action {
    /// The stable name that is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApproveSweep => "lifecycle.approved",
            Self::ResetLifecycleClock => "lifecycle.clock_reset",
            Self::ChangeContacts => "account.contacts_changed",
            Self::CloseRelease => "account.release_closed",
            Self::CreateAccount => "account.created",
            Self::CreateKey => "key.created",
            Self::CreateOperatorKey => "operator_key.created",
            Self::CreateWebhook => "webhook.created",
            Self::DeleteAccount => "account.deleted",
            Self::DeleteKey => "key.deleted",
            Self::DeleteOperatorKey => "operator_key.deleted",
            Self::DeleteKeys => "keys.deleted",
            Self::DeleteWebhook => "webhook.deleted",
            Self::DisableKey => "key.disabled",
            Self::DisableKeys => "keys.disabled",
            Self::EnableKey => "key.enabled",
            Self::EnableKeys => "keys.enabled",
            Self::MoveClock => "clock.moved",
            Self::ExpireKey => "key.expired",
            Self::ExposeKey => "key.exposed",
            Self::GiveUpLetter => "letter.given_up",
            Self::OpenRelease => "account.release_opened",
            Self::RotateKey => "key.rotated",
            Self::RotateWebhook => "webhook.secret_rotated",
            Self::ReissueKey => "key.reissued",
            Self::RemoveBackoff => "webhook.backoff_removed",
            Self::ResendDelivery => "webhook.delivery_resent",
            Self::ResumeAccount => "account.resumed",
            Self::SuspendAccount => "account.suspended",
            Self::UpdateAccount => "account.updated",
            Self::UpdateKey => "key.updated",
            Self::UpdateWebhook => "webhook.updated",
            Self::ExpireDeliveries => "webhook.deliveries_expired",
            Self::InterruptWebhook => "webhook.interrupted",
            Self::WarnOfWebhook => "webhook.failing",
            Self::WarnOfExpiry => "key.expiry_warned",
        }
    }
}

/// One audit row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its identity.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// Where; `None` for what concerns the whole server.
    pub place: Option<Place>,
    /// To what: the id of an account, key, webhook, letter or operator's key; for many keys, their owner or
    /// else their place; for a clock, the instants from which and to which it was moved.
    pub target: String,
    /// In which request.
    pub request_id: RequestId,
}

/// What happened to a key, for those who want to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// It was made.
    Created,
    /// It was deleted.
    Deleted,
    /// It was switched off.
    Disabled,
    /// It was switched on.
    Enabled,
    /// It is over for good: nobody used it, or its date came.
    Expired,
    /// It will be over for lack of use.
    ExpiringSoon,
    /// Others saw it, or may have seen it.
    Exposed,
    /// Its permissions changed.
    PermissionsChanged,
    /// It was given a new secret.
    Rotated,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Deleted,
        Self::Disabled,
        Self::Enabled,
        Self::Expired,
        Self::ExpiringSoon,
        Self::Exposed,
        Self::PermissionsChanged,
        Self::Rotated,
    ];

    /// The stable name that is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "key.created",
            Self::Deleted => "key.deleted",
            Self::Disabled => "key.disabled",
            Self::Enabled => "key.enabled",
            Self::Expired => "key.expired",
            Self::ExpiringSoon => "key.expiring_soon",
            Self::Exposed => "key.exposed",
            Self::PermissionsChanged => "key.permissions_changed",
            Self::Rotated => "key.rotated",
        }
    }

    /// The kind of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Whether a change from the one state of a key to the other is what an event of this kind tells
/// of. Kinds that no update of a key brings about are not looked at.
#[must_use]
pub fn is_told_rightly(kind: EventKind, old: &Key, new: &Key) -> bool {
    let was_on = old.state == KeyState::Enabled;
    let is_on = new.state == KeyState::Enabled;
    match kind {
        EventKind::PermissionsChanged => old.permissions != new.permissions,
        EventKind::Enabled => !was_on && is_on,
        EventKind::Disabled => was_on && !is_on,
        EventKind::Created
        | EventKind::Deleted
        | EventKind::Expired
        | EventKind::ExpiringSoon
        | EventKind::Exposed
        | EventKind::Rotated => true,
    }
}

/// One event row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identity, the same on every delivery.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Where.
    pub place: Place,
    /// Whose key.
    pub account: AccountId,
    /// Which key.
    pub key: KeyId,
    /// How others came to see it, where the event tells of that and of nothing else.
    pub exposure: Option<Exposure>,
}

//! Who did what: audit entries and events, written in the transaction of the change they tell of.
//!
//! Must not hold a secret or any free text beyond names that people gave.

mod action;
mod search;

pub use action::Action;
pub use search::AuditSearch;

use crate::exposure::Exposure;
use crate::ids::{AccountId, AuditId, EventId, KeyId, NotAnId, OperatorKeyId, Place, RequestId};
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

/// The text names nobody who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected operator: or key: and an id, or system")]
pub struct NotAnActor;

impl Actor {
    /// Reads the text that is stored and shown.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, NotAnActor> {
        let read = match text.split_once(':') {
            Some(("operator", id)) => OperatorKeyId::parse(id).map(Self::Operator),
            Some(("key", id)) => KeyId::parse(id).map(Self::Key),
            Some(_) => return Err(NotAnActor),
            None if text == "system" => Ok(Self::System),
            None => return Err(NotAnActor),
        };
        read.map_err(|NotAnId| NotAnActor)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_as_it_is_written_and_no_other_text_is_one() {
        let (operator, key) = (OperatorKeyId::from_u128(7), KeyId::from_u128(8));
        for actor in [Actor::Operator(operator), Actor::Key(key), Actor::System] {
            assert_eq!(Actor::parse(&actor.to_string()), Ok(actor));
        }
        let id = operator.to_string();
        for text in ["", "system:", "System", "operator:", "operator", &id, &format!("key: {id}")] {
            assert_eq!(Actor::parse(text), Err(NotAnActor), "{text}");
        }
    }
}

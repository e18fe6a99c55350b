//! What every command is given besides its own data: who acts, when, in which request, and chance.
//!
//! Must not be stored; it belongs to one command.

use domain::audit::{Action, Actor, AuditEntry, Event, EventKind};
use domain::entropy::Entropy;
use domain::idempotence::Idempotence;
use domain::ids::{AccountId, AuditId, EventId, KeyId, Place, RequestId};
use domain::time::Timestamp;
use store::command::Trail;

/// The circumstances of one command.
pub struct Context<'e> {
    /// When it came, in the time of the place that it is about.
    pub now: Timestamp,
    /// Who acts.
    pub actor: Actor,
    /// In which request.
    pub request_id: RequestId,
    /// By which it is done once, where the caller asked for that and the command can.
    pub once: Option<Idempotence>,
    /// Where its identifiers and secrets come from.
    pub entropy: &'e mut (dyn Entropy + Send),
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("now", &self.now)
            .field("actor", &self.actor)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl Context<'_> {
    /// The rows that tell of a change that is no key's.
    pub(crate) fn trail(&mut self, action: Action, place: Option<&Place>, target: String) -> Trail {
        let audit = AuditEntry {
            id: AuditId::fresh(self.now, self.entropy),
            at: self.now,
            actor: self.actor,
            action,
            place: place.cloned(),
            target,
            request_id: self.request_id,
        };
        Trail { audit, events: Vec::new() }
    }

    /// The rows that tell of a change to a key, with an event of each kind that is given.
    pub(crate) fn key_trail(
        &mut self,
        action: Action,
        place: &Place,
        key: KeyId,
        events: impl IntoIterator<Item = (EventKind, AccountId)>,
    ) -> Trail {
        let mut trail = self.trail(action, Some(place), key.to_string());
        trail.events.extend(events.into_iter().map(|(kind, account)| Event {
            id: EventId::fresh(self.now, self.entropy),
            at: self.now,
            kind,
            place: place.clone(),
            account,
            key,
            exposure: None,
        }));
        trail
    }
}

//! The port of wording: how an event reads on the wire of a realm, and what goes with it to its
//! receiver.
//!
//! Must not send anything, nor put into a body what only the receiver may know: bodies are kept.

use std::fmt;

use domain::account::Account;
use domain::audit::EventKind;
use domain::ids::EventId;
use domain::key_snapshot::KeySnapshot;
use domain::realm::Realm;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use store::command::EventRow;

use super::courier::Parcel;

/// An event, and what may be told with it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The event.
    pub row: &'a EventRow,
    /// Its key as the change left it.
    pub key: &'a KeySnapshot,
    /// Whose key it is.
    pub account: &'a Account,
    /// The realm.
    pub realm: &'a Realm,
    /// When the key ends for lack of use, if nobody uses it from here on.
    pub projected_expiry: Option<Timestamp>,
}

/// Words events in the language of one realm.
pub trait Herald: Send + Sync + fmt::Debug {
    /// The name by which webhooks are told of such events; `None` where nobody is told.
    fn event_name(&self, kind: EventKind) -> Option<&'static str>;

    /// The body, in JSON: the same bytes on every attempt, and no secret in it.
    fn body(&self, told: &Told<'_>) -> Box<str>;

    /// What is sent in an attempt at this instant.
    fn parcel(&self, webhook: &Webhook, event: EventId, body: &str, at: Timestamp) -> Parcel;
}

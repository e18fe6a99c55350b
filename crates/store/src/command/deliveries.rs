//! The commands and questions about deliveries, as plain data.
//!
//! Must not hold anything that a store would have to make up, nor render a body.

use domain::audit::EventKind;
use domain::delivery::{Ending, Streak, SuccessRule};
use domain::ids::{AccountId, EventId, Place, WebhookId};
use domain::time::Timestamp;
use domain::webhook::Webhook;

use super::{EventPosition, Trail};

/// Somebody who is told of every event once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consumer {
    /// Webhooks.
    Webhooks,
    /// Letters.
    Mail,
}

impl Consumer {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Webhooks, Self::Mail];

    /// The stable name that is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhooks => "webhooks",
            Self::Mail => "mail",
        }
    }
}

/// An event that is to be sent to a webhook, with the body that it will have on every attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// To which webhook.
    pub webhook: WebhookId,
    /// Where the event stands; its deliveries stand in the same order.
    pub position: EventPosition,
    /// Which event.
    pub event: EventId,
    /// What it tells of.
    pub kind: EventKind,
    /// What is sent: text without a secret.
    pub body: Box<str>,
    /// When it was put up; from then on it is kept for its time.
    pub made_at: Timestamp,
}

/// Takes events for a consumer: moves its cursor and writes what follows from them, all or nothing.
/// What is for a webhook that was deleted meanwhile is left out. Takes no epoch.
#[derive(Clone, Debug)]
pub struct TakeEvents {
    /// For whom.
    pub consumer: Consumer,
    /// Where its cursor must stand.
    pub from: EventPosition,
    /// Where it stands afterwards.
    pub to: EventPosition,
    /// What follows.
    pub deliveries: Vec<NewDelivery>,
}

/// The cursor stands elsewhere: somebody else took these events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor has moved: look where it stands")]
pub struct CursorMoved;

/// Takes in hand what is due to be sent in a place: webhooks in turn, so that none waits for
/// another; of a sequential one its first undelivered event alone, of a free one
/// [`AT_ONCE_MAX`](domain::delivery::AT_ONCE_MAX) at once. What somebody took in hand and did not
/// come back from in time is free again.
#[derive(Clone, Debug)]
pub struct ClaimDeliveries {
    /// Which place.
    pub place: Place,
    /// The instant there, by which things are due.
    pub now: Timestamp,
    /// The instant of the system's clock, by which hands are free again.
    pub clock: Timestamp,
    /// Until when, by that clock, what is taken is in this hand.
    pub until: Timestamp,
    /// How many at most.
    pub limit: u32,
}

/// A delivery in hand.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// To whom, as the webhook stands.
    pub webhook: Webhook,
    /// Where the event stands.
    pub position: EventPosition,
    /// Which event.
    pub event: EventId,
    /// What it tells of.
    pub kind: EventKind,
    /// What is sent.
    pub body: Box<str>,
    /// The number of this hand: whoever comes back with an older one is not heard.
    pub fence: u64,
}

impl Claimed {
    /// By what it is given back or recorded.
    #[must_use]
    pub const fn hand(&self) -> Hand {
        Hand { webhook: self.webhook.id, position: self.position, fence: self.fence }
    }
}

/// Names a delivery in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hand {
    /// To which webhook.
    pub webhook: WebhookId,
    /// Where the event stands.
    pub position: EventPosition,
    /// The number of the hand.
    pub fence: u64,
}

/// Records what came of an attempt, and what follows from it: see
/// [`Streak::after_failure`]. Where its people are told, that is a change with its trail, whose
/// action the store sets; else it takes no epoch.
#[derive(Clone, Debug)]
pub struct RecordAttempt {
    /// Which delivery, in whose hand.
    pub hand: Hand,
    /// When the attempt began, in the time of its place.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// How it ended.
    pub ending: Ending,
    /// Which answers count as delivered.
    pub rule: SuccessRule,
    /// The beginning of the answer's body.
    pub answer: Vec<u8>,
    /// What tells of it where its people are told.
    pub trail: Trail,
}

/// Whether an attempt, or what was given back, was still in that hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was.
    Yes,
    /// Somebody else has it, or it is gone: nothing was written.
    No,
}

/// Names a webhook of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRef {
    /// Where it is.
    pub place: Place,
    /// Whose it is.
    pub account: AccountId,
    /// Which webhook.
    pub webhook: WebhookId,
}

/// Most waits that are lifted by one command: the store's writer is held meanwhile.
pub const LIFTED_AT_ONCE: u32 = 5_000;

/// Lifts waits of events of a webhook, those of the oldest first: they are due at once, and its streak is
/// over. One that is interrupted stays so.
#[derive(Clone, Debug)]
pub struct RemoveBackoff {
    /// Which webhook.
    pub webhook: WebhookRef,
    /// How many at most.
    pub limit: u32,
    /// When.
    pub at: Timestamp,
    /// What tells of it.
    pub trail: Trail,
}

/// Puts an event up to be sent once more, delivered or not, as if it had never failed.
#[derive(Clone, Debug)]
pub struct ResendDelivery {
    /// Which webhook.
    pub webhook: WebhookRef,
    /// Which event.
    pub event: EventId,
    /// When.
    pub at: Timestamp,
    /// What tells of it.
    pub trail: Trail,
}

/// Why an event was not put up once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResendDeliveryRejection {
    /// There is no such webhook in this place.
    #[error("there is no such webhook")]
    NoSuchWebhook,
    /// The event was never for this webhook, or is not kept any more.
    #[error("there is no such delivery")]
    NoSuchDelivery,
}

/// Deletes deliveries of a webhook that were put up at this instant or earlier, in bounded steps. Of
/// those that were not delivered the trail tells, and so are its people; of a webhook that was
/// deleted all go, and nobody is told.
#[derive(Clone, Debug)]
pub struct ExpireDeliveries {
    /// Which webhook.
    pub webhook: WebhookId,
    /// Up to which instant.
    pub made_until: Timestamp,
    /// When.
    pub at: Timestamp,
    /// How many at most.
    pub limit: u32,
    /// What tells of it.
    pub trail: Trail,
}

/// What became of old deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// How many are gone.
    pub deleted: u32,
    /// How many of them were never delivered.
    pub undelivered: u32,
}

/// How an event on its way stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Not tried since it was put up.
    Pending,
    /// It failed so often, and is due at this instant.
    Waiting {
        /// How often.
        failures: u32,
        /// When it is due.
        next_at: Timestamp,
    },
    /// The receiver took it.
    Delivered {
        /// When.
        at: Timestamp,
    },
}

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// To which webhook.
    pub webhook: WebhookId,
    /// Where the event stands.
    pub position: EventPosition,
    /// Which event.
    pub event: EventId,
    /// What it tells of.
    pub kind: EventKind,
    /// What is sent.
    pub body: Box<str>,
    /// When it was put up.
    pub made_at: Timestamp,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
}

/// Asks for deliveries of a webhook, in the order of their events.
#[derive(Clone, Debug)]
pub struct ListDeliveries {
    /// Which webhook.
    pub webhook: WebhookRef,
    /// Where to go on.
    pub after: EventPosition,
    /// How many, from one to [`PAGE_MAX`](super::PAGE_MAX).
    pub limit: u32,
}

/// A page of deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryPage {
    /// The deliveries.
    pub items: Vec<Delivery>,
    /// Where the list goes on, if it does.
    pub next: Option<EventPosition>,
}

/// One attempt as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAttempt {
    /// The first is 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// How it ended.
    pub ending: Ending,
    /// The beginning of the answer's body.
    pub answer: Vec<u8>,
}

/// When something may be taken in hand in a place, or deleted. A claim before both of the first finds
/// nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// When the first webhook has its turn, in the place's time; absent where none waits for one.
    pub due_at: Option<Timestamp>,
    /// When the first of what is in hand is free again, by the system's clock.
    pub lapses_at: Option<Timestamp>,
    /// When the oldest delivery that is kept was put up, or earlier, in the place's time; absent where
    /// there is none. It is the epoch where a webhook is gone whose deliveries are all to go.
    pub oldest_at: Option<Timestamp>,
}

impl Turns {
    /// Whether a claim at this instant of the place and of the system's clock may find something.
    #[must_use]
    pub fn have_come(self, now: Timestamp, clock: Timestamp) -> bool {
        self.due_at.is_some_and(|at| at <= now) || self.lapses_at.is_some_and(|at| at <= clock)
    }
}

/// How the queue of a webhook stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueStanding {
    /// Its failures in a row.
    pub streak: Streak,
    /// How many events wait because they failed.
    pub penalized: u64,
    /// How many events were deleted because they could not be delivered in time.
    pub expired: u64,
    /// When that was last so.
    pub expired_at: Option<Timestamp>,
}

/// What the people of a webhook are told, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// The epoch of its change: later ones are greater.
    pub epoch: u64,
    /// Where the webhook is, whose it is, and which.
    pub webhook: WebhookRef,
    /// When.
    pub at: Timestamp,
    /// What.
    pub alert: domain::delivery::Alert,
    /// How the last attempt ended, where attempts failed.
    pub last: Option<Ending>,
    /// When the youngest of the events was put up, where events were deleted.
    pub youngest_at: Option<Timestamp>,
}

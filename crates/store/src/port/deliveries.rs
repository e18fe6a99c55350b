//! The port of deliveries: events are taken once, sent in hand, and what came of it is kept.
//!
//! Must not send anything, nor know how a body is made.

use async_trait::async_trait;
use domain::ids::{EventId, Place, WebhookId};
use domain::time::Timestamp;

use crate::command::{
    AlertRow, ClaimDeliveries, Claimed, Consumer, CursorMoved, Delivery, DeliveryPage,
    EventPosition, ExpireDeliveries, Expired, Hand, Heard, KeptAttempt, ListDeliveries,
    NoSuchWebhook, QueueStanding, RecordAttempt, RemoveBackoff, ResendDelivery,
    ResendDeliveryRejection, TakeEvents, Turns, WebhookRef,
};
use crate::fault::{Fault, Outcome};

/// The part of a store that is about deliveries.
#[async_trait]
pub trait DeliveryStore: Send + Sync {
    /// Where a consumer goes on.
    async fn cursor(&self, consumer: Consumer) -> Result<EventPosition, Fault>;

    /// Moves a consumer's cursor, and writes what follows from the events before it.
    async fn take_events(&self, command: TakeEvents) -> Outcome<(), CursorMoved>;

    /// When there is something to take in hand in a place. Asking costs no write, as a claim does.
    async fn turns(&self, place: Place) -> Result<Turns, Fault>;

    /// Takes in hand what is due.
    async fn claim_deliveries(&self, command: ClaimDeliveries) -> Result<Vec<Claimed>, Fault>;

    /// Records attempts, each by itself; says of each whether it was heard.
    async fn record_attempts(&self, attempts: Vec<RecordAttempt>) -> Result<Vec<Heard>, Fault>;

    /// Gives back what was not sent. Nothing is counted.
    async fn release_deliveries(&self, hands: Vec<Hand>) -> Result<(), Fault>;

    /// Lifts the waits of a webhook; says how many events had one.
    async fn remove_backoff(&self, command: RemoveBackoff) -> Outcome<u32, NoSuchWebhook>;

    /// Puts an event up once more.
    async fn resend_delivery(
        &self,
        command: ResendDelivery,
    ) -> Outcome<Delivery, ResendDeliveryRejection>;

    /// Deletes old deliveries of a webhook.
    async fn expire_deliveries(&self, command: ExpireDeliveries) -> Result<Expired, Fault>;

    /// Webhooks of a place with deliveries that may have been put up at this instant or earlier: at
    /// most so many.
    async fn list_expiring(
        &self,
        place: Place,
        made_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, Fault>;

    /// A page of the deliveries of a webhook.
    async fn list_deliveries(&self, question: ListDeliveries) -> Result<DeliveryPage, Fault>;

    /// One delivery and its attempts, the latest last, as far as they are kept.
    async fn find_delivery(
        &self,
        webhook: WebhookRef,
        event: EventId,
    ) -> Result<Option<(Delivery, Vec<KeptAttempt>)>, Fault>;

    /// How the queue of a webhook stands; as an empty one where nothing was ever put up.
    async fn queue_standing(&self, webhook: WebhookId) -> Result<QueueStanding, Fault>;

    /// What the people of webhooks are to be told, behind this epoch, in its order: at most so many.
    async fn list_alerts(&self, after: u64, limit: u32) -> Result<Vec<AlertRow>, Fault>;

    /// The same of one webhook.
    async fn list_alerts_of(
        &self,
        webhook: WebhookId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AlertRow>, Fault>;
}

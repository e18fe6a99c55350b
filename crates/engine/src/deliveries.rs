//! Shows deliveries and events, lifts waits and sends once more.
//!
//! Must not send anything itself.

use domain::audit::Action;
use domain::ids::{AccountId, EventId, WebhookId};
use store::command::{
    Delivery, DeliveryPage, EventPage, EventPosition, KeptAttempt, ListDeliveries, ListEvents,
    NoSuchWebhook, QueueStanding, RemoveBackoff, ResendDelivery, ResendDeliveryRejection,
    WebhookRef,
};
use store::fault::{Fault, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// A page of the events of a place, in their order; of this account's keys, where one is named.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_events(
        &self,
        place: &PlaceRef,
        account: Option<AccountId>,
        after: EventPosition,
        limit: u32,
    ) -> Result<EventPage, Fault> {
        let place = Some(place.place().clone());
        let question = ListEvents { place, account, limit, ..ListEvents::after(after) };
        self.store.list_events(question).await
    }

    /// A page of the deliveries of a webhook, in the order of their events.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_deliveries(
        &self,
        webhook: WebhookRef,
        after: EventPosition,
        limit: u32,
    ) -> Result<DeliveryPage, Fault> {
        self.store.list_deliveries(ListDeliveries { webhook, after, limit }).await
    }

    /// One delivery and its attempts.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn get_delivery(
        &self,
        webhook: WebhookRef,
        event: EventId,
    ) -> Result<Option<(Delivery, Vec<KeptAttempt>)>, Fault> {
        self.store.find_delivery(webhook, event).await
    }

    /// How the queue of a webhook stands.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn queue_standing(&self, webhook: WebhookId) -> Result<QueueStanding, Fault> {
        self.store.queue_standing(webhook).await
    }

    /// Lifts the waits of all events of a webhook; says how many had one.
    ///
    /// # Errors
    /// No such webhook, or a fault of the store.
    pub async fn remove_backoff(
        &self,
        webhook: WebhookRef,
        mut context: Context<'_>,
    ) -> Outcome<u32, NoSuchWebhook> {
        let target = webhook.webhook.to_string();
        let trail = context.trail(Action::RemoveBackoff, Some(&webhook.place), target);
        self.store.remove_backoff(RemoveBackoff { webhook, at: context.now, trail }).await
    }

    /// Puts an event up to be sent once more.
    ///
    /// # Errors
    /// No such webhook or delivery, or a fault of the store.
    pub async fn resend_delivery(
        &self,
        webhook: WebhookRef,
        event: EventId,
        mut context: Context<'_>,
    ) -> Outcome<Delivery, ResendDeliveryRejection> {
        let target = webhook.webhook.to_string();
        let trail = context.trail(Action::ResendDelivery, Some(&webhook.place), target);
        self.store.resend_delivery(ResendDelivery { webhook, event, at: context.now, trail }).await
    }
}

//! The part of the switchable store that is about deliveries.

use async_trait::async_trait;
use domain::ids::{EventId, Place, WebhookId};
use domain::time::Timestamp;
use store::command::{
    AlertRow, ClaimDeliveries, Claimed, Consumer, CursorMoved, Delivery, DeliveryPage,
    EventPosition, ExpireDeliveries, Expired, Hand, Heard, KeptAttempt, ListDeliveries,
    NoSuchWebhook, QueueStanding, RecordAttempt, RemoveBackoff, ResendDelivery,
    ResendDeliveryRejection, TakeEvents, Turns, WebhookRef,
};
use store::fault::{Fault, Outcome};
use store::port::DeliveryStore;

use super::SwitchableStore;

#[async_trait]
impl DeliveryStore for SwitchableStore {
    async fn cursor(&self, consumer: Consumer) -> Result<EventPosition, Fault> {
        self.check()?;
        self.model.cursor(consumer).await
    }

    async fn take_events(&self, command: TakeEvents) -> Outcome<(), CursorMoved> {
        self.command(self.model.take_events(command)).await?
    }

    async fn claim_deliveries(&self, command: ClaimDeliveries) -> Result<Vec<Claimed>, Fault> {
        self.command(self.model.claim_deliveries(command)).await?
    }

    async fn record_attempts(&self, attempts: Vec<RecordAttempt>) -> Result<Vec<Heard>, Fault> {
        self.command(self.model.record_attempts(attempts)).await?
    }

    async fn release_deliveries(&self, hands: Vec<Hand>) -> Result<(), Fault> {
        self.command(self.model.release_deliveries(hands)).await?
    }

    async fn remove_backoff(&self, command: RemoveBackoff) -> Outcome<u32, NoSuchWebhook> {
        self.command(self.model.remove_backoff(command)).await?
    }

    async fn resend_delivery(
        &self,
        command: ResendDelivery,
    ) -> Outcome<Delivery, ResendDeliveryRejection> {
        self.command(self.model.resend_delivery(command)).await?
    }

    async fn expire_deliveries(&self, command: ExpireDeliveries) -> Result<Expired, Fault> {
        self.command(self.model.expire_deliveries(command)).await?
    }

    async fn list_expiring(
        &self,
        place: Place,
        made_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, Fault> {
        self.check()?;
        self.model.list_expiring(place, made_until, limit).await
    }

    async fn list_deliveries(&self, question: ListDeliveries) -> Result<DeliveryPage, Fault> {
        self.check()?;
        self.model.list_deliveries(question).await
    }

    async fn find_delivery(
        &self,
        webhook: WebhookRef,
        event: EventId,
    ) -> Result<Option<(Delivery, Vec<KeptAttempt>)>, Fault> {
        self.check()?;
        self.model.find_delivery(webhook, event).await
    }

    async fn turns(&self, place: Place) -> Result<Turns, Fault> {
        self.check()?;
        self.model.turns(place).await
    }

    async fn queue_standing(&self, webhook: WebhookId) -> Result<QueueStanding, Fault> {
        self.check()?;
        self.model.queue_standing(webhook).await
    }

    async fn list_alerts(&self, after: u64, limit: u32) -> Result<Vec<AlertRow>, Fault> {
        self.check()?;
        self.model.list_alerts(after, limit).await
    }

    async fn list_alerts_of(
        &self,
        webhook: WebhookId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AlertRow>, Fault> {
        self.check()?;
        self.model.list_alerts_of(webhook, after, limit).await
    }
}

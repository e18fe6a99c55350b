//! The embedded store's part that is about deliveries.
//!
//! Must not touch the database itself: commands go to the writer, questions to the reader.

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

use super::{SqliteStore, unrejected};
use crate::commands;
use crate::queries::deliveries as queries;

#[async_trait]
impl DeliveryStore for SqliteStore {
    async fn cursor(&self, consumer: Consumer) -> Result<EventPosition, Fault> {
        self.reader.ask(queries::cursor, consumer).await
    }

    async fn take_events(&self, command: TakeEvents) -> Outcome<(), CursorMoved> {
        self.writer.run(commands::take_events::run, command).await
    }

    async fn turns(&self, place: Place) -> Result<Turns, Fault> {
        self.reader.ask(queries::turns, place).await
    }

    async fn claim_deliveries(&self, command: ClaimDeliveries) -> Result<Vec<Claimed>, Fault> {
        unrejected(self.writer.run(commands::claim_deliveries::run, command).await)
    }

    async fn record_attempts(&self, attempts: Vec<RecordAttempt>) -> Result<Vec<Heard>, Fault> {
        unrejected(self.writer.run(commands::record_attempts::run, attempts).await)
    }

    async fn release_deliveries(&self, hands: Vec<Hand>) -> Result<(), Fault> {
        unrejected(self.writer.run(commands::release_deliveries::run, hands).await)
    }

    async fn remove_backoff(&self, command: RemoveBackoff) -> Outcome<u32, NoSuchWebhook> {
        self.writer.run(commands::remove_backoff::run, command).await
    }

    async fn resend_delivery(
        &self,
        command: ResendDelivery,
    ) -> Outcome<Delivery, ResendDeliveryRejection> {
        self.writer.run(commands::resend_delivery::run, command).await
    }

    async fn expire_deliveries(&self, command: ExpireDeliveries) -> Result<Expired, Fault> {
        unrejected(self.writer.run(commands::expire_deliveries::run, command).await)
    }

    async fn list_expiring(
        &self,
        place: Place,
        made_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, Fault> {
        self.reader.ask(queries::list_expiring, (place, made_until, limit)).await
    }

    async fn list_deliveries(&self, question: ListDeliveries) -> Result<DeliveryPage, Fault> {
        self.reader.ask(queries::list_deliveries, question).await
    }

    async fn find_delivery(
        &self,
        webhook: WebhookRef,
        event: EventId,
    ) -> Result<Option<(Delivery, Vec<KeptAttempt>)>, Fault> {
        self.reader.ask(queries::find_delivery, (webhook, event)).await
    }

    async fn queue_standing(&self, webhook: WebhookId) -> Result<QueueStanding, Fault> {
        self.reader.ask(queries::queue_standing, webhook).await
    }

    async fn list_alerts(&self, after: u64, limit: u32) -> Result<Vec<AlertRow>, Fault> {
        self.reader.ask(queries::list_alerts, (after, limit)).await
    }

    async fn list_alerts_of(
        &self,
        webhook: WebhookId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AlertRow>, Fault> {
        self.reader.ask(queries::list_alerts_of, (webhook, after, limit)).await
    }
}

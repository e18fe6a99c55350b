//! The model's part of the port that is about deliveries, and its questions.
//!
//! Must not write in a question.

use async_trait::async_trait;
use domain::ids::{EventId, Place, WebhookId};
use domain::time::Timestamp;
use domain::webhook::WebhookState;

use super::super::{ModelStore, Written};
use crate::command::{
    AlertRow, ClaimDeliveries, Claimed, Consumer, CursorMoved, Delivery, DeliveryPage,
    DeliveryState, EventPosition, ExpireDeliveries, Expired, Hand, Heard, KeptAttempt,
    ListDeliveries, NoSuchWebhook, PAGE_MAX, QueueStanding, RecordAttempt, RemoveBackoff,
    ResendDelivery, ResendDeliveryRejection, TakeEvents, Turns, WebhookRef,
};
use crate::fault::{Fault, Outcome};
use crate::port::DeliveryStore;

#[async_trait]
impl DeliveryStore for ModelStore {
    async fn cursor(&self, consumer: Consumer) -> Result<EventPosition, Fault> {
        let inner = self.lock();
        let cursor = inner.state.deliveries.cursors.get(&consumer);
        Ok(cursor.copied().unwrap_or(EventPosition::START))
    }

    async fn take_events(&self, command: TakeEvents) -> Outcome<(), CursorMoved> {
        self.commit(|state| state.take_events(command).map(Written::silent))
    }

    async fn claim_deliveries(&self, command: ClaimDeliveries) -> Result<Vec<Claimed>, Fault> {
        self.commit(|state| Ok(Written::silent(state.claim_deliveries(&command))))
    }

    async fn record_attempts(&self, attempts: Vec<RecordAttempt>) -> Result<Vec<Heard>, Fault> {
        self.commit(|state| {
            let heard = attempts.into_iter().map(|done| state.record_attempt(done));
            heard.collect::<Result<_, _>>().map(Written::silent)
        })
    }

    async fn release_deliveries(&self, hands: Vec<Hand>) -> Result<(), Fault> {
        self.commit(|state| {
            state.release_deliveries(hands);
            Ok(Written::silent(()))
        })
    }

    async fn remove_backoff(&self, command: RemoveBackoff) -> Outcome<u32, NoSuchWebhook> {
        self.commit(|state| state.remove_backoff(&command).map(Written::silent))
    }

    async fn resend_delivery(
        &self,
        command: ResendDelivery,
    ) -> Outcome<Delivery, ResendDeliveryRejection> {
        self.commit(|state| state.resend_delivery(&command).map(Written::silent))
    }

    async fn expire_deliveries(&self, command: ExpireDeliveries) -> Result<Expired, Fault> {
        self.commit(|state| state.expire_deliveries(&command).map(Written::silent))
    }

    async fn turns(&self, place: Place) -> Result<Turns, Fault> {
        let inner = self.lock();
        Ok(inner.state.turns(&place))
    }

    async fn list_expiring(
        &self,
        place: Place,
        made_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, Fault> {
        let inner = self.lock();
        let (webhooks, rows) = (&inner.state.webhooks, &inner.state.deliveries.rows);
        let old = |id: WebhookId| {
            let gone = webhooks.get(&id).is_some_and(|one| one.state == WebhookState::Deleted);
            rows.values().any(|row| {
                row.delivery.webhook == id && (gone || row.delivery.made_at <= made_until)
            })
        };
        let theirs = webhooks.iter().filter(|webhook| webhook.place == place);
        let expiring = theirs.map(|webhook| webhook.id).filter(|id| old(*id));
        Ok(expiring.take(limit as usize).collect())
    }

    async fn list_deliveries(&self, question: ListDeliveries) -> Result<DeliveryPage, Fault> {
        let inner = self.lock();
        let ListDeliveries { webhook, after, limit } = question;
        let WebhookRef { place, account, webhook } = webhook;
        let mut page = DeliveryPage { items: Vec::new(), next: None };
        if inner.state.active_webhook(&place, account, webhook).is_none() {
            return Ok(page);
        }
        let limit = limit.clamp(1, PAGE_MAX) as usize;
        let rows = inner.state.deliveries.rows.values();
        let listed =
            rows.filter(|row| row.delivery.webhook == webhook && row.delivery.position > after);
        for row in listed {
            if page.items.len() == limit {
                page.next = page.items.last().map(|last: &Delivery| last.position);
                break;
            }
            page.items.push(row.delivery.clone());
        }
        Ok(page)
    }

    async fn find_delivery(
        &self,
        webhook: WebhookRef,
        event: EventId,
    ) -> Result<Option<(Delivery, Vec<KeptAttempt>)>, Fault> {
        let inner = self.lock();
        let WebhookRef { place, account, webhook } = webhook;
        if inner.state.active_webhook(&place, account, webhook).is_none() {
            return Ok(None);
        }
        let deliveries = &inner.state.deliveries;
        let key = deliveries.key_of(webhook, event);
        let row = key.and_then(|key| deliveries.rows.get(&key));
        Ok(row.map(|row| (row.delivery.clone(), row.attempts.clone())))
    }

    async fn queue_standing(&self, webhook: WebhookId) -> Result<QueueStanding, Fault> {
        let inner = self.lock();
        let deliveries = &inner.state.deliveries;
        let penalized = deliveries.rows.values().filter(|row| {
            let waits = matches!(row.delivery.state, DeliveryState::Waiting { .. });
            row.delivery.webhook == webhook && waits
        });
        let queue = deliveries.queues.get(&webhook);
        Ok(QueueStanding {
            streak: queue.map(|queue| queue.streak).unwrap_or_default(),
            penalized: penalized.count() as u64,
            expired: queue.map_or(0, |queue| queue.expired),
            expired_at: queue.and_then(|queue| queue.expired_at),
        })
    }

    async fn list_alerts(&self, after: u64, limit: u32) -> Result<Vec<AlertRow>, Fault> {
        let inner = self.lock();
        let alerts = inner.state.deliveries.alerts.iter();
        let later = alerts.filter(|alert| alert.epoch > after);
        Ok(later.take(limit.clamp(1, PAGE_MAX) as usize).cloned().collect())
    }

    async fn list_alerts_of(
        &self,
        webhook: WebhookId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AlertRow>, Fault> {
        let inner = self.lock();
        let alerts = inner.state.deliveries.alerts.iter();
        let later = alerts.filter(|row| row.webhook.webhook == webhook && row.epoch > after);
        Ok(later.take(limit.clamp(1, PAGE_MAX) as usize).cloned().collect())
    }
}

//! Shows events, deliveries and alerts, lifts waits and sends once more.
//!
//! Must not send anything itself.

use domain::audit::{Action, EventKind};
use domain::ids::{AccountId, EventId, KeyId, WebhookId};
use store::command::{
    AlertRow, Delivery, DeliveryPage, DeliveryState, EventPage, EventPosition, KeptAttempt,
    LIFTED_AT_ONCE, ListDeliveries, ListEvents, NoSuchWebhook, PAGE_MAX, QueueStanding, ROWS_MAX,
    RemoveBackoff, ResendDelivery, ResendDeliveryRejection, WebhookRef, Whose,
};
use store::fault::{Fault, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// Most steps in which one page is looked for.
const STEPS_MAX: u32 = 10;

/// Which events are asked for, and which page of them.
#[derive(Clone, Copy, Debug)]
pub struct EventSearch {
    /// Only those about keys of this account; `None` for all of the place.
    pub account: Option<AccountId>,
    /// Only those of this kind; `None` for all.
    pub kind: Option<EventKind>,
    /// Only those about this key; `None` for all.
    pub key: Option<KeyId>,
    /// Where to go on.
    pub after: EventPosition,
    /// How many, from one to [`PAGE_MAX`].
    pub limit: u32,
}

/// How a delivery stands, without the particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStanding {
    /// Not tried since it was put up.
    Pending,
    /// It failed, and is tried again.
    Waiting,
    /// The receiver took it.
    Delivered,
}

impl DeliveryStanding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Waiting, Self::Delivered];

    /// How a delivery in this state stands.
    #[must_use]
    pub const fn of(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Pending => Self::Pending,
            DeliveryState::Waiting { .. } => Self::Waiting,
            DeliveryState::Delivered { .. } => Self::Delivered,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
        }
    }
}

impl Engine {
    /// A page of the events of a place that are asked for, in their order. It looks at a bounded
    /// number of events: it may hold fewer than were asked for, or none, and still be followed by
    /// another.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_events(
        &self,
        place: &PlaceRef,
        search: EventSearch,
    ) -> Result<EventPage, Fault> {
        let EventSearch { account, kind, key, after, limit } = search;
        let mut page = EventPage { items: Vec::new(), end: after, more: true };
        for _ in 0..STEPS_MAX {
            let place = Some(place.place().clone());
            let rows_max = ROWS_MAX / STEPS_MAX;
            let whose = account.map_or(Whose::Anybodys, Whose::Of);
            let question = ListEvents { place, whose, rows_max, ..ListEvents::after(page.end) };
            let found = self.store.list_events(question).await?;
            let mut rows = found.items.into_iter();
            while let Some(row) = rows.next() {
                let event = &row.event;
                if kind.is_some_and(|kind| event.kind != kind)
                    || key.is_some_and(|key| event.key != key)
                {
                    continue;
                }
                page.end = row.position;
                page.items.push(row);
                if page.items.len() >= limit as usize {
                    page.more = found.more || rows.next().is_some();
                    return Ok(page);
                }
            }
            page.end = found.end;
            if !found.more {
                page.more = false;
                break;
            }
        }
        Ok(page)
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

    /// The same of deliveries that stand so; of all, where nothing is named. It looks at a bounded
    /// number of them, like a page of events.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn find_deliveries(
        &self,
        webhook: WebhookRef,
        standings: &[DeliveryStanding],
        after: EventPosition,
        limit: u32,
    ) -> Result<DeliveryPage, Fault> {
        if standings.is_empty() {
            return self.list_deliveries(webhook, after, limit).await;
        }
        let mut page = DeliveryPage { items: Vec::new(), next: Some(after) };
        for _ in 0..STEPS_MAX {
            let Some(from) = page.next else { break };
            let found = self.list_deliveries(webhook.clone(), from, PAGE_MAX).await?;
            let mut rows = found.items.into_iter();
            while let Some(row) = rows.next() {
                if !standings.contains(&DeliveryStanding::of(row.state)) {
                    continue;
                }
                let position = row.position;
                page.items.push(row);
                if page.items.len() >= limit as usize {
                    let more = found.next.is_some() || rows.next().is_some();
                    page.next = more.then_some(position);
                    return Ok(page);
                }
            }
            page.next = found.next;
        }
        Ok(page)
    }

    /// What the people of a webhook are told of it, behind this epoch and in its order: so many at
    /// most.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_alerts(
        &self,
        webhook: WebhookId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AlertRow>, Fault> {
        self.store.list_alerts_of(webhook, after, limit).await
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
        let (limit, at) = (LIFTED_AT_ONCE, context.now);
        self.store.remove_backoff(RemoveBackoff { webhook, limit, at, trail }).await
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

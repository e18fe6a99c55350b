//! The model's deliveries: what is on its way, and in whose hand.
//!
//! Must not be clever: it looks through everything. Must not write before the last check passed.

mod commands;
mod questions;

use std::collections::{BTreeMap, HashMap};

use domain::delivery::Streak;
use domain::ids::{Place, WebhookId};
use domain::time::Timestamp;

use crate::command::{AlertRow, Consumer, Delivery, DeliveryState, EventPosition, KeptAttempt};

/// All deliveries, and how each queue fares.
#[derive(Default)]
pub(in crate::model) struct Deliveries {
    cursors: HashMap<Consumer, EventPosition>,
    rows: BTreeMap<(WebhookId, EventPosition), Row>,
    queues: HashMap<WebhookId, QueueRow>,
    alerts: Vec<AlertRow>,
}

/// One delivery.
struct Row {
    delivery: Delivery,
    fence: u64,
    /// Until when it is in a hand.
    claimed_until: Option<Timestamp>,
    attempts: Vec<KeptAttempt>,
}

/// What is kept of a webhook's queue.
#[derive(Default)]
struct QueueRow {
    streak: Streak,
    /// When it last had its turn.
    served_at: Option<Timestamp>,
    expired: u64,
    expired_at: Option<Timestamp>,
}

impl Row {
    /// When it is due; `None` once it was delivered.
    const fn due_at(&self) -> Option<Timestamp> {
        match self.delivery.state {
            DeliveryState::Pending => Some(Timestamp::EPOCH),
            DeliveryState::Waiting { next_at, .. } => Some(next_at),
            DeliveryState::Delivered { .. } => None,
        }
    }
}

impl Deliveries {
    /// What the people of webhooks are to be told.
    pub(in crate::model) fn alerts(&self) -> &[AlertRow] {
        &self.alerts
    }

    /// Moves the cursor of a consumer, if it stands there.
    pub(in crate::model) fn move_cursor(
        &mut self,
        consumer: Consumer,
        from: EventPosition,
        to: EventPosition,
    ) -> bool {
        let cursor = self.cursors.entry(consumer).or_insert(EventPosition::START);
        let there = *cursor == from;
        if there {
            *cursor = to;
        }
        there
    }

    /// Deletes alerts of a place that are so old and were taken for letters; says how many.
    pub(in crate::model) fn prune_alerts(
        &mut self,
        place: &Place,
        until: Timestamp,
        limit: u32,
    ) -> u32 {
        let taken = self.cursors.get(&Consumer::Mail).map_or(0, |cursor| cursor.epoch);
        let mut gone = 0;
        self.alerts.retain(|row| {
            let old = row.webhook.place == *place && row.at <= until && row.epoch <= taken;
            let goes = old && gone < limit;
            gone += u32::from(goes);
            !goes
        });
        gone
    }

    /// Lifts so many waits of a webhook at most, and ends its streak; says how many.
    pub(in crate::model) fn forgive(&mut self, webhook: WebhookId, limit: u32) -> u32 {
        self.queues.entry(webhook).or_default().streak = Streak::default();
        let mut lifted = 0;
        for row in self.rows.values_mut().filter(|row| row.delivery.webhook == webhook) {
            if let DeliveryState::Waiting { .. } = row.delivery.state
                && lifted < limit
            {
                row.delivery.state = DeliveryState::Pending;
                lifted += 1;
            }
        }
        lifted
    }
}

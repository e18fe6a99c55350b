//! Deliveries for a scene: events that are taken, sent in hand, and come back.
//!
//! Must not take an event that no change wrote.

use domain::account::Account;
use domain::delivery::{Ending, SuccessRule};
use domain::ids::Place;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use store::command::{
    ClaimDeliveries, Claimed, Consumer, EventRow, Hand, Heard, ListEvents, NewDelivery,
    RecordAttempt, TakeEvents, WebhookRef,
};

use super::{Scene, here, instant};
use crate::checks::{OrSaid, ensure};

impl Scene {
    /// So many events of this account.
    pub async fn happened(&mut self, account: &Account, many: usize) -> Result<(), String> {
        for _ in 0..many {
            self.made_key(account).await?;
        }
        Ok(())
    }

    /// The events that the webhooks' consumer has not taken, and the command that takes them and puts
    /// each up for each of these webhooks at this instant.
    pub async fn untaken(
        &mut self,
        webhooks: &[&Webhook],
        at_ms: i64,
    ) -> Result<TakeEvents, String> {
        let consumer = Consumer::Webhooks;
        let from = self.store.cursor(consumer).await.or_said("reading a cursor")?;
        let page = self.store.list_events(ListEvents::after(from)).await;
        let page = page.or_said("listing events")?;
        let of = |row: &EventRow| {
            webhooks.iter().map(|webhook| new_delivery(webhook, row, at_ms)).collect::<Vec<_>>()
        };
        let deliveries = page.items.iter().flat_map(of).collect();
        Ok(TakeEvents { consumer, from, to: page.end, deliveries })
    }

    /// Puts so many new events of an account up for these webhooks.
    pub async fn put_up(
        &mut self,
        account: &Account,
        webhooks: &[&Webhook],
        many: usize,
    ) -> Result<(), String> {
        self.happened(account, many).await?;
        let command = self.untaken(webhooks, 0).await?;
        self.store.take_events(command).await.or_said("taking events")
    }

    /// What is due here at this instant, taken in hand for ten seconds.
    pub async fn claimed(&self, now_ms: i64, limit: u32) -> Result<Vec<Claimed>, String> {
        self.claimed_at(&here(), now_ms, now_ms, limit).await
    }

    /// As [`Scene::claimed`], by another reading of the system's clock.
    pub async fn claimed_at(
        &self,
        place: &Place,
        now_ms: i64,
        clock_ms: i64,
        limit: u32,
    ) -> Result<Vec<Claimed>, String> {
        let command = ClaimDeliveries {
            place: place.clone(),
            now: instant(now_ms),
            clock: instant(clock_ms),
            until: instant(clock_ms + 10_000),
            limit,
        };
        let turns = self.store.turns(place.clone()).await.or_said("asking for turns")?;
        let have_come = turns.have_come(command.now, command.clock);
        let claimed = self.store.claim_deliveries(command).await.or_said("claiming deliveries")?;
        ensure(have_come || claimed.is_empty(), || format!("in hand without a turn: {turns:?}"))?;
        Ok(claimed)
    }

    /// An attempt of this hand, which began at this instant, took a millisecond and was answered so.
    pub fn attempt(&mut self, hand: Hand, at_ms: i64, status: u16) -> RecordAttempt {
        RecordAttempt {
            hand,
            at: instant(at_ms),
            took_ms: 1,
            ending: Ending::Answered(status),
            rule: SuccessRule::Any2xx,
            answer: b"said".to_vec(),
            trail: self.trail(&here(), 0),
        }
    }

    /// The same, recorded; says whether it was heard.
    pub async fn came_back(
        &mut self,
        hand: Hand,
        at_ms: i64,
        status: u16,
    ) -> Result<Heard, String> {
        let attempt = self.attempt(hand, at_ms, status);
        let heard = self.store.record_attempts(vec![attempt]).await.or_said("recording")?;
        heard.first().copied().ok_or_else(|| "no word on an attempt".to_owned())
    }
}

/// Names a webhook.
pub fn ref_of(webhook: &Webhook) -> WebhookRef {
    let Webhook { id, place, account, .. } = webhook;
    WebhookRef { place: place.clone(), account: *account, webhook: *id }
}

fn new_delivery(webhook: &Webhook, row: &EventRow, at_ms: i64) -> NewDelivery {
    NewDelivery {
        webhook: webhook.id,
        position: row.position,
        event: row.event.id,
        kind: row.event.kind,
        body: format!("body of {} for {}", row.event.id, webhook.id).into(),
        made_at: instant(at_ms),
    }
}

/// The instant of a scene in milliseconds.
#[must_use]
pub fn since_start(at: Timestamp) -> i64 {
    at.as_millis() - instant(0).as_millis()
}

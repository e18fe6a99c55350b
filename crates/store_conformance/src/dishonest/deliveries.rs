//! How the liar delivers.
//!
//! Must pass on to the model whatever the lie is not about.

use async_trait::async_trait;
use domain::delivery::{Alert, Streak};
use domain::ids::{EventId, Place, WebhookId};
use domain::time::Timestamp;
use domain::webhook::WebhookState;
use store::command::{
    AlertRow, ClaimDeliveries, Claimed, Consumer, CursorMoved, Delivery, DeliveryPage,
    EventPosition, ExpireDeliveries, Expired, Hand, Heard, KeptAttempt, ListDeliveries,
    NoSuchWebhook, QueueStanding, RecordAttempt, RemoveBackoff, ResendDelivery,
    ResendDeliveryRejection, TakeEvents, Turns, WebhookRef,
};
use store::fault::{Failure, Fault, Outcome};
use store::port::{DeliveryStore, Store};

use super::{DishonestStore, Lie};

/// One way to be wrong about deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryLie {
    /// Nobody is told of what was deleted undelivered.
    DeletesWithoutAWord,
    /// Nothing is ever said to be old.
    HidesTheOldest,
    /// What the people of one webhook are told is shown as that of any other.
    MixesUpAlerts,
    /// Nobody is told of failures in a row.
    TellsNobodyOfFailures,
}

#[async_trait]
impl DeliveryStore for DishonestStore {
    async fn cursor(&self, consumer: Consumer) -> Result<EventPosition, Fault> {
        self.honest.cursor(consumer).await
    }

    async fn take_events(&self, command: TakeEvents) -> Outcome<(), CursorMoved> {
        match self.honest.take_events(command).await {
            Err(Failure::Rejected(CursorMoved)) if self.tells(Lie::TakesEventsTwice) => Ok(()),
            outcome => outcome,
        }
    }

    async fn claim_deliveries(&self, command: ClaimDeliveries) -> Result<Vec<Claimed>, Fault> {
        if self.tells(Lie::ServesTheSameAgain) {
            return self.claim_of_the_first(command).await;
        }
        let claimed = self.honest.claim_deliveries(command.clone()).await?;
        let mut claimed = self.leave_waits(claimed, command.now).await?;
        if self.tells(Lie::HandsOutElsewhere) {
            let place = crate::scene::here();
            claimed
                .extend(self.honest.claim_deliveries(ClaimDeliveries { place, ..command }).await?);
        }
        if self.tells(Lie::HandsOutTwice) {
            let hands = claimed.iter().map(Claimed::hand).collect();
            self.honest.release_deliveries(hands).await?;
        }
        Ok(claimed)
    }

    async fn record_attempts(&self, mut attempts: Vec<RecordAttempt>) -> Result<Vec<Heard>, Fault> {
        let tried = attempts.iter().map(|one| ((one.hand.webhook, one.hand.position), one.at));
        self.notes().failed_at.extend(tried);
        if self.tells(Lie::ForgetsWaits) {
            for attempt in &mut attempts {
                attempt.at = attempt.at.plus_millis(-1_000);
            }
        }
        let mut heard = self.honest.record_attempts(attempts).await?;
        if self.tells(Lie::HearsWhoeverComes) {
            heard.fill(Heard::Yes);
        }
        Ok(heard)
    }

    async fn release_deliveries(&self, hands: Vec<Hand>) -> Result<(), Fault> {
        self.honest.release_deliveries(hands).await
    }

    async fn remove_backoff(&self, command: RemoveBackoff) -> Outcome<u32, NoSuchWebhook> {
        if self.tells(Lie::KeepsWaits) {
            let standing = self.honest.queue_standing(command.webhook.webhook).await?;
            return Ok(u32::try_from(standing.penalized).unwrap_or(u32::MAX));
        }
        self.honest.remove_backoff(command).await
    }

    async fn resend_delivery(
        &self,
        command: ResendDelivery,
    ) -> Outcome<Delivery, ResendDeliveryRejection> {
        if self.tells(Lie::ResendsNothing) {
            let found = self.honest.find_delivery(command.webhook, command.event).await?;
            let there = found.map(|(delivery, _)| delivery);
            return there.ok_or(Failure::Rejected(ResendDeliveryRejection::NoSuchDelivery));
        }
        self.honest.resend_delivery(command).await
    }

    async fn expire_deliveries(&self, command: ExpireDeliveries) -> Result<Expired, Fault> {
        let mut expired = self.honest.expire_deliveries(command).await?;
        if self.tells(Lie::CountsTheDeliveredAsExpired) {
            expired.undelivered = expired.deleted;
        }
        Ok(expired)
    }

    async fn turns(&self, place: Place) -> Result<Turns, Fault> {
        let mut turns = self.honest.turns(place).await?;
        if self.tells(Lie::KeepsTurnsSecret) {
            turns.due_at = turns.due_at.map(|at| at.plus_millis(1));
        }
        if self.tells(Lie::ForgetsWhoHasIt) {
            turns.lapses_at = None;
        }
        if self.tells(Lie::CallsForNothing) {
            turns.due_at = Some(Timestamp::EPOCH);
        }
        if self.tells(Lie::Deliveries(DeliveryLie::HidesTheOldest)) {
            turns.oldest_at = None;
        }
        Ok(turns)
    }

    async fn list_expiring(
        &self,
        place: Place,
        made_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, Fault> {
        let mut expiring = self.honest.list_expiring(place.clone(), made_until, limit).await?;
        if self.tells(Lie::KeepsWhatWasForTheDeleted) {
            for id in std::mem::take(&mut expiring) {
                let found = self.honest.find_webhook(place.clone(), None, id).await?;
                let there = found.filter(|webhook| webhook.state == WebhookState::Active);
                expiring.extend(there.map(|webhook| webhook.id));
            }
        }
        Ok(expiring)
    }

    async fn list_deliveries(&self, question: ListDeliveries) -> Result<DeliveryPage, Fault> {
        let begins = question.after == EventPosition::START;
        let mut page = self.honest.list_deliveries(question).await?;
        if self.tells(Lie::SkipsADelivery) && !begins && !page.items.is_empty() {
            page.items.remove(0);
        }
        Ok(page)
    }

    async fn find_delivery(
        &self,
        webhook: WebhookRef,
        event: EventId,
    ) -> Result<Option<(Delivery, Vec<KeptAttempt>)>, Fault> {
        let mut found = self.honest.find_delivery(webhook, event).await?;
        if let Some((_, attempts)) = &mut found
            && self.tells(Lie::ForgetsAttempts)
        {
            attempts.pop();
        }
        Ok(found)
    }

    async fn queue_standing(&self, webhook: WebhookId) -> Result<QueueStanding, Fault> {
        let mut standing = self.honest.queue_standing(webhook).await?;
        if self.tells(Lie::NeverEndsAStreak) {
            standing.streak = Streak::from_count(standing.streak.count().max(1));
        }
        Ok(standing)
    }

    async fn list_alerts(&self, after: u64, limit: u32) -> Result<Vec<AlertRow>, Fault> {
        let mut alerts = self.honest.list_alerts(after, limit).await?;
        alerts.retain(|row| match row.alert {
            Alert::Failing(_) => !self.tells(Lie::Deliveries(DeliveryLie::TellsNobodyOfFailures)),
            Alert::Expired(_) => !self.tells(Lie::Deliveries(DeliveryLie::DeletesWithoutAWord)),
            Alert::Interrupted => true,
        });
        Ok(alerts)
    }

    async fn list_alerts_of(
        &self,
        webhook: WebhookId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AlertRow>, Fault> {
        if self.tells(Lie::Deliveries(DeliveryLie::MixesUpAlerts)) {
            return self.honest.list_alerts(after, limit).await;
        }
        self.honest.list_alerts_of(webhook, after, limit).await
    }
}

impl DishonestStore {
    /// Takes in hand what is for the webhook with the smallest identity, as long as there is any.
    async fn claim_of_the_first(&self, command: ClaimDeliveries) -> Result<Vec<Claimed>, Fault> {
        let all = ClaimDeliveries { limit: 100, ..command.clone() };
        let mut claimed = self.honest.claim_deliveries(all).await?;
        claimed.sort_by_key(|one| one.webhook.id);
        let others = claimed.split_off(claimed.len().min(command.limit as usize));
        let hands = others.iter().map(Claimed::hand).collect();
        self.honest.release_deliveries(hands).await?;
        Ok(claimed)
    }
}

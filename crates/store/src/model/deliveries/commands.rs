//! The model's commands about deliveries.
//!
//! Must not write before the last check of a command has passed.

use domain::audit::Action;
use domain::delivery::{ANSWER_MAX, ATTEMPTS_KEPT, Alert, Ending, Streak};
use domain::ids::{Place, WebhookId};
use domain::time::Timestamp;
use domain::watch::DELIVERY_AHEAD_MS;
use domain::webhook::{Queue, SendOrder, Webhook, WebhookState, WebhookSwitch};

use super::super::state::State;
use super::Row;
use crate::command::{
    AlertRow, ClaimDeliveries, Claimed, CursorMoved, Delivery, DeliveryState, EventPosition,
    ExpireDeliveries, Expired, Hand, Heard, KeptAttempt, NewDelivery, NoSuchWebhook, RecordAttempt,
    RemoveBackoff, ResendDelivery, ResendDeliveryRejection, TakeEvents, Trail, Turns, WebhookRef,
};
use crate::fault::{Failure, Fault, Outcome};

/// What the people of a webhook are told, and how it came.
#[derive(Clone, Copy)]
struct About {
    alert: Alert,
    last: Option<Ending>,
    youngest_at: Option<Timestamp>,
}

impl State {
    pub(in crate::model) fn take_events(
        &mut self,
        command: TakeEvents,
    ) -> Outcome<(), CursorMoved> {
        let TakeEvents { consumer, from, to, deliveries } = command;
        if !self.deliveries.move_cursor(consumer, from, to) {
            return Err(Failure::Rejected(CursorMoved));
        }
        for new in deliveries {
            let webhook = self.webhooks.get(&new.webhook);
            if webhook.is_some_and(|webhook| webhook.state == WebhookState::Active) {
                let NewDelivery { webhook, position, event, kind, body, made_at } = new;
                let (state, attempts) = (DeliveryState::Pending, 0);
                let delivery =
                    Delivery { webhook, position, event, kind, body, made_at, state, attempts };
                let row = Row { delivery, fence: 0, claimed_until: None, attempts: Vec::new() };
                self.deliveries.rows.entry((webhook, position)).or_insert(row);
                self.deliveries.queues.entry(webhook).or_default();
            }
        }
        Ok(())
    }

    pub(in crate::model) fn turns(&self, place: &Place) -> Turns {
        let rows = || self.deliveries.rows.values();
        let webhooks = self.webhooks.iter().filter(|webhook| sends(webhook, place));
        let first_due = |webhook: &Webhook| {
            let mut instants: Vec<Timestamp> = rows()
                .filter(|row| row.delivery.webhook == webhook.id)
                .filter_map(Row::due_at)
                .collect();
            instants.sort_unstable();
            instants.into_iter().find(|at| !self.deliveries.due(webhook, *at).is_empty())
        };
        let here = |row: &&Row| {
            self.webhooks.get(&row.delivery.webhook).is_some_and(|webhook| webhook.place == *place)
        };
        Turns {
            due_at: webhooks.filter_map(first_due).min(),
            lapses_at: rows().filter(here).filter_map(|row| row.claimed_until).min(),
            oldest_at: rows().filter(here).map(|row| self.kept_from(row)).min(),
        }
    }

    /// Makes what waits for a webhook due now where it is due later than anything ever is, and frees what
    /// is in a hand for longer than this, by the system's clock.
    pub(in crate::model) fn mend_deliveries(
        &mut self,
        place: &Place,
        now: Timestamp,
        hand_latest: Timestamp,
    ) {
        let latest = now.plus_millis(DELIVERY_AHEAD_MS);
        let webhooks = &self.webhooks;
        let here = |id: &WebhookId| webhooks.get(id).is_some_and(|one| one.place == *place);
        let rows = self.deliveries.rows.values_mut();
        for row in rows.filter(|row| here(&row.delivery.webhook)) {
            if let DeliveryState::Waiting { next_at, .. } = &mut row.delivery.state
                && *next_at > latest
            {
                *next_at = now;
            }
            row.claimed_until = row.claimed_until.filter(|until| *until <= hand_latest);
        }
    }

    /// When it was put up; the epoch where it is for a webhook that is gone.
    fn kept_from(&self, row: &Row) -> Timestamp {
        let webhook = self.webhooks.get(&row.delivery.webhook);
        let gone = webhook.is_some_and(|webhook| webhook.state == WebhookState::Deleted);
        if gone { Timestamp::EPOCH } else { row.delivery.made_at }
    }

    pub(in crate::model) fn claim_deliveries(&mut self, command: &ClaimDeliveries) -> Vec<Claimed> {
        let ClaimDeliveries { place, now, clock, until, limit } = command;
        for row in self.deliveries.rows.values_mut() {
            row.claimed_until = row.claimed_until.filter(|end| end > clock);
        }
        let sends = |webhook: &&Webhook| sends(webhook, place);
        let mut webhooks: Vec<Webhook> = self.webhooks.iter().filter(sends).cloned().collect();
        let served = |webhook: &Webhook| {
            self.deliveries.queues.get(&webhook.id).and_then(|queue| queue.served_at)
        };
        webhooks.sort_by_key(|webhook| (served(webhook), webhook.id));
        let mut claimed = Vec::new();
        for webhook in webhooks {
            for position in self.deliveries.due(&webhook, *now) {
                if claimed.len() == *limit as usize {
                    return claimed;
                }
                let Some(row) = self.deliveries.rows.get_mut(&(webhook.id, position)) else {
                    continue;
                };
                row.fence += 1;
                row.claimed_until = Some(*until);
                self.deliveries.queues.entry(webhook.id).or_default().served_at = Some(*now);
                let Delivery { event, kind, ref body, .. } = row.delivery;
                let (webhook, body, fence) = (webhook.clone(), body.clone(), row.fence);
                claimed.push(Claimed { webhook, position, event, kind, body, fence });
            }
        }
        claimed
    }

    pub(in crate::model) fn record_attempt(&mut self, done: RecordAttempt) -> Result<Heard, Fault> {
        let Some(webhook) = self.in_hand(done.hand) else { return Ok(Heard::No) };
        let key = (done.hand.webhook, done.hand.position);
        let streak = self.deliveries.queues.get(&webhook.id).map(|queue| queue.streak);
        let Some(row) = self.deliveries.rows.get(&key) else { return Ok(Heard::No) };
        let failed = match row.delivery.state {
            DeliveryState::Pending | DeliveryState::Delivered { .. } => 0,
            DeliveryState::Waiting { failures, .. } => failures,
        };
        let ended_at = done.at.plus_millis(done.took_ms.into());
        let (state, streak) = if done.ending.is_success(done.rule) {
            (DeliveryState::Delivered { at: ended_at }, Streak::default())
        } else {
            let after = streak.unwrap_or_default().after_failure(failed, ended_at);
            if let Some(alert) = after.alert {
                let about = About { alert, last: Some(done.ending), youngest_at: None };
                self.alert(webhook.clone(), about, ended_at, &done.trail)?;
            }
            let (failures, next_at) = (after.failures, after.next_at);
            (DeliveryState::Waiting { failures, next_at }, after.streak)
        };
        self.deliveries.queues.entry(webhook.id).or_default().streak = streak;
        if let Some(row) = self.deliveries.rows.get_mut(&key) {
            row.note(state, done);
        }
        Ok(Heard::Yes)
    }

    /// Tells the people of a webhook of its failures, and interrupts it where that is so.
    fn alert(
        &mut self,
        mut webhook: Webhook,
        about: About,
        at: Timestamp,
        trail: &Trail,
    ) -> Result<(), Fault> {
        let About { alert, last, youngest_at } = about;
        let action = match alert {
            Alert::Failing(_) => Action::WarnOfWebhook,
            Alert::Interrupted => Action::InterruptWebhook,
            Alert::Expired(_) => Action::ExpireDeliveries,
        };
        let epoch = self.write_trail(&trail.of(action), [])?;
        if alert == Alert::Interrupted {
            webhook.queue = Queue::Interrupted;
            webhook.epoch = epoch;
            self.rewrite_webhook(&webhook);
        }
        let Webhook { id, place, account, .. } = webhook;
        let webhook = WebhookRef { place, account, webhook: id };
        self.deliveries.alerts.push(AlertRow { epoch, webhook, at, alert, last, youngest_at });
        Ok(())
    }

    pub(in crate::model) fn release_deliveries(&mut self, hands: Vec<Hand>) {
        for hand in hands {
            if self.in_hand(hand).is_some()
                && let Some(row) = self.deliveries.rows.get_mut(&(hand.webhook, hand.position))
            {
                row.claimed_until = None;
            }
        }
    }

    /// The webhook of a delivery that is still in this hand.
    fn in_hand(&self, hand: Hand) -> Option<Webhook> {
        let row = self.deliveries.rows.get(&(hand.webhook, hand.position))?;
        let held = row.fence == hand.fence && row.claimed_until.is_some();
        let webhook = self.webhooks.get(&hand.webhook)?;
        (held && webhook.state == WebhookState::Active).then(|| webhook.clone())
    }

    pub(in crate::model) fn remove_backoff(
        &mut self,
        command: &RemoveBackoff,
    ) -> Outcome<u32, NoSuchWebhook> {
        let WebhookRef { place, account, webhook } = &command.webhook;
        if self.active_webhook(place, *account, *webhook).is_none() {
            return Err(Failure::Rejected(NoSuchWebhook));
        }
        self.write_trail(&command.trail, [])?;
        Ok(self.deliveries.forgive(*webhook, command.limit))
    }

    pub(in crate::model) fn resend_delivery(
        &mut self,
        command: &ResendDelivery,
    ) -> Outcome<Delivery, ResendDeliveryRejection> {
        let WebhookRef { place, account, webhook } = &command.webhook;
        if self.active_webhook(place, *account, *webhook).is_none() {
            return Err(Failure::Rejected(ResendDeliveryRejection::NoSuchWebhook));
        }
        let Some(key) = self.deliveries.key_of(*webhook, command.event) else {
            return Err(Failure::Rejected(ResendDeliveryRejection::NoSuchDelivery));
        };
        self.write_trail(&command.trail, [])?;
        let Some(row) = self.deliveries.rows.get_mut(&key) else {
            return Err(Failure::Rejected(ResendDeliveryRejection::NoSuchDelivery));
        };
        row.delivery.state = DeliveryState::Pending;
        row.claimed_until = None;
        row.fence += 1;
        Ok(row.delivery.clone())
    }

    pub(in crate::model) fn expire_deliveries(
        &mut self,
        command: &ExpireDeliveries,
    ) -> Result<Expired, Fault> {
        let Some(webhook) = self.webhooks.get(&command.webhook).cloned() else {
            return Ok(Expired::default());
        };
        let there = webhook.state == WebhookState::Active;
        let old = |row: &&Row| !there || row.delivery.made_at <= command.made_until;
        let limit = command.limit as usize;
        let theirs = self.deliveries.rows.values();
        let theirs = theirs.filter(|row| row.delivery.webhook == webhook.id);
        let gone: Vec<_> = theirs.take_while(old).take(limit).collect();
        let lost = || gone.iter().filter(|row| there && row.due_at().is_some());
        let (undelivered, youngest_at) =
            (lost().count(), lost().map(|row| row.delivery.made_at).max());
        let positions: Vec<_> = gone.iter().map(|row| row.delivery.position).collect();
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        let expired = Expired { deleted: count(positions.len()), undelivered: count(undelivered) };
        let id = webhook.id;
        if expired.undelivered > 0 {
            let alert = Alert::Expired(expired.undelivered);
            let about = About { alert, last: None, youngest_at };
            self.alert(webhook, about, command.at, &command.trail)?;
            let queue = self.deliveries.queues.entry(id).or_default();
            queue.expired += u64::from(expired.undelivered);
            queue.expired_at = Some(command.at);
        }
        for position in positions {
            self.deliveries.rows.remove(&(id, position));
        }
        Ok(expired)
    }
}

impl super::Deliveries {
    /// What is due for a webhook, in its order, and may be taken in hand.
    fn due(&self, webhook: &Webhook, now: Timestamp) -> Vec<EventPosition> {
        let all = self.rows.range((webhook.id, EventPosition::START)..);
        let theirs = all.take_while(|((id, _), _)| *id == webhook.id).map(|(_, row)| row);
        let waiting: Vec<&Row> = theirs.filter(|row| row.due_at().is_some()).collect();
        let in_hand = waiting.iter().filter(|row| row.claimed_until.is_some()).count();
        let is_due = |row: &&&Row| row.due_at().is_some_and(|at| at <= now);
        let free = |row: &&&Row| row.claimed_until.is_none();
        match webhook.order {
            SendOrder::Sequential if in_hand > 0 => Vec::new(),
            SendOrder::Sequential => waiting
                .first()
                .filter(is_due)
                .map(|row| row.delivery.position)
                .into_iter()
                .collect(),
            SendOrder::Free => {
                let mut due: Vec<&&Row> = waiting.iter().filter(free).filter(is_due).collect();
                let streak = self.queues.get(&webhook.id).map(|queue| queue.streak);
                let streak = streak.unwrap_or_default();
                let untried = |row: &Row| matches!(row.delivery.state, DeliveryState::Pending);
                due.sort_by_key(|row| (streak.is_failing() && untried(row), row.due_at()));
                let room = (streak.at_once() as usize).saturating_sub(in_hand);
                due.into_iter().take(room).map(|row| row.delivery.position).collect()
            }
        }
    }
}

impl Row {
    /// Keeps an attempt, and where it leads.
    fn note(&mut self, state: DeliveryState, done: RecordAttempt) {
        let RecordAttempt { at, took_ms, ending, mut answer, .. } = done;
        answer.truncate(ANSWER_MAX);
        self.delivery.state = state;
        self.delivery.attempts += 1;
        self.claimed_until = None;
        let number = self.delivery.attempts;
        self.attempts.push(KeptAttempt { number, at, took_ms, ending, answer });
        if self.attempts.len() > ATTEMPTS_KEPT as usize {
            self.attempts.remove(0);
        }
    }
}

/// Whether anything may be sent to a webhook of this place.
fn sends(webhook: &Webhook, place: &Place) -> bool {
    webhook.place == *place
        && webhook.state == WebhookState::Active
        && webhook.switch == WebhookSwitch::On
        && webhook.queue == Queue::Running
}

impl super::Deliveries {
    pub(super) fn key_of(
        &self,
        webhook: WebhookId,
        event: domain::ids::EventId,
    ) -> Option<(WebhookId, EventPosition)> {
        let meant = |row: &&Row| row.delivery.webhook == webhook && row.delivery.event == event;
        self.rows.values().find(meant).map(|row| (webhook, row.delivery.position))
    }
}

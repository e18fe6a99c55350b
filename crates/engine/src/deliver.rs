//! Sends what is due to webhooks, one attempt at a time, and records what came of it.
//!
//! Sent again after a crash, an event carries the same id. Must not send to an address that was
//! replaced before, nor without a record that it may have been sent.

use std::sync::Arc;

use domain::audit::{Action, Actor};
use domain::delivery::{Ending, KEPT_MS};
use domain::entropy::Entropy;
use domain::ids::RequestId;
use domain::time::{Reading, Timestamp};
use domain::watch::{Passage, Watch};
use domain::webhook::{Webhook, WebhookState};
use store::command::{
    ClaimDeliveries, Claimed, ExpireDeliveries, Heard, NoteClock, RecordAttempt, Trail,
};
use store::fault::Fault;

use crate::context::Context;
use crate::engine::Engine;
use crate::outgoing::Outgoing;
use crate::place::PlaceRef;
use crate::ports::courier::{Attempt, AttemptOutcome};

/// For how long what is taken in hand is in it: longer than any attempt takes.
const IN_HAND_MS: i64 = 15_000;
/// Most deliveries that are deleted by one command: the store's writer is held meanwhile.
const DELETED_AT_ONCE: u32 = 256;
/// Most webhooks that are looked at in one step of deleting.
const WEBHOOKS_AT_ONCE: u32 = 16;

/// What became of sending once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// An attempt was made and recorded.
    Tried,
    /// The webhook was changed or deleted meanwhile: what was not sent is sent to the new one.
    Withdrawn,
    /// An attempt was made, and somebody else had the event in hand by then.
    TooLate,
    /// There was no room to make one: it is due as before, and nothing was counted.
    PutOff,
}

impl Engine {
    /// Takes in hand what is due in a place. Where nothing is, nothing is written.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn claim_deliveries(
        &self,
        place: &PlaceRef,
        reading: Reading,
        limit: u32,
    ) -> Result<Vec<Claimed>, Fault> {
        let clock = reading.real();
        let now = place.time(reading);
        if !self.store.turns(place.place().clone()).await?.have_come(now, clock) {
            return Ok(Vec::new());
        }
        let command = ClaimDeliveries {
            place: place.place().clone(),
            now,
            clock,
            until: clock.plus_millis(IN_HAND_MS),
            limit,
        };
        self.store.claim_deliveries(command).await
    }

    /// Sends what is in hand, once.
    ///
    /// # Errors
    /// A fault of the store: whether it was sent is not recorded then, and it is sent again.
    pub async fn send_claimed(
        &self,
        place: &PlaceRef,
        outgoing: &Outgoing,
        claimed: &Claimed,
        reading: Reading,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<Sent, Fault> {
        let Some(herald) = outgoing.herald(place) else {
            self.store.release_deliveries(vec![claimed.hand()]).await?;
            return Ok(Sent::Withdrawn);
        };
        let Claimed { webhook, event, body, .. } = claimed;
        let send = self.sends.enter(webhook.id);
        // Looked at after entering: a change that is answered from here on takes this back.
        let found = self.store.find_webhook(place.place().clone(), None, webhook.id).await?;
        let at = place.time(reading);
        // A token that has ended may still be there: whoever erases comes late.
        let sent_to = unended(webhook.clone(), at);
        let same = found.is_some_and(|found| is_sent_alike(&unended(found, at), &sent_to));
        let attempt = if same {
            // Whoever is outside has but one clock, and refuses a seal of another.
            let parcel = herald.parcel(&sent_to, *event, body, reading.real());
            tokio::select! {
                attempt = outgoing.courier().post(&parcel) => Some(attempt),
                () = send.withdrawn() => None,
            }
        } else {
            None
        };
        drop(send);
        let Some(Attempt { outcome, took_ms, answer }) = attempt else {
            self.store.release_deliveries(vec![claimed.hand()]).await?;
            return Ok(Sent::Withdrawn);
        };
        let Some(ending) = ending(outcome) else {
            self.store.release_deliveries(vec![claimed.hand()]).await?;
            return Ok(Sent::PutOff);
        };
        let is_success = ending.is_success(outgoing.rule(place));
        let record = RecordAttempt {
            hand: claimed.hand(),
            at,
            took_ms,
            ending,
            rule: outgoing.rule(place),
            answer,
            trail: trail(place, webhook, reading, entropy),
        };
        let heard = self.store.record_attempts(vec![record]).await?;
        let in_time = heard.first().is_some_and(|heard| *heard == Heard::Yes);
        self.count(place, |done| match (in_time, is_success) {
            (true, true) => done.delivered += 1,
            (true, false) => done.failed_attempts += 1,
            (false, _) => {}
        });
        Ok(if in_time { Sent::Tried } else { Sent::TooLate })
    }

    /// Notes what the clock of a place shows, if that is due, and deletes some deliveries that are 14 days
    /// old, and what was for webhooks that are gone; says how many. With none there is nothing left that
    /// may be deleted: for a day after a leap of the clock nothing may.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn expire_deliveries(
        &self,
        place: &PlaceRef,
        reading: Reading,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<u32, Fault> {
        let at = place.time(reading);
        if !self.watched_clock(place, reading).await?.may_delete(at) {
            return Ok(0);
        }
        let made_until = at.plus_millis(-KEPT_MS);
        let place_name = place.place().clone();
        let expiring = self.store.list_expiring(place_name, made_until, WEBHOOKS_AT_ONCE).await?;
        let mut deleted = 0;
        for webhook in expiring {
            let mut context = context(place, reading, entropy);
            let target = webhook.to_string();
            let trail = context.trail(Action::ExpireDeliveries, Some(place.place()), target);
            let limit = DELETED_AT_ONCE;
            let command = ExpireDeliveries { webhook, made_until, at, limit, trail };
            let expired = self.store.expire_deliveries(command).await?;
            self.count(place, |done| done.deleted_undelivered += u64::from(expired.undelivered));
            deleted += expired.deleted;
        }
        Ok(deleted)
    }

    /// What is known of the clock of a place, with what it shows now.
    async fn watched_clock(&self, place: &PlaceRef, reading: Reading) -> Result<Watch, Fault> {
        let (now, clock) = (place.time(reading), reading.real());
        let watch = self.store.place_guard(place.place().clone()).await?.watch;
        if !watch.is_due(now) {
            return Ok(watch);
        }
        let (place, passage) = (place.place().clone(), Passage::ByItself);
        self.store.note_clock(NoteClock { place, now, clock, passage }).await
    }

    /// Tells somebody of every change that is committed from now on, before it is answered.
    pub fn watch(&self, observer: Arc<dyn store::port::Observer>) {
        self.store.watch(observer);
    }
}

/// The webhook without a token that has ended by now.
fn unended(mut webhook: Webhook, now: Timestamp) -> Webhook {
    webhook.drop_ended_token(now);
    webhook
}

/// Whether what is sent to the one goes where, and as, it goes to the other.
fn is_sent_alike(found: &Webhook, claimed: &Webhook) -> bool {
    found.state == WebhookState::Active
        && found.url == claimed.url
        && found.token == claimed.token
        && found.former == claimed.former
        && found.switch == claimed.switch
        && found.queue == claimed.queue
}

/// What is kept of how an attempt ended; why an address is refused is for the operator's log alone.
/// None where no attempt was made.
const fn ending(outcome: AttemptOutcome) -> Option<Ending> {
    Some(match outcome {
        AttemptOutcome::NoRoom => return None,
        AttemptOutcome::Answered(status) => Ending::Answered(status),
        AttemptOutcome::AddressRefused(_)
        | AttemptOutcome::NotResolved
        | AttemptOutcome::NotConnected => Ending::NoConnection,
        AttemptOutcome::TlsRefused(_) => Ending::TlsRefused,
        AttemptOutcome::TimedOut => Ending::TimedOut,
        AttemptOutcome::BrokenOff => Ending::BrokenOff,
    })
}

fn trail(
    place: &PlaceRef,
    webhook: &Webhook,
    reading: Reading,
    entropy: &mut (dyn Entropy + Send),
) -> Trail {
    let target = webhook.id.to_string();
    context(place, reading, entropy).trail(Action::WarnOfWebhook, Some(place.place()), target)
}

fn context<'e>(
    place: &PlaceRef,
    reading: Reading,
    entropy: &'e mut (dyn Entropy + Send),
) -> Context<'e> {
    let request_id = RequestId::random(entropy);
    Context { now: place.time(reading), actor: Actor::System, request_id, once: None, entropy }
}

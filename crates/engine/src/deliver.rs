//! Sends what is due to webhooks, one attempt at a time, and records what came of it.
//!
//! Sent again after a crash, an event carries the same id. Must not send to an address that was
//! replaced before, nor without a record that it may have been sent.

use domain::audit::{Action, Actor};
use domain::delivery::{Ending, FAILURES_MAX};
use domain::entropy::Entropy;
use domain::ids::{Place, RequestId};
use domain::time::{Reading, Timestamp};
use domain::webhook::{Queue, Webhook, WebhookState};
use store::command::{ClaimDeliveries, Claimed, Heard, RecordAttempt, Trail};
use store::fault::Fault;

use crate::context::Context;
use crate::engine::Engine;
use crate::outgoing::Outgoing;
use crate::place::PlaceRef;
use crate::ports::courier::{Attempt, AttemptOutcome};

/// For how long what is taken in hand is in it: longer than any attempt takes.
const IN_HAND_MS: i64 = 15_000;
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
        if in_time && !is_success {
            self.say_if_interrupted(place, webhook).await;
        }
        Ok(if in_time { Sent::Tried } else { Sent::TooLate })
    }

    /// Says in the log that nothing more is sent to a webhook, which its people alone are told otherwise.
    async fn say_if_interrupted(&self, place: &PlaceRef, before: &Webhook) {
        if before.queue == Queue::Interrupted {
            return;
        }
        let Place { realm, environment } = place.place();
        let (account, webhook) = (before.account, before.id);
        match self.store.find_webhook(place.place().clone(), None, webhook).await {
            Ok(Some(now)) if now.queue == Queue::Interrupted => {
                tracing::warn!(%realm, %environment, %account, %webhook, "a webhook was interrupted after {FAILURES_MAX} failures in a row: nothing is sent to it until somebody resumes it, and what waits for 14 days is deleted");
            }
            Ok(Some(_) | None) => {}
            // What came of the attempt is recorded: it is not this that failed.
            Err(fault) => {
                tracing::error!(%fault, %realm, %environment, %webhook, "it could not be seen whether a webhook was interrupted");
            }
        }
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
    let request_id = RequestId::random(entropy);
    let now = place.time(reading);
    let mut context = Context { now, actor: Actor::System, request_id, once: None, entropy };
    context.trail(Action::WarnOfWebhook, Some(place.place()), target)
}

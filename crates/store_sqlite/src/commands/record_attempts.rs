//! Records attempts to deliver, and what follows from each.
//!
//! Must not hear anybody whose hand the delivery is not in any more.

use std::convert::Infallible;

use domain::audit::Action;
use domain::delivery::{ANSWER_MAX, ATTEMPTS_KEPT, Alert, Streak};
use domain::webhook::{Queue, Webhook};
use rusqlite::Transaction;
use store::command::{DeliveryState, Hand, Heard, KeptAttempt, RecordAttempt, Trail};
use store::fault::{Fault, Outcome};

use super::Written;
use crate::records::alert::About;
use crate::records::delivery::Stored;
use crate::records::{alert, delivery, queue, webhook};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    attempts: &Vec<RecordAttempt>,
) -> Outcome<Written<Vec<Heard>>, Infallible> {
    let mut heard = Vec::with_capacity(attempts.len());
    for attempt in attempts {
        heard.push(record(tx, attempt)?);
    }
    Ok(Written::silent(heard))
}

/// The delivery and its webhook, if it is still in this hand.
pub(super) fn in_hand(
    tx: &Transaction<'_>,
    hand: Hand,
) -> Result<Option<(Stored, Webhook)>, Fault> {
    let found = delivery::find(tx, hand.webhook, hand.position)?;
    let held = found.filter(|stored| stored.in_hand && stored.fence == hand.fence);
    let Some(stored) = held else { return Ok(None) };
    Ok(webhook::find_there(tx, hand.webhook)?.map(|webhook| (stored, webhook)))
}

fn record(tx: &Transaction<'_>, done: &RecordAttempt) -> Result<Heard, Fault> {
    let Some((mut stored, mut webhook)) = in_hand(tx, done.hand)? else { return Ok(Heard::No) };
    let failed = match stored.delivery.state {
        DeliveryState::Pending | DeliveryState::Delivered { .. } => 0,
        DeliveryState::Waiting { failures, .. } => failures,
    };
    let ended_at = done.at.plus_millis(done.took_ms.into());
    let streak = if done.ending.is_success(done.rule) {
        stored.delivery.state = DeliveryState::Delivered { at: ended_at };
        Streak::default()
    } else {
        let before = queue::streak(tx, webhook.id)?;
        let after = before.after_failure(failed, ended_at);
        let (failures, next_at) = (after.failures, after.next_at);
        stored.delivery.state = DeliveryState::Waiting { failures, next_at };
        if let Some(alert) = after.alert {
            let about = About { alert, at: ended_at, last: Some(done.ending), youngest_at: None };
            tell(tx, &mut webhook, about, &done.trail)?;
        }
        after.streak
    };
    stored.delivery.attempts += 1;
    delivery::update(tx, &stored)?;
    let number = stored.delivery.attempts;
    let answer = done.answer[..done.answer.len().min(ANSWER_MAX)].to_vec();
    let (at, took_ms, ending) = (done.at, done.took_ms, done.ending);
    let kept = KeptAttempt { number, at, took_ms, ending, answer };
    delivery::insert_attempt(tx, &stored.delivery, &kept)?;
    if let Some(up_to) = number.checked_sub(ATTEMPTS_KEPT).filter(|up_to| *up_to > 0) {
        delivery::forget_attempts(tx, webhook.id, stored.delivery.position, up_to)?;
    }
    queue::put_streak(tx, webhook.id, streak)?;
    queue::reckon(tx, &webhook, ended_at)?;
    Ok(Heard::Yes)
}

/// Writes what the people of a webhook are told, as a change of its own; interrupts the webhook
/// where that is what they are told.
pub(super) fn tell(
    tx: &Transaction<'_>,
    webhook: &mut Webhook,
    about: About,
    trail: &Trail,
) -> Result<(), Fault> {
    let epoch = epoch::next(tx)?;
    let action = match about.alert {
        Alert::Failing(_) => Action::WarnOfWebhook,
        Alert::Expired(_) => Action::ExpireDeliveries,
        Alert::Interrupted => {
            webhook.queue = Queue::Interrupted;
            webhook.epoch = epoch;
            webhook::update(tx, webhook)?;
            Action::InterruptWebhook
        }
    };
    trail::write(tx, epoch, &trail.of(action), [])?;
    alert::insert(tx, epoch, webhook, about)
}

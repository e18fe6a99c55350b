//! Tells the operator's log why nothing was brought to a webhook.
//!
//! The webhook's own people are told less: to them the reason would be a map of the network. Must not
//! let receivers that fail flood the log, nor print more of an address than its origin.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::ids::WebhookId;
use domain::time::Tick;
use engine::ports::courier::{AddressRefusal, AttemptOutcome, Parcel};
use url::Url;

/// For how long the same is not said again of a webhook: ten minutes.
const SILENT_US: u64 = 600_000_000;
/// Most lines in that time, of all webhooks together.
const LINES_MAX: usize = 1_024;

/// What was said of which webhook, and when.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Mutex<HashMap<(WebhookId, &'static str), Tick>>);

impl Complaints {
    /// Says why, where the record of the attempt does not.
    pub(crate) fn note(&self, parcel: &Parcel, outcome: AttemptOutcome, now: Tick) {
        let Some(why) = why(outcome) else { return };
        if !self.is_due(parcel.webhook, why, now) {
            return;
        }
        let receiver = Url::parse(parcel.url.as_str());
        let receiver = receiver.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        tracing::warn!(
            realm = %parcel.place.realm,
            environment = %parcel.place.environment,
            webhook = %parcel.webhook,
            receiver,
            why,
            "an event could not be brought to a webhook; the same is not said again for ten minutes"
        );
    }

    fn is_due(&self, webhook: WebhookId, why: &'static str, now: Tick) -> bool {
        let is_fresh =
            |said_at: &Tick| now.as_micros().saturating_sub(said_at.as_micros()) < SILENT_US;
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.get(&(webhook, why)).is_some_and(is_fresh) {
            return false;
        }
        if said.len() >= LINES_MAX {
            said.retain(|_, said_at| is_fresh(said_at));
        }
        if said.len() >= LINES_MAX {
            return false;
        }
        said.insert((webhook, why), now);
        true
    }
}

/// Why nothing arrived; `None` where the record of the attempt says it.
const fn why(outcome: AttemptOutcome) -> Option<&'static str> {
    Some(match outcome {
        AttemptOutcome::Answered(_) | AttemptOutcome::TimedOut | AttemptOutcome::BrokenOff => {
            return None;
        }
        AttemptOutcome::AddressRefused(AddressRefusal::Scheme) => {
            "it is reached in the clear and is not listed under [webhooks]"
        }
        AttemptOutcome::AddressRefused(AddressRefusal::Port) => {
            "its port belongs to something that is no receiver"
        }
        AttemptOutcome::AddressRefused(AddressRefusal::NotPublic) => {
            "its address is not public, or is one of this server's own, and is not listed under [webhooks]"
        }
        AttemptOutcome::AddressRefused(AddressRefusal::TooMany) => {
            "its name has more addresses than a receiver needs"
        }
        AttemptOutcome::NoRoom => "too many names are being looked up; it is tried again at once",
        AttemptOutcome::NotResolved => "its name has no address",
        AttemptOutcome::NotConnected => "nobody took the connection",
        AttemptOutcome::TlsRefused(_) => outcome.told(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "nobody took the connection";
    const UNKNOWN: &str = "its name has no address";

    fn webhook(number: u128) -> WebhookId {
        WebhookId::from_u128(number)
    }

    #[test]
    fn the_same_is_said_of_a_webhook_once_in_ten_minutes() {
        let complaints = Complaints::default();
        let check = |number, why, us, is_said| {
            let said = complaints.is_due(webhook(number), why, Tick::from_micros(us));
            assert_eq!(said, is_said, "{number} {why} {us}");
        };
        check(1, REFUSED, 5, true);
        check(1, REFUSED, SILENT_US + 4, false);
        check(1, UNKNOWN, 6, true);
        check(2, REFUSED, 6, true);
        check(1, REFUSED, SILENT_US + 5, true);
        check(1, REFUSED, SILENT_US + 6, false);
    }

    #[test]
    fn many_webhooks_that_fail_do_not_flood_the_log() {
        let complaints = Complaints::default();
        let lines = |from: u64| {
            let said = (0..5 * LINES_MAX as u64).filter(|step| {
                let at = Tick::from_micros(from + step);
                complaints.is_due(webhook(u128::from(from + step)), REFUSED, at)
            });
            said.count()
        };
        assert_eq!(lines(0), LINES_MAX);
        assert_eq!(lines(100_000), 0);
        assert_eq!(lines(2 * SILENT_US), LINES_MAX);
    }
}

//! A webhook as clients of the contract see it (section 6.1).
//!
//! Must not show its token, nor a part of it.

use domain::webhook::{EventName, Queue, SendOrder, Webhook, WebhookSwitch};
use serde::Serialize;

use super::{API_VERSION, NON_SEQUENTIALLY, SEQUENTIALLY};

/// A webhook.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookView<'a> {
    id: String,
    name: &'a str,
    url: &'a str,
    email: &'a str,
    enabled: bool,
    interrupted: bool,
    api_version: u8,
    has_auth_token: bool,
    send_type: &'static str,
    events: Vec<&'a str>,
    penalized_requests_count: u64,
}

/// A webhook with so many events that wait because they failed.
pub(super) fn of(webhook: &Webhook, penalized: u64) -> WebhookView<'_> {
    WebhookView {
        id: webhook.id.to_string(),
        name: webhook.name.as_str(),
        url: webhook.url.as_str(),
        email: webhook.mail.as_str(),
        enabled: match webhook.switch {
            WebhookSwitch::On => true,
            WebhookSwitch::Off => false,
        },
        interrupted: match webhook.queue {
            Queue::Running => false,
            Queue::Interrupted => true,
        },
        api_version: API_VERSION,
        has_auth_token: webhook.token.is_some(),
        send_type: match webhook.order {
            SendOrder::Sequential => SEQUENTIALLY,
            SendOrder::Free => NON_SEQUENTIALLY,
        },
        events: webhook.events.as_slice().iter().map(EventName::as_str).collect(),
        penalized_requests_count: penalized,
    }
}

//! Webhooks and labels for a scene.
//!
//! Must not make two webhooks that could be taken for one another.

use domain::account::Account;
use domain::ids::WebhookId;
use domain::label::{Holders, Label, LabelName, LabelValue};
use domain::mail::MailAddress;
use domain::webhook::{
    AuthToken, Queue, SendOrder, Subscriptions, Webhook, WebhookState, WebhookSwitch, WebhookUrl,
};
use store::command::{CreateWebhook, DeleteWebhook, UpdateWebhook, WebhookChange};

use super::{ROOMY, Scene, instant, name};
use crate::checks::OrSaid;

impl Scene {
    /// A webhook of this account, with a token.
    pub fn webhook_of(&mut self, account: &Account) -> Webhook {
        let id = WebhookId::from_u128(self.next_spread());
        Webhook {
            id,
            place: account.place.clone(),
            account: account.id,
            name: name("Ana"),
            url: url(&format!("https://example.com/{id}")),
            mail: mail("ana@example.com"),
            order: SendOrder::Sequential,
            events: events("KEY_CREATED,KEY_DELETED"),
            switch: WebhookSwitch::On,
            queue: Queue::Running,
            token: Some(token(&format!("token-of-{id}"))),
            former: None,
            state: WebhookState::Active,
            created_at: instant(0),
            epoch: 0,
        }
    }

    /// A command that makes a webhook of this account.
    pub fn webhook(&mut self, account: &Account) -> CreateWebhook {
        let webhook = self.webhook_of(account);
        let trail = self.trail(&account.place, 0);
        CreateWebhook { webhook, webhooks_max: ROOMY, once: None, trail }
    }

    /// A command that changes fields of a webhook.
    pub fn update_webhook(&mut self, webhook: &Webhook, change: WebhookChange) -> UpdateWebhook {
        let (place, trail) = (webhook.place.clone(), self.trail(&webhook.place, 0));
        UpdateWebhook { place, account: webhook.account, webhook: webhook.id, change, trail }
    }

    /// A command that deletes a webhook.
    pub fn delete_webhook(&mut self, webhook: &Webhook) -> DeleteWebhook {
        let (place, trail) = (webhook.place.clone(), self.trail(&webhook.place, 0));
        DeleteWebhook { place, account: webhook.account, webhook: webhook.id, trail }
    }

    /// A webhook of this account, made.
    pub async fn made_webhook(&mut self, account: &Account) -> Result<Webhook, String> {
        let command = self.webhook(account);
        self.store.create_webhook(command).await.or_said("making a webhook")
    }

    /// A webhook of this account whose events need no order, made.
    pub async fn made_free_webhook(&mut self, account: &Account) -> Result<Webhook, String> {
        let mut command = self.webhook(account);
        command.webhook.order = SendOrder::Free;
        self.store.create_webhook(command).await.or_said("making a webhook")
    }

    /// A webhook, deleted.
    pub async fn deleted_webhook(&mut self, webhook: &Webhook) -> Result<Webhook, String> {
        let command = self.delete_webhook(webhook);
        self.store.delete_webhook(command).await.or_said("deleting a webhook")
    }

    /// The webhook as the store has it now.
    pub async fn found_webhook(&self, webhook: &Webhook) -> Result<Option<Webhook>, String> {
        let Webhook { place, account, id, .. } = webhook;
        let found = self.store.find_webhook(place.clone(), Some(*account), *id).await;
        found.or_said("finding a webhook")
    }

    /// The webhooks of this account as the store lists them.
    pub async fn listed_webhooks(&self, account: &Account) -> Result<Vec<Webhook>, String> {
        let listed = self.store.list_webhooks(account.place.clone(), account.id).await;
        listed.or_said("listing webhooks")
    }
}

/// A label that one account of a place may carry.
pub fn single(name: &'static str, text: &str) -> Label {
    Label { name: LabelName::new(name), value: value(text), holders: Holders::One }
}

/// A label that many accounts may carry.
pub fn shared(name: &'static str, text: &str) -> Label {
    Label { holders: Holders::Many, ..single(name, text) }
}

/// The value of a label.
pub fn value(text: &str) -> LabelValue {
    LabelValue::parse(text).expect("the laws use plain labels")
}

/// An address to send to.
pub fn url(text: &str) -> WebhookUrl {
    WebhookUrl::parse(text).expect("the laws use plain addresses")
}

/// A mail address.
pub fn mail(text: &str) -> MailAddress {
    MailAddress::parse(text).expect("the laws use plain mail addresses")
}

/// Events in their compact text.
pub fn events(compact: &str) -> Subscriptions {
    Subscriptions::from_compact(compact).expect("the laws use well-formed events")
}

/// A token.
pub fn token(text: &str) -> AuthToken {
    AuthToken::new(text.to_owned()).expect("the laws use well-formed tokens")
}

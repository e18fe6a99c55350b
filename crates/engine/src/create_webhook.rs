//! Makes a webhook of an account.
//!
//! Must not check the account's limit here: the store does, in the transaction that writes.

use domain::audit::Action;
use domain::ids::{AccountId, WebhookId};
use domain::mail::MailAddress;
use domain::name::DisplayName;
use domain::webhook::{
    AuthToken, Queue, SendOrder, Subscriptions, WEBHOOKS_PER_ACCOUNT, Webhook, WebhookState,
    WebhookSwitch, WebhookUrl,
};
use store::command::{CreateWebhook, CreateWebhookRejection};
use store::fault::Outcome;

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// A webhook to be made.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// What people call it.
    pub name: DisplayName,
    /// Where events are sent.
    pub url: WebhookUrl,
    /// Who is written to when sending fails.
    pub mail: MailAddress,
    /// Whether events wait for the one before them.
    pub order: SendOrder,
    /// Which events.
    pub events: Subscriptions,
    /// Whether it is told of new events.
    pub switch: WebhookSwitch,
    /// Whether what waits for it is sent.
    pub queue: Queue,
    /// What its receiver knows us by, if anything.
    pub token: Option<AuthToken>,
}

impl NewWebhook {
    /// The webhook of this account that is asked for, not yet stored.
    pub(crate) fn of(
        self,
        place: &PlaceRef,
        account: AccountId,
        context: &mut Context<'_>,
    ) -> Webhook {
        let Self { name, url, mail, order, events, switch, queue, token } = self;
        Webhook {
            id: WebhookId::fresh(context.now, context.entropy),
            place: place.place().clone(),
            account,
            name,
            url,
            mail,
            order,
            events,
            switch,
            queue,
            token,
            state: WebhookState::Active,
            created_at: context.now,
            epoch: 0,
        }
    }
}

impl Engine {
    /// Makes a webhook.
    ///
    /// # Errors
    /// No such account, or one that has as many as it may; or a fault of the store.
    pub async fn create_webhook(
        &self,
        place: &PlaceRef,
        account: AccountId,
        wish: NewWebhook,
        mut context: Context<'_>,
    ) -> Outcome<Webhook, CreateWebhookRejection> {
        let webhook = wish.of(place, account, &mut context);
        let target = webhook.id.to_string();
        let trail = context.trail(Action::CreateWebhook, Some(place.place()), target);
        let webhooks_max = WEBHOOKS_PER_ACCOUNT;
        self.store.create_webhook(CreateWebhook { webhook, webhooks_max, trail }).await
    }
}

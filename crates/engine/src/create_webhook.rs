//! Makes a webhook of an account.
//!
//! Must not check the account's limit here: the store does, in the transaction that writes.

use domain::audit::Action;
use domain::ids::{AccountId, WebhookId};
use domain::mail::MailAddress;
use domain::name::DisplayName;
use domain::webhook::{
    AuthToken, Queue, SendOrder, Subscriptions, Webhook, WebhookState, WebhookSwitch, WebhookUrl,
};
use store::command::{CreateWebhook, CreateWebhookRejection};
use store::fault::{Failure, Outcome};

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
            former: None,
            state: WebhookState::Active,
            created_at: context.now,
            epoch: 0,
        }
    }
}

/// Why a webhook was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewWebhookRejection {
    /// There is no such account in this place.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The account has as many webhooks as it may.
    #[error("the account already has {limit} webhooks, which is its limit: delete one first")]
    LimitReached {
        /// How many it may have.
        limit: u32,
    },
    /// The webhook was made before, and was deleted since.
    #[error("the webhook {made} was made by this request before, and was deleted since")]
    AlreadyMade {
        /// The webhook.
        made: WebhookId,
    },
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request: choose a new one")]
    OtherRequest,
    /// A request with this idempotency key is running.
    #[error("a request with this idempotency key is still running: try again in a moment")]
    StillRunning,
}

impl From<CreateWebhookRejection> for NewWebhookRejection {
    fn from(rejection: CreateWebhookRejection) -> Self {
        match rejection {
            CreateWebhookRejection::NoSuchAccount => Self::NoSuchAccount,
            CreateWebhookRejection::LimitReached { limit } => Self::LimitReached { limit },
            CreateWebhookRejection::AlreadyMade { made } => Self::AlreadyMade { made },
            CreateWebhookRejection::OtherRequest => Self::OtherRequest,
        }
    }
}

impl Engine {
    /// Makes a webhook.
    ///
    /// # Errors
    /// See [`NewWebhookRejection`]; or a fault of the store.
    pub async fn create_webhook(
        &self,
        place: &PlaceRef,
        account: AccountId,
        wish: NewWebhook,
        mut context: Context<'_>,
    ) -> Outcome<Webhook, NewWebhookRejection> {
        let once = context.once;
        let Ok(_turn) = self.running.enter(once.as_ref()) else {
            return Err(Failure::Rejected(NewWebhookRejection::StillRunning));
        };
        let webhook = wish.of(place, account, &mut context);
        let target = webhook.id.to_string();
        let trail = context.trail(Action::CreateWebhook, Some(place.place()), target);
        let webhooks_max = place.realm().webhooks_per_account;
        let command = CreateWebhook { webhook, webhooks_max, once, trail };
        self.store.create_webhook(command).await.map_err(|failure| match failure {
            Failure::Rejected(rejection) => Failure::Rejected(rejection.into()),
            Failure::Fault(fault) => Failure::Fault(fault),
        })
    }
}

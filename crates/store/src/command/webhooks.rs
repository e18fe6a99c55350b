//! The commands about webhooks, as plain data.
//!
//! Must not hold anything that a store would have to make up.

use domain::idempotence::Idempotence;
use domain::ids::{AccountId, Place, WebhookId};
use domain::mail::MailAddress;
use domain::name::DisplayName;
use domain::secret::Overlap;
use domain::time::Timestamp;
use domain::webhook::{
    AuthToken, Queue, SendOrder, Subscriptions, Webhook, WebhookSwitch, WebhookUrl,
};

use super::{Trail, WebhookRef};

/// Makes a webhook, unless its account has as many as it may. Its `epoch` is set by the store.
///
/// A command that carries an [`Idempotence`] which is kept from an earlier one, with the same
/// fingerprint, makes nothing and is answered as the earlier one was, unless the webhook was deleted.
#[derive(Clone, Debug)]
pub struct CreateWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// Most webhooks that the account may have with it.
    pub webhooks_max: u32,
    /// By which it is done once.
    pub once: Option<Idempotence>,
    /// What tells of it.
    pub trail: Trail,
}

/// Why a webhook was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateWebhookRejection {
    /// Its account does not exist in this place, or was deleted.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The account has as many webhooks as it may.
    #[error("the account already has {limit} webhooks: delete one first")]
    LimitReached {
        /// How many it may have.
        limit: u32,
    },
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    OtherRequest,
    /// The webhook was made before, and was deleted since.
    #[error("the webhook {made} was made before and was deleted since")]
    AlreadyMade {
        /// The webhook.
        made: WebhookId,
    },
}

/// Which fields of a webhook change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// A new name.
    pub name: Option<DisplayName>,
    /// A new address.
    pub url: Option<WebhookUrl>,
    /// Somebody else who is written to.
    pub mail: Option<MailAddress>,
    /// A new order.
    pub order: Option<SendOrder>,
    /// Other events.
    pub events: Option<Subscriptions>,
    /// On or off.
    pub switch: Option<WebhookSwitch>,
    /// Running or not.
    pub queue: Option<Queue>,
    /// A new token, or none. Either way what was replaced before goes along no more.
    pub token: Option<Option<AuthToken>>,
}

impl WebhookChange {
    /// The webhook with the fields that change.
    #[must_use]
    pub fn applied(self, old: &Webhook) -> Webhook {
        let Self { name, url, mail, order, events, switch, queue, token } = self;
        let mut new = old.clone();
        new.name = name.unwrap_or(new.name);
        new.url = url.unwrap_or(new.url);
        new.mail = mail.unwrap_or(new.mail);
        new.order = order.unwrap_or(new.order);
        new.events = events.unwrap_or(new.events);
        new.switch = switch.unwrap_or(new.switch);
        new.queue = queue.unwrap_or(new.queue);
        if let Some(token) = token {
            (new.token, new.former) = (token, None);
        }
        new
    }
}

/// Changes fields of a webhook that was not deleted.
#[derive(Clone, Debug)]
pub struct UpdateWebhook {
    /// Where it is.
    pub place: Place,
    /// Whose it is.
    pub account: AccountId,
    /// Which webhook.
    pub webhook: WebhookId,
    /// What changes.
    pub change: WebhookChange,
    /// What tells of it.
    pub trail: Trail,
}

/// Gives a webhook another token, as `Webhook::rotate` says, in the place of the one that whoever asks
/// has seen: a token that was given meanwhile stays.
///
/// A command that carries an [`Idempotence`] which is kept from an earlier one, with the same
/// fingerprint, changes nothing and is answered with the webhook as it stands, unless that was
/// changed since.
#[derive(Clone, Debug)]
pub struct RotateWebhook {
    /// Which webhook.
    pub webhook: WebhookRef,
    /// Which token is replaced.
    pub replaces: ReplacedToken,
    /// The new token.
    pub token: AuthToken,
    /// For how long the one in use goes along.
    pub overlap: Overlap,
    /// When.
    pub at: Timestamp,
    /// By which it is done once.
    pub once: Option<Idempotence>,
    /// What tells of it.
    pub trail: Trail,
}

/// Which token of a webhook a rotation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplacedToken {
    /// This one, as whoever asks has seen it.
    Seen(AuthToken),
    /// Whoever asks has seen none that could be replaced. What was done before is answered all the
    /// same, and nothing else is done.
    NoneSeen,
}

/// Why a webhook was not given another token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotateWebhookRejection {
    /// The account has no such webhook in this place, or it was deleted.
    #[error("there is no such webhook")]
    NoSuchWebhook,
    /// Whoever asks has seen no token that could be replaced.
    #[error("the webhook has no token to be replaced")]
    NoToken,
    /// The webhook has another token than whoever asks has seen, or none any more.
    #[error("the webhook was given another token meanwhile")]
    TokenChanged,
    /// The webhook has this very token.
    #[error("the webhook has this token already")]
    SameToken,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    OtherRequest,
    /// The token was replaced by this before, and the webhook was changed since.
    #[error("the webhook was given this token before, and was changed since")]
    AlreadyRotated,
}

/// Deletes a webhook for good; its tokens are forgotten.
#[derive(Clone, Debug)]
pub struct DeleteWebhook {
    /// Where it is.
    pub place: Place,
    /// Whose it is.
    pub account: AccountId,
    /// Which webhook.
    pub webhook: WebhookId,
    /// What tells of it.
    pub trail: Trail,
}

/// The account has no such webhook in this place, or it was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such webhook")]
pub struct NoSuchWebhook;

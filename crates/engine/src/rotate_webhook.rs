//! Gives a webhook another token. The one before goes along for a while, so that its receiver has
//! the time to change over.
//!
//! Must not decide what a token is for: dialects do, and they make it up.

use domain::audit::Action;
use domain::ids::{AccountId, WebhookId};
use domain::secret::Overlap;
use domain::webhook::{AuthToken, Webhook};
use store::command::{ReplacedToken, RotateWebhook, RotateWebhookRejection, WebhookRef};
use store::fault::{Failure, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// How the token of a webhook is to be replaced.
#[derive(Clone, Debug)]
pub struct WebhookRotation {
    /// Which token is replaced, as whoever decided that it may be has seen it.
    pub replaces: ReplacedToken,
    /// The new token.
    pub token: AuthToken,
    /// For how long the one in use goes along, from now on.
    pub overlap: Overlap,
}

/// Why a webhook was not given another token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRotationRejection {
    /// There is no such webhook of this account.
    #[error("there is no such webhook")]
    NoSuchWebhook,
    /// It has no token that could be replaced.
    #[error("the webhook has no token to be replaced: give it one first")]
    NoToken,
    /// It was given another token since somebody looked.
    #[error("the webhook was given another token meanwhile: look at it and ask again")]
    TokenChanged,
    /// It has this one.
    #[error("the webhook has this token already: choose another one")]
    SameToken,
    /// This rotation was made before, and the webhook was changed since.
    #[error("this rotation was made before, and the webhook was changed since")]
    AlreadyRotated,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request: choose a new one")]
    OtherRequest,
    /// A request with this idempotency key is running.
    #[error("a request with this idempotency key is still running: try again in a moment")]
    StillRunning,
}

impl From<RotateWebhookRejection> for WebhookRotationRejection {
    fn from(rejection: RotateWebhookRejection) -> Self {
        match rejection {
            RotateWebhookRejection::NoSuchWebhook => Self::NoSuchWebhook,
            RotateWebhookRejection::NoToken => Self::NoToken,
            RotateWebhookRejection::TokenChanged => Self::TokenChanged,
            RotateWebhookRejection::SameToken => Self::SameToken,
            RotateWebhookRejection::OtherRequest => Self::OtherRequest,
            RotateWebhookRejection::AlreadyRotated => Self::AlreadyRotated,
        }
    }
}

impl Engine {
    /// Replaces the token of a webhook that somebody has seen; one that it was given since stays. One that was replaced before is gone with this: a webhook has
    /// two at most. From the answer on nothing is sent without the new one, and nothing with one that
    /// is gone. Where the same is asked again, the answer is the webhook with the token that it was
    /// given then.
    ///
    /// # Errors
    /// See [`WebhookRotationRejection`]; or a fault of the store.
    pub async fn rotate_webhook(
        &self,
        place: &PlaceRef,
        account: AccountId,
        id: WebhookId,
        rotation: WebhookRotation,
        mut context: Context<'_>,
    ) -> Outcome<Webhook, WebhookRotationRejection> {
        let once = context.once;
        let Ok(_turn) = self.running.enter(once.as_ref()) else {
            return Err(Failure::Rejected(WebhookRotationRejection::StillRunning));
        };
        let trail = context.trail(Action::RotateWebhook, Some(place.place()), id.to_string());
        let webhook = WebhookRef { place: place.place().clone(), account, webhook: id };
        let WebhookRotation { replaces, token, overlap } = rotation;
        let at = context.now;
        let command = RotateWebhook { webhook, replaces, token, overlap, at, once, trail };
        let rotated = self.store.rotate_webhook(command).await;
        let rotated = rotated.map_err(|failure| failure.map_rejection(Into::into))?;
        // What is being sent carries what it carried before.
        self.sends.withdraw(id).await;
        Ok(rotated)
    }
}

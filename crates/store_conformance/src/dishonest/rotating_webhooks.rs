//! How the liar gives webhooks other tokens, and forgets the ones before.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::ids::{AuditId, WebhookId};
use domain::webhook::Webhook;
use domain::webhook_rotation::FormerToken;
use store::command::{EraseSecrets, ReplacedToken, RotateWebhook, RotateWebhookRejection};
use store::fault::{Failure, Fault, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie};

/// One way to be wrong about the tokens of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookLie {
    /// A rotation that was made before is answered although the webhook was changed since.
    AnswersWithTheChanged,
    /// A rotation that is asked for again is made again.
    RotatesTwice,
    /// The token in use is gone with its rotation, whatever the overlap.
    ForgetsTheFormer,
    /// A rotation writes no audit entry.
    ForgetsTheTrail,
    /// Tokens that have ended are said to be erased, and stay.
    KeepsEnded,
    /// Without an overlap the token in use goes along all the same.
    KeepsTheFormer,
    /// A change of the token leaves what was replaced before.
    KeepsTheFormerOfChanged,
    /// A second rotation keeps the first token instead of the second.
    KeepsTheOldest,
    /// A deleted webhook keeps its tokens.
    KeepsTokens,
    /// Webhooks of other accounts and places are given tokens.
    RotatesAnywhere,
    /// A webhook without a token is given one.
    RotatesNothing,
    /// A token is replaced that was given since somebody looked.
    RotatesUnseen,
    /// A webhook is given a token although the trail could not be written.
    RotatesWithoutTrail,
    /// A webhook is given the token that it has.
    TakesTheSame,
}

impl DishonestStore {
    pub(super) fn lies(&self, lie: WebhookLie) -> bool {
        self.tells(Lie::Webhooks(lie))
    }

    pub(super) async fn lying_rotate_webhook(
        &self,
        mut command: RotateWebhook,
    ) -> Outcome<Webhook, RotateWebhookRejection> {
        let named = &mut command.webhook;
        if self.lies(WebhookLie::RotatesAnywhere) {
            (named.place, named.account) = self.home(&named.place, named.account, named.webhook);
        }
        let (place, account, id) = (named.place.clone(), named.account, named.webhook);
        command.once = self.lying_once(command.once);
        if self.lies(WebhookLie::RotatesTwice) {
            command.once = None;
        }
        let before = self.honest.find_webhook(place, Some(account), id).await?;
        let now = before.as_ref().and_then(|before| before.token.clone());
        if self.lies(WebhookLie::RotatesUnseen)
            && let (ReplacedToken::Seen(seen), Some(now)) = (&mut command.replaces, now)
        {
            *seen = now;
        }
        let wanted = command.clone();
        let outcome = match self.honest.rotate_webhook(command.clone()).await {
            Err(Failure::Fault(_)) if self.lies(WebhookLie::RotatesWithoutTrail) => {
                command.trail.audit.id = AuditId::from_u128(id.as_u128());
                self.honest.rotate_webhook(command).await
            }
            outcome => outcome,
        };
        match (outcome, before) {
            (Err(Failure::Rejected(rejection)), Some(before)) if self.is_blind_to(rejection) => {
                Ok(Webhook { token: Some(wanted.token), ..before })
            }
            (outcome, Some(before)) => Ok(self.after_rotating(outcome?, before, &wanted)),
            (outcome, None) => outcome,
        }
    }

    /// What of the webhooks is shown after erasing, if the liar keeps what has ended.
    pub(super) async fn kept_tokens(
        &self,
        command: &EraseSecrets,
    ) -> Result<Vec<(WebhookId, Webhook)>, Fault> {
        if !self.lies(WebhookLie::KeepsEnded) {
            return Ok(Vec::new());
        }
        let made = self.notes().webhooks_made.clone();
        let mut kept = Vec::new();
        for webhook in made.into_iter().filter(|made| command.place.holds(&made.place)) {
            let Webhook { place, account, id, .. } = webhook;
            let found = self.honest.find_webhook(place, Some(account), id).await?;
            kept.extend(found.map(|found| (id, found)));
        }
        Ok(kept)
    }

    /// Whether the liar takes no notice of this rejection.
    fn is_blind_to(&self, rejection: RotateWebhookRejection) -> bool {
        match rejection {
            RotateWebhookRejection::AlreadyRotated => self.lies(WebhookLie::AnswersWithTheChanged),
            RotateWebhookRejection::NoToken => self.lies(WebhookLie::RotatesNothing),
            RotateWebhookRejection::SameToken => self.lies(WebhookLie::TakesTheSame),
            RotateWebhookRejection::NoSuchWebhook
            | RotateWebhookRejection::TokenChanged
            | RotateWebhookRejection::OtherRequest => false,
        }
    }

    fn after_rotating(
        &self,
        mut webhook: Webhook,
        before: Webhook,
        command: &RotateWebhook,
    ) -> Webhook {
        if self.lies(WebhookLie::ForgetsTheTrail) {
            self.notes().audit_too_few += 1;
        }
        if self.lies(WebhookLie::ForgetsTheFormer) {
            webhook.former = None;
        }
        if self.lies(WebhookLie::KeepsTheOldest) && before.former.is_some() {
            webhook.former = before.former;
        } else if self.lies(WebhookLie::KeepsTheFormer) && webhook.former.is_none() {
            let ends_at = command.at.plus_millis(1);
            webhook.former = before.token.map(|token| FormerToken { token, ends_at });
        }
        webhook
    }
}

//! The model's commands and questions about webhooks.
//!
//! Must not write anything before the last check of a command has passed.

use domain::ids::{AccountId, Place, WebhookId};
use domain::webhook::{Queue, Webhook, WebhookState};

use super::Written;
use super::once::Made;
use super::state::{State, require_new};
use crate::command::{
    CreateWebhook, CreateWebhookRejection, DeleteWebhook, EraseSecrets, LIFTED_AT_ONCE,
    NoSuchWebhook, ReplacedToken, RotateWebhook, RotateWebhookRejection, UpdateWebhook, WebhookRef,
};
use crate::fault::{Failure, Outcome};

impl State {
    pub(super) fn create_webhook(
        &mut self,
        command: CreateWebhook,
    ) -> Outcome<Written<Webhook>, CreateWebhookRejection> {
        let CreateWebhook { mut webhook, webhooks_max: limit, once, trail } = command;
        if let Some(once) = &once
            && let Some(done) = self.once.find(once)
        {
            let (true, Made::Webhook(id)) = (done.fingerprint == once.fingerprint, done.made)
            else {
                return Err(Failure::Rejected(CreateWebhookRejection::OtherRequest));
            };
            let Some(made) = self.active_webhook(&webhook.place, webhook.account, id) else {
                return Err(Failure::Rejected(CreateWebhookRejection::AlreadyMade { made: id }));
            };
            let created_at = made.created_at;
            let answer = Webhook { id, created_at, epoch: done.epoch, ..webhook };
            return Ok(Written::silent(answer));
        }
        if self.account_there(&webhook.place, webhook.account).is_none() {
            return Err(Failure::Rejected(CreateWebhookRejection::NoSuchAccount));
        }
        if self.list_webhooks(&webhook.place, webhook.account).len() >= limit as usize {
            return Err(Failure::Rejected(CreateWebhookRejection::LimitReached { limit }));
        }
        require_new(self.webhooks.get(&webhook.id).is_none(), "webhook")?;
        webhook.epoch = self.write_trail(&trail, [])?;
        self.webhooks.push(webhook.id, webhook.clone());
        self.once.note(once, Made::Webhook(webhook.id), webhook.epoch);
        Ok(Written::silent(webhook))
    }

    pub(super) fn update_webhook(
        &mut self,
        command: UpdateWebhook,
    ) -> Outcome<Written<Webhook>, NoSuchWebhook> {
        let UpdateWebhook { place, account, webhook, change, trail } = command;
        let found = self.active_webhook(&place, account, webhook);
        let old = found.ok_or(Failure::Rejected(NoSuchWebhook))?;
        let mut new = change.applied(old);
        if new != *old {
            let resumed = old.queue == Queue::Interrupted && new.queue == Queue::Running;
            new.epoch = self.write_trail(&trail, [])?;
            self.rewrite_webhook(&new);
            if resumed {
                self.deliveries.forgive(new.id, LIFTED_AT_ONCE);
            }
        }
        Ok(Written::silent(new))
    }

    pub(super) fn rotate_webhook(
        &mut self,
        command: RotateWebhook,
    ) -> Outcome<Written<Webhook>, RotateWebhookRejection> {
        let reject = |why| Err(Failure::Rejected(why));
        let RotateWebhook { webhook, replaces, token, overlap, at, once, trail } = command;
        let WebhookRef { place, account, webhook } = webhook;
        let Some(mut webhook) = self.active_webhook(&place, account, webhook).cloned() else {
            return reject(RotateWebhookRejection::NoSuchWebhook);
        };
        if let Some(once) = &once
            && let Some(done) = self.once.find(once)
        {
            return match (done.fingerprint == once.fingerprint, done.made) {
                (true, Made::Webhook(id)) if id == webhook.id && done.epoch == webhook.epoch => {
                    Ok(Written::silent(webhook))
                }
                (true, Made::Webhook(_)) => reject(RotateWebhookRejection::AlreadyRotated),
                _ => reject(RotateWebhookRejection::OtherRequest),
            };
        }
        let ReplacedToken::Seen(seen) = replaces else {
            return reject(RotateWebhookRejection::NoToken);
        };
        if webhook.token.as_ref() != Some(&seen) {
            return reject(RotateWebhookRejection::TokenChanged);
        }
        if seen == token {
            return reject(RotateWebhookRejection::SameToken);
        }
        webhook.rotate(token, overlap, at);
        webhook.epoch = self.write_trail(&trail, [])?;
        self.rewrite_webhook(&webhook);
        self.once.note(once, Made::Webhook(webhook.id), webhook.epoch);
        Ok(Written::silent(webhook))
    }

    /// Forgets replaced tokens that have ended, so many at most; says how many.
    pub(super) fn erase_tokens(&mut self, command: &EraseSecrets, limit: u32) -> u32 {
        let EraseSecrets { place, at, limit: _ } = command;
        let ended = |one: &&Webhook| {
            place.holds(&one.place) && one.former.is_some() && one.former_at(*at).is_none()
        };
        let mut due: Vec<Webhook> = self.webhooks.iter().filter(ended).cloned().collect();
        due.truncate(limit as usize);
        for webhook in &mut due {
            webhook.drop_ended_token(*at);
            self.rewrite_webhook(webhook);
        }
        u32::try_from(due.len()).unwrap_or(limit)
    }

    pub(super) fn delete_webhook(
        &mut self,
        command: &DeleteWebhook,
    ) -> Outcome<Written<Webhook>, NoSuchWebhook> {
        let found = self.active_webhook(&command.place, command.account, command.webhook);
        let mut webhook = found.ok_or(Failure::Rejected(NoSuchWebhook))?.clone();
        webhook.epoch = self.write_trail(&command.trail, [])?;
        webhook.delete();
        self.rewrite_webhook(&webhook);
        Ok(Written::silent(webhook))
    }

    pub(super) fn webhook(
        &self,
        place: &Place,
        account: Option<AccountId>,
        id: WebhookId,
    ) -> Option<&Webhook> {
        let belongs = |webhook: &&Webhook| {
            webhook.place == *place && account.is_none_or(|account| webhook.account == account)
        };
        self.webhooks.get(&id).filter(belongs)
    }

    pub(super) fn list_webhooks(&self, place: &Place, account: AccountId) -> Vec<Webhook> {
        let listed = |webhook: &&Webhook| {
            webhook.place == *place
                && webhook.account == account
                && webhook.state == WebhookState::Active
        };
        self.webhooks.iter().filter(listed).cloned().collect()
    }

    pub(super) fn active_webhook(
        &self,
        place: &Place,
        account: AccountId,
        id: WebhookId,
    ) -> Option<&Webhook> {
        self.webhook(place, Some(account), id)
            .filter(|webhook| webhook.state == WebhookState::Active)
    }

    pub(super) fn rewrite_webhook(&mut self, webhook: &Webhook) {
        if let Some(row) = self.webhooks.get_mut(&webhook.id) {
            *row = webhook.clone();
        }
    }
}

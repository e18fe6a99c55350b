//! How the liar makes, changes, deletes and finds webhooks.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::ids::{AccountId, Place, WebhookId};
use domain::webhook::{SendOrder, Webhook, WebhookState};
use store::command::{
    CreateWebhook, CreateWebhookRejection, DeleteWebhook, NoSuchWebhook, UpdateWebhook,
};
use store::fault::{Failure, Fault, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie, WebhookLie};

impl DishonestStore {
    pub(super) async fn lying_create_webhook(
        &self,
        mut command: CreateWebhook,
    ) -> Outcome<Webhook, CreateWebhookRejection> {
        if let Some(count) = self.counted_webhooks(&command.webhook).await? {
            let limit = command.webhooks_max;
            if count >= limit as usize {
                return Err(Failure::Rejected(CreateWebhookRejection::LimitReached { limit }));
            }
            command.webhooks_max = u32::MAX;
        }
        if self.tells(Lie::TakesSequentialForFree) {
            command.webhook.order = SendOrder::Free;
        }
        if self.tells(Lie::TakesFreeForSequential) {
            command.webhook.order = SendOrder::Sequential;
        }
        command.once = self.lying_once(command.once);
        if self.tells(Lie::MakesWebhooksTwice) {
            command.once = None;
        }
        let wish = command.webhook.clone();
        let made = match self.honest.create_webhook(command).await {
            Err(Failure::Rejected(CreateWebhookRejection::AlreadyMade { made: id }))
                if self.tells(Lie::AnswersWithDeletedWebhooks) =>
            {
                Webhook { id, ..wish }
            }
            outcome => outcome?,
        };
        self.notes().webhooks_made.push(made.clone());
        self.forget_the_trail_of_webhooks();
        Ok(made)
    }

    /// How many webhooks the liar sees under the limit, if it lies about that.
    async fn counted_webhooks(&self, new: &Webhook) -> Result<Option<usize>, Fault> {
        let made = |counts: &dyn Fn(&&Webhook) -> bool| {
            self.notes().webhooks_made.iter().filter(counts).count()
        };
        if self.tells(Lie::CountsDeletedWebhooks) {
            return Ok(Some(made(&|old| old.account == new.account)));
        }
        if self.tells(Lie::CountsForeignWebhooks) {
            return Ok(Some(made(&|old| old.place == new.place)));
        }
        if self.tells(Lie::CountsWebhooksThenInserts) {
            let there = self.honest.list_webhooks(new.place.clone(), new.account).await?;
            // Time enough for others to count as well.
            tokio::task::yield_now().await;
            return Ok(Some(there.len()));
        }
        Ok(None)
    }

    pub(super) async fn lying_update_webhook(
        &self,
        mut command: UpdateWebhook,
    ) -> Outcome<Webhook, NoSuchWebhook> {
        if self.tells(Lie::LeaksWebhooks) {
            (command.place, command.account) =
                self.home(&command.place, command.account, command.webhook);
        }
        if self.tells(Lie::UpdatesTooMuchOfWebhooks) && command.change.name.is_some() {
            command.change.token = command.change.token.or(Some(None));
        }
        let UpdateWebhook { place, account, webhook, .. } = &command;
        let before = self.honest.find_webhook(place.clone(), Some(*account), *webhook).await?;
        let outcome = self.honest.update_webhook(command).await;
        match &outcome {
            Ok(after) if before.as_ref() == Some(after) => {
                if self.tells(Lie::WritesOfUnchangedWebhooks) {
                    self.notes().audit_too_many += 1;
                }
            }
            Err(Failure::Rejected(NoSuchWebhook)) => {
                if let Some(before) = before.filter(|_| self.tells(Lie::RevivesWebhooks)) {
                    return Ok(before);
                }
            }
            Ok(after) => {
                self.forget_the_trail_of_webhooks();
                if let Some(before) =
                    before.filter(|_| self.lies(WebhookLie::KeepsTheFormerOfChanged))
                {
                    return Ok(Webhook { former: before.former, ..after.clone() });
                }
            }
            Err(Failure::Fault(_)) => {}
        }
        outcome
    }

    pub(super) async fn lying_delete_webhook(
        &self,
        mut command: DeleteWebhook,
    ) -> Outcome<Webhook, NoSuchWebhook> {
        if self.tells(Lie::LeaksWebhooks) {
            (command.place, command.account) =
                self.home(&command.place, command.account, command.webhook);
        }
        let DeleteWebhook { place, account, webhook, .. } = &command;
        let before = self.honest.find_webhook(place.clone(), Some(*account), *webhook).await?;
        let deleted = self.honest.delete_webhook(command).await?;
        self.forget_the_trail_of_webhooks();
        if let Some(before) = before.filter(|_| self.lies(WebhookLie::KeepsTokens)) {
            let Webhook { token, former, .. } = before;
            let shown = Webhook { token, former, ..deleted.clone() };
            self.notes().webhooks_shown.insert(deleted.id, shown);
        }
        Ok(deleted)
    }

    pub(super) async fn lying_find_webhook(
        &self,
        mut place: Place,
        mut account: Option<AccountId>,
        id: WebhookId,
    ) -> Result<Option<Webhook>, Fault> {
        match account {
            Some(named) if self.tells(Lie::LeaksWebhooks) => {
                let (home, owner) = self.home(&place, named, id);
                (place, account) = (home, Some(owner));
            }
            None if self.tells(Lie::FindsWebhooksAnywhere) => {
                (place, _) = self.home(&place, AccountId::Uuid([0; 16]), id);
            }
            Some(_) | None => {}
        }
        let found = self.honest.find_webhook(place, account, id).await?;
        Ok(found.map(|found| self.notes().webhooks_shown.get(&id).cloned().unwrap_or(found)))
    }

    pub(super) async fn lying_list_webhooks(
        &self,
        place: Place,
        account: AccountId,
    ) -> Result<Vec<Webhook>, Fault> {
        let mut webhooks = self.honest.list_webhooks(place, account).await?;
        let notes = self.notes();
        let left = notes.webhooks_shown.values().filter(|one| one.state == WebhookState::Active);
        webhooks.extend(left.filter(|one| one.account == account).cloned());
        Ok(webhooks)
    }

    /// From now on these are found as they were before their account was deleted.
    pub(super) fn leave_webhooks(&self, webhooks: Vec<Webhook>) {
        if self.tells(Lie::LeavesWebhooks) {
            let shown = webhooks.into_iter().map(|webhook| (webhook.id, webhook));
            self.notes().webhooks_shown.extend(shown);
        }
    }

    /// Where the webhook really is.
    pub(super) fn home(
        &self,
        place: &Place,
        account: AccountId,
        id: WebhookId,
    ) -> (Place, AccountId) {
        let notes = self.notes();
        let made = notes.webhooks_made.iter().find(|made| made.id == id);
        made.map_or((place.clone(), account), |made| (made.place.clone(), made.account))
    }

    fn forget_the_trail_of_webhooks(&self) {
        if self.tells(Lie::ForgetsTheTrailOfWebhooks) {
            self.notes().audit_too_few += 1;
        }
    }
}

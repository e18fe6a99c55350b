//! Deletes a webhook for good; its token is forgotten with it.

use domain::audit::Action;
use domain::ids::{AccountId, WebhookId};
use domain::webhook::Webhook;
use store::command::{DeleteWebhook, NoSuchWebhook};
use store::fault::Outcome;

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Deletes a webhook. Nothing is sent to it from the answer on.
    ///
    /// # Errors
    /// No such webhook of this account, also where it was deleted before; or a fault of the store.
    pub async fn delete_webhook(
        &self,
        place: &PlaceRef,
        account: AccountId,
        id: WebhookId,
        mut context: Context<'_>,
    ) -> Outcome<Webhook, NoSuchWebhook> {
        let trail = context.trail(Action::DeleteWebhook, Some(place.place()), id.to_string());
        let place = place.place().clone();
        let command = DeleteWebhook { place, account, webhook: id, trail };
        let deleted = self.store.delete_webhook(command).await?;
        self.sends.withdraw(id).await;
        Ok(deleted)
    }
}

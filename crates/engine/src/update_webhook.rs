//! Changes fields of a webhook.
//!
//! Must not move it to another account.

use domain::audit::Action;
use domain::ids::{AccountId, WebhookId};
use domain::webhook::Webhook;
use store::command::{NoSuchWebhook, UpdateWebhook, WebhookChange};
use store::fault::Outcome;

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Changes the fields that are named; the others stay. Nothing is sent to an older address from
    /// the answer on.
    ///
    /// # Errors
    /// No such webhook of this account, or a fault of the store.
    pub async fn update_webhook(
        &self,
        place: &PlaceRef,
        account: AccountId,
        id: WebhookId,
        change: WebhookChange,
        mut context: Context<'_>,
    ) -> Outcome<Webhook, NoSuchWebhook> {
        let trail = context.trail(Action::UpdateWebhook, Some(place.place()), id.to_string());
        let place = place.place().clone();
        let moves = change.url.is_some()
            || change.token.is_some()
            || change.switch.is_some()
            || change.queue.is_some();
        let command = UpdateWebhook { place, account, webhook: id, change, trail };
        let updated = self.store.update_webhook(command).await?;
        if moves {
            // What is being sent goes where it went before.
            self.sends.withdraw(id).await;
        }
        Ok(updated)
    }
}

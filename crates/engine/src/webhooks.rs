//! Shows webhooks: one, or all of an account.
//!
//! Must not change anything.

use domain::ids::{AccountId, WebhookId};
use domain::webhook::{Webhook, WebhookState};
use store::fault::Fault;

use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// One webhook that was not deleted: of this account, or of any where none is named.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn get_webhook(
        &self,
        place: &PlaceRef,
        account: Option<AccountId>,
        id: WebhookId,
    ) -> Result<Option<Webhook>, Fault> {
        let found = self.store.find_webhook(place.place().clone(), account, id).await?;
        Ok(found.filter(|webhook| webhook.state == WebhookState::Active))
    }

    /// The webhooks of an account, in the order of their making.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_webhooks(
        &self,
        place: &PlaceRef,
        account: AccountId,
    ) -> Result<Vec<Webhook>, Fault> {
        self.store.list_webhooks(place.place().clone(), account).await
    }
}

//! Deletes an account below another one for good, and all its keys and webhooks in the same
//! transaction. No verification sent after the answer is granted to any of the keys.
//!
//! Must not delete a key without an event that tells of it: so it looks which keys there are, and
//! looks again when they changed meanwhile.

use domain::account::Account;
use domain::audit::{Action, Event, EventKind};
use domain::ids::{AccountId, EventId, KeyId};
use store::command::DeleteAccountRejection as Stored;
use store::command::{DeleteAccount, ListKeys};
use store::fault::{Failure, Fault, FaultKind, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// How often to look again while somebody else keeps making keys.
const LOOKS_MAX: usize = 8;

/// Why an account was not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeletionRejection {
    /// There is no such account in this place, or it was deleted before.
    #[error("there is no such account")]
    NoSuchAccount,
    /// It is a root account.
    #[error("a root account cannot be deleted")]
    IsRoot,
}

impl Engine {
    /// Deletes an account.
    ///
    /// # Errors
    /// See [`DeletionRejection`]; or a fault of the store.
    pub async fn delete_account(
        &self,
        place: &PlaceRef,
        account: AccountId,
        mut context: Context<'_>,
    ) -> Outcome<Account, DeletionRejection> {
        let rejected = |rejection| Err(Failure::Rejected(rejection));
        for _ in 0..LOOKS_MAX {
            let keys = self.keys_to_delete(place, account).await?;
            let mut trail =
                context.trail(Action::DeleteAccount, Some(place.place()), account.to_string());
            trail.events.extend(keys.iter().map(|&key| Event {
                id: EventId::fresh(context.now, context.entropy),
                at: context.now,
                kind: EventKind::Deleted,
                place: place.place().clone(),
                account,
                key,
                exposure: None,
            }));
            let webhooks = self.store.list_webhooks(place.place().clone(), account).await?;
            let command = DeleteAccount { place: place.place().clone(), account, keys, trail };
            match self.store.delete_account(command).await {
                Ok(deleted) => {
                    for webhook in webhooks {
                        self.sends.withdraw(webhook.id).await;
                    }
                    return Ok(deleted);
                }
                Err(Failure::Fault(fault)) => return Err(Failure::Fault(fault)),
                Err(Failure::Rejected(Stored::NoSuchAccount)) => {
                    return rejected(DeletionRejection::NoSuchAccount);
                }
                Err(Failure::Rejected(Stored::IsRoot)) => {
                    return rejected(DeletionRejection::IsRoot);
                }
                Err(Failure::Rejected(Stored::KeysChanged)) => {}
            }
        }
        let detail = "the keys of the account changed all the time";
        Err(Failure::Fault(Fault::new(FaultKind::Unavailable, detail)))
    }

    async fn keys_to_delete(
        &self,
        place: &PlaceRef,
        account: AccountId,
    ) -> Result<Vec<KeyId>, Fault> {
        let mut question = ListKeys { owner: Some(account), ..ListKeys::of(place.place().clone()) };
        let mut keys = Vec::new();
        loop {
            // An account unknown has no keys.
            let page = self.store.list_keys(question.clone()).await?;
            keys.extend(page.items.iter().map(|key| key.id));
            match page.next {
                Some(next) => question.after = next,
                None => return Ok(keys),
            }
        }
    }
}

//! Changes fields of an account. A narrowing holds for every verification sent after the answer.
//!
//! Must not change who is above an account; that is for life. Who is written to is told of by a name
//! of its own, because whoever changes it might not want others to hear of the rest.

use domain::account::Account;
use domain::audit::Action;
use domain::ids::AccountId;
use store::command::{AccountChange, UpdateAccount, UpdateAccountRejection};
use store::fault::Outcome;

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Changes the fields that are named; the others stay.
    ///
    /// # Errors
    /// No such account, or a fault of the store.
    pub async fn update_account(
        &self,
        place: &PlaceRef,
        id: AccountId,
        change: AccountChange,
        mut context: Context<'_>,
    ) -> Outcome<Account, UpdateAccountRejection> {
        let action = match change.contacts {
            Some(_) => Action::ChangeContacts,
            None => Action::UpdateAccount,
        };
        let trail = context.trail(action, Some(place.place()), id.to_string());
        let place = place.place().clone();
        self.store.update_account(UpdateAccount { place, account: id, change, trail }).await
    }
}

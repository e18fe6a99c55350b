//! Changes fields of an account. A narrowing holds for every verification sent after the answer.
//!
//! Must not change who is above an account; that is for life.

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
        let trail = context.trail(Action::UpdateAccount, Some(place.place()), id.to_string());
        let place = place.place().clone();
        self.store.update_account(UpdateAccount { place, account: id, change, trail }).await
    }
}

//! Takes an account out of force. No verification sent after the answer is granted to any key of it,
//! nor of the accounts below it, until it is resumed.
//!
//! Must not touch a key: each keeps its own state, and has it again afterwards.

use domain::account::{Account, AccountSwitch};
use domain::audit::Action;
use domain::ids::AccountId;
use store::command::{AccountChange, UpdateAccount, UpdateAccountRejection};
use store::fault::Outcome;

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Suspends an account. One that is suspended stays as it is.
    ///
    /// # Errors
    /// No such account, or a fault of the store.
    pub async fn suspend_account(
        &self,
        place: &PlaceRef,
        id: AccountId,
        context: Context<'_>,
    ) -> Outcome<Account, UpdateAccountRejection> {
        let (action, switch) = (Action::SuspendAccount, AccountSwitch::Suspend);
        self.switch_account(place, id, action, switch, context).await
    }

    /// Throws the switch of an account.
    pub(crate) async fn switch_account(
        &self,
        place: &PlaceRef,
        id: AccountId,
        action: Action,
        switch: AccountSwitch,
        mut context: Context<'_>,
    ) -> Outcome<Account, UpdateAccountRejection> {
        let trail = context.trail(action, Some(place.place()), id.to_string());
        let place = place.place().clone();
        let change = AccountChange { switch: Some(switch), ..AccountChange::default() };
        self.store.update_account(UpdateAccount { place, account: id, change, trail }).await
    }
}

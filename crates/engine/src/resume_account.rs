//! Puts a suspended account in force again, with every key as it was left.
//!
//! Must not enable a key that was switched off, nor revive what is over.

use domain::account::{Account, AccountSwitch};
use domain::audit::Action;
use domain::ids::AccountId;
use store::command::UpdateAccountRejection;
use store::fault::Outcome;

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// Resumes an account. One that is in force stays as it is.
    ///
    /// # Errors
    /// No such account, or a fault of the store.
    pub async fn resume_account(
        &self,
        place: &PlaceRef,
        id: AccountId,
        context: Context<'_>,
    ) -> Outcome<Account, UpdateAccountRejection> {
        let (action, switch) = (Action::ResumeAccount, AccountSwitch::Resume);
        self.switch_account(place, id, action, switch, context).await
    }
}

//! Shows accounts: one, or a page of them.
//!
//! Must not change anything.

use domain::account::Account;
use domain::ids::AccountId;
use store::command::{ListAccounts, Page, Position};
use store::fault::Fault;

use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// One account that was not deleted.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn get_account(
        &self,
        place: &PlaceRef,
        id: AccountId,
    ) -> Result<Option<Account>, Fault> {
        let found = self.store.find_account(place.place().clone(), id).await?;
        Ok(found.filter(|account| account.state.is_there()))
    }

    /// Whether this place has such an account, and it was not deleted. From memory: for those who
    /// need not see more of it.
    #[must_use]
    pub fn has_account(&self, place: &PlaceRef, id: AccountId) -> bool {
        self.keyring.owner(id).is_some_and(|owner| owner.place == place.index && owner.is_there())
    }

    /// A page of accounts, of all or of those below one.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_accounts(
        &self,
        place: &PlaceRef,
        parent: Option<AccountId>,
        after: Position,
        limit: u32,
    ) -> Result<Page<Account>, Fault> {
        let place = place.place().clone();
        self.store.list_accounts(ListAccounts { place, parent, after, limit }).await
    }
}

//! What a root account sees of its sub-accounts: a slice of them, or one, also one that is over.
//!
//! Must not change anything, and must not tell a foreign account from an absent one.

use domain::account::{Account, AccountKind};
use domain::ids::AccountId;
use domain::label::{LabelName, LabelValue};
use store::command::{BrowseSubaccounts, Slice};
use store::fault::{Failure, Outcome};

use crate::engine::Engine;
use crate::keyring::Standing;
use crate::place::PlaceRef;

/// Why an account does not see a sub-account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubaccountRejection {
    /// The account that asks is no root account.
    #[error("only a root account has sub-accounts")]
    NotRoot,
    /// There never was such an account below it.
    #[error("there is no such account below this one")]
    NoSuchAccount,
}

/// Which sub-accounts are asked for.
#[derive(Clone, Debug, Default)]
pub struct SubaccountFilter {
    /// Those that carry all of these labels.
    pub labels: Vec<(LabelName, LabelValue)>,
    /// Those whose name contains this text, letter case counted; empty for any.
    pub name_part: String,
}

impl Engine {
    /// Whether this account stands at the top.
    ///
    /// # Errors
    /// It does not.
    pub fn require_root(&self, asking: AccountId) -> Result<(), SubaccountRejection> {
        match self.keyring.owner(asking).map(|owner| owner.standing) {
            Some(Standing::Root) => Ok(()),
            Some(Standing::Subaccount | Standing::Project) | None => {
                Err(SubaccountRejection::NotRoot)
            }
        }
    }

    /// A slice of the sub-accounts of the account that asks, and how many there are.
    ///
    /// # Errors
    /// The account is no root account; or a fault of the store.
    pub async fn browse_subaccounts(
        &self,
        place: &PlaceRef,
        asking: AccountId,
        filter: SubaccountFilter,
        (offset, limit): (u32, u32),
    ) -> Outcome<Slice<Account>, SubaccountRejection> {
        self.require_root(asking).map_err(Failure::Rejected)?;
        let SubaccountFilter { labels, name_part } = filter;
        let (place, parent) = (place.place().clone(), asking);
        let question = BrowseSubaccounts { place, parent, labels, name_part, offset, limit };
        Ok(self.store.browse_subaccounts(question).await?)
    }

    /// The sub-account with this id below the account that asks, also if it was deleted.
    ///
    /// # Errors
    /// See [`SubaccountRejection`]; or a fault of the store.
    pub async fn find_subaccount(
        &self,
        place: &PlaceRef,
        asking: AccountId,
        id: AccountId,
    ) -> Outcome<Account, SubaccountRejection> {
        self.require_root(asking).map_err(Failure::Rejected)?;
        let below = AccountKind::Subaccount { parent: asking };
        let found = self.store.find_account(place.place().clone(), id).await?;
        let found = found.filter(|account| account.kind == below);
        found.ok_or(Failure::Rejected(SubaccountRejection::NoSuchAccount))
    }
}

//! The sub-account whose keys an account may manage with its own keys, if it may at all.
//!
//! Two things have to be in place first: a list of addresses on the account that asks, and an open
//! release. Must not change anything, and must not tell a foreign account from an absent one.

use domain::account::{Account, AccountKind};
use domain::ids::AccountId;
use domain::ip_list::IpList;
use domain::time::Timestamp;
use store::fault::{Failure, Outcome};

use crate::engine::Engine;
use crate::place::PlaceRef;

/// Why keys below an account may not be managed, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManagingRejection {
    /// The account has no list of addresses.
    #[error("the account has no list of addresses: give it one first")]
    NoAddressList,
    /// The release is not open.
    #[error("the release of the account is closed: open it first")]
    ReleaseClosed,
    /// There is no such account below it.
    #[error("there is no such account below this one")]
    NoSuchAccount,
}

impl Engine {
    /// The sub-account with this id below the account that asks.
    ///
    /// # Errors
    /// See [`ManagingRejection`]; or a fault of the store.
    pub async fn managed_account(
        &self,
        place: &PlaceRef,
        asking: AccountId,
        id: AccountId,
        now: Timestamp,
    ) -> Outcome<Account, ManagingRejection> {
        let rejected = |rejection| Err(Failure::Rejected(rejection));
        let Some(parent) = self.get_account(place, asking).await? else {
            return rejected(ManagingRejection::NoSuchAccount);
        };
        match parent.ip_list {
            IpList::Any => return rejected(ManagingRejection::NoAddressList),
            IpList::Only(_) => {}
        }
        if parent.release_until.is_none_or(|until| until <= now) {
            return rejected(ManagingRejection::ReleaseClosed);
        }
        let below = AccountKind::Subaccount { parent: asking };
        let found = self.get_account(place, id).await?.filter(|found| found.kind == below);
        found.ok_or(Failure::Rejected(ManagingRejection::NoSuchAccount))
    }
}

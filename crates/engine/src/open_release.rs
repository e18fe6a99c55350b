//! Opens the release of a root account: for two hours from now, keys of the accounts below it may
//! be managed with its own keys.
//!
//! Must not open one that does not end, nor judge who may use it: whoever acts under a release asks
//! for the time that is stored with the account.

use domain::account::{Account, AccountKind};
use domain::audit::Action;
use domain::ids::AccountId;
use domain::time::Timestamp;
use store::command::{AccountChange, UpdateAccount, UpdateAccountRejection};
use store::fault::{Failure, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// How long a release holds. Asaas publishes that its release lasts two hours and must be opened
/// again then, so its clients count on no other length.
pub const RELEASE_MS: i64 = 2 * 60 * 60 * 1_000;

/// Why a release was neither opened nor closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseRejection {
    /// There is no such account in this place, or it was deleted.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The account is below another one.
    #[error("only a root account has a release: name the account above this one")]
    NotRoot,
}

impl Engine {
    /// Opens the release. One that is open lasts for the whole time again, from now.
    ///
    /// # Errors
    /// No such account, one that is below another, or a fault of the store.
    pub async fn open_release(
        &self,
        place: &PlaceRef,
        id: AccountId,
        context: Context<'_>,
    ) -> Outcome<Account, ReleaseRejection> {
        let end = context.now.plus_millis(RELEASE_MS);
        self.set_release(place, id, Action::OpenRelease, Some(end), context).await
    }

    /// Moves the end of the release, or takes the release away.
    pub(crate) async fn set_release(
        &self,
        place: &PlaceRef,
        id: AccountId,
        action: Action,
        end: Option<Timestamp>,
        mut context: Context<'_>,
    ) -> Outcome<Account, ReleaseRejection> {
        let found = self.get_account(place, id).await?;
        // Where an account stands is for life, so that this still holds when the store is asked.
        match found.map(|account| account.kind) {
            None => return Err(Failure::Rejected(ReleaseRejection::NoSuchAccount)),
            Some(AccountKind::Subaccount { .. } | AccountKind::Project { .. }) => {
                return Err(Failure::Rejected(ReleaseRejection::NotRoot));
            }
            Some(AccountKind::Root) => {}
        }
        let trail = context.trail(action, Some(place.place()), id.to_string());
        let place = place.place().clone();
        let change = AccountChange { release_until: Some(end), ..AccountChange::default() };
        let command = UpdateAccount { place, account: id, change, trail };
        self.store.update_account(command).await.map_err(|failure| {
            failure.map_rejection(|rejection| match rejection {
                // The branding is not touched, so nobody says that it does not fit.
                UpdateAccountRejection::NoSuchAccount | UpdateAccountRejection::NotASubaccount => {
                    ReleaseRejection::NoSuchAccount
                }
            })
        })
    }
}

//! Closes the release of a root account at once: its own keys no longer manage the keys of the
//! accounts below it.
//!
//! Must not reject one that is closed or has ended, so that a retry succeeds.

use domain::account::Account;
use domain::audit::Action;
use domain::ids::AccountId;
use store::fault::Outcome;

use crate::context::Context;
use crate::engine::Engine;
use crate::open_release::ReleaseRejection;
use crate::place::PlaceRef;

impl Engine {
    /// Closes the release. An account without one stays as it is.
    ///
    /// # Errors
    /// No such account, one that is below another, or a fault of the store.
    pub async fn close_release(
        &self,
        place: &PlaceRef,
        id: AccountId,
        context: Context<'_>,
    ) -> Outcome<Account, ReleaseRejection> {
        self.set_release(place, id, Action::CloseRelease, None, context).await
    }
}

//! How the liar counts projects under their limit.
//!
//! Must not make a project itself, nor look at anything but the limit.

use domain::account::{Account, AccountKind};
use domain::ids::{AccountId, Place};
use store::command::{CreateAccount, CreateAccountRejection, CreateKey, ListAccounts};
use store::fault::{Failure, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie};

impl DishonestStore {
    /// Applies the limit as the liar sees it, and hides it from the model.
    pub(super) async fn lying_limit_of_projects(
        &self,
        command: &mut CreateAccount,
    ) -> Outcome<(), CreateAccountRejection> {
        if self.tells(Lie::IgnoresTheLimitOfProjects) {
            command.projects_max = None;
        }
        let lies = [
            Lie::CountsDeletedProjects,
            Lie::CountsForeignProjects,
            Lie::CountsProjectsThenInserts,
            Lie::CountsSubaccounts,
        ];
        if !lies.into_iter().any(|lie| self.tells(lie)) {
            return Ok(());
        }
        let AccountKind::Project { parent } = command.account.kind else { return Ok(()) };
        let Some(limit) = command.projects_max.take() else { return Ok(()) };
        if self.counted_projects(&command.account.place, parent).await >= limit as usize {
            return Err(Failure::Rejected(CreateAccountRejection::LimitReached { limit }));
        }
        Ok(())
    }

    async fn counted_projects(&self, place: &Place, of: AccountId) -> usize {
        let question = ListAccounts::of(place.clone());
        let page = self.honest.list_accounts(question).await;
        let mut accounts = page.map(|page| page.items).unwrap_or_default();
        if self.tells(Lie::CountsDeletedProjects) {
            accounts.extend(self.notes().deleted_projects.iter().cloned());
        }
        if self.tells(Lie::CountsProjectsThenInserts) {
            // Time enough for others to count as well.
            tokio::task::yield_now().await;
        }
        let counts = |account: &&Account| match account.kind {
            AccountKind::Root => false,
            AccountKind::Subaccount { parent } => {
                parent == of && self.tells(Lie::CountsSubaccounts)
            }
            AccountKind::Project { parent } => {
                parent == of || self.tells(Lie::CountsForeignProjects)
            }
        };
        accounts.iter().filter(counts).count()
    }

    /// Whether the liar gives this key to a project that is gone.
    pub(super) fn gives_to_the_deleted(&self, command: &CreateKey) -> bool {
        let owner = command.key.owner;
        self.tells(Lie::GivesKeysToDeletedProjects)
            && self.notes().deleted_projects.iter().any(|project| project.id == owner)
    }
}

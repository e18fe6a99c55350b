//! How the liar treats labels, and what an account begins with.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::account::{Account, AccountState};
use domain::label::{Holders, Label};
use store::command::Slice;
use store::command::{BrowseSubaccounts, CreateAccount, CreateAccountRejection, ListAccounts};
use store::fault::{Failure, Fault, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie};

impl DishonestStore {
    /// Judges labels as the liar sees them, and hides from the model what it would say.
    pub(super) async fn lying_labels(
        &self,
        command: &mut CreateAccount,
    ) -> Outcome<(), CreateAccountRejection> {
        if let Some(label) = self.taken(&command.account, &command.belongings.labels) {
            return Err(Failure::Rejected(CreateAccountRejection::LabelTaken(label.name)));
        }
        let hides = self.tells(Lie::SharesLabels) || self.tells(Lie::ChecksLabelsThenInserts);
        if self.tells(Lie::ChecksLabelsThenInserts) {
            // Time enough for others to look as well.
            tokio::task::yield_now().await;
        }
        let labels = &mut command.belongings.labels;
        let made = labels.iter().map(|label| (command.account.clone(), label.clone()));
        self.notes().labels.extend(made);
        for label in labels {
            if hides {
                label.holders = Holders::Many;
            } else if self.tells(Lie::ReservesSharedLabels) {
                label.holders = Holders::One;
            }
        }
        Ok(())
    }

    fn taken(&self, new: &Account, labels: &[Label]) -> Option<Label> {
        let notes = self.notes();
        let deleted = |old: &Account| notes.deleted_projects.iter().any(|one| one.id == old.id);
        let counts = |old: &Account| {
            let here = old.place == new.place;
            here && !deleted(old) && self.tells(Lie::ChecksLabelsThenInserts)
                || here && deleted(old) && self.tells(Lie::KeepsLabelsOfTheDeleted)
                || !here && self.tells(Lie::ReservesLabelsEverywhere)
        };
        let is_taken = |label: &&Label| {
            let same = |(old, other): &(Account, Label)| other == *label && counts(old);
            label.holders == Holders::One && notes.labels.iter().any(same)
        };
        labels.iter().find(is_taken).cloned()
    }

    /// Loses what the lie loses of what an account begins with.
    pub(super) fn forget_belongings(&self, command: &mut CreateAccount) {
        if self.tells(Lie::ForgetsFirstKeys) {
            command.belongings.key = None;
        }
        if self.tells(Lie::ForgetsFirstWebhooks) {
            command.belongings.webhooks.clear();
        }
    }

    pub(super) async fn lying_browse_subaccounts(
        &self,
        mut question: BrowseSubaccounts,
    ) -> Result<Slice<Account>, Fault> {
        if self.tells(Lie::BrowsesEverything) {
            question.labels.clear();
            question.name_part.clear();
        }
        if self.tells(Lie::BrowsesTheDeleted) {
            return Ok(self.everybody(&question).await);
        }
        let mut slice = self.honest.browse_subaccounts(question).await?;
        if self.tells(Lie::CountsWhatItShows) {
            slice.total = slice.items.len() as u64;
        }
        Ok(slice)
    }

    /// All accounts of the place, deleted ones included.
    async fn everybody(&self, question: &BrowseSubaccounts) -> Slice<Account> {
        let all = ListAccounts::of(question.place.clone());
        let page = self.honest.list_accounts(all).await;
        let mut items = page.map(|page| page.items).unwrap_or_default();
        let gone = self.notes().deleted_projects.clone();
        items.extend(gone.into_iter().filter(|one| one.state == AccountState::Deleted));
        Slice { total: items.len() as u64, items }
    }
}

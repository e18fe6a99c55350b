//! How the liar answers questions.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::account::{Account, AccountState};
use domain::ids::{AccountId, KeyId, Place};
use domain::key::{Key, KeyState};
use store::command::{ListAccounts, ListKeys, NoSuchCursor, Page};
use store::fault::{Failure, Fault, Outcome};
use store::port::{LoadVisitor, Loaded, Store};

use super::{DishonestStore, Lie};

impl DishonestStore {
    pub(super) async fn lying_load(&self, visit: LoadVisitor<'_>) -> Result<u64, Fault> {
        if self.tells(Lie::LoadsKeysFirst) {
            let mut keys_only = |row: Loaded<'_>| {
                if matches!(row, Loaded::Key(_)) {
                    visit(row);
                }
            };
            self.honest.load(&mut keys_only).await?;
        }
        let mut lying = |row: Loaded<'_>| match row {
            Loaded::Key(_) if self.tells(Lie::LoadsKeysFirst) => {}
            Loaded::Key(mut row) => {
                if let Some(shown) = self.notes().keys_shown.get(&row.id) {
                    (row.state, row.epoch) = (shown.state, shown.epoch);
                }
                if row.state == KeyState::Deleted && self.tells(Lie::LoadsDeletedAsEnabled) {
                    row.state = KeyState::Enabled;
                }
                visit(Loaded::Key(row));
            }
            Loaded::Account(account) if self.tells(Lie::LoadsDeletedProjectsAsActive) => {
                visit(Loaded::Account(&Account { state: AccountState::Active, ..account.clone() }));
            }
            other @ (Loaded::Account(_) | Loaded::OperatorKey(_) | Loaded::Damaged { .. }) => {
                visit(other);
            }
        };
        let epoch = self.honest.load(&mut lying).await?;
        Ok(epoch + u64::from(self.tells(Lie::LoadsAnEpochAhead)))
    }

    pub(super) async fn lying_find_account(
        &self,
        mut place: Place,
        id: AccountId,
    ) -> Result<Option<Account>, Fault> {
        if self.tells(Lie::LeaksAccounts) {
            place = self.notes().account_places.get(&id).cloned().unwrap_or(place);
        }
        let mut account = self.honest.find_account(place, id).await?;
        if let Some(account) = &mut account
            && self.tells(Lie::ForgetsReleases)
        {
            account.release_until = None;
        }
        Ok(account)
    }

    pub(super) async fn lying_find_key(
        &self,
        mut place: Place,
        id: KeyId,
    ) -> Result<Option<Key>, Fault> {
        if self.tells(Lie::LeaksKeys) {
            place = self.notes().key_places.get(&id).cloned().unwrap_or(place);
        }
        let mut key = self.honest.find_key(place, id).await?;
        if let Some(key) = &mut key
            && let Some(shown) = self.notes().keys_shown.get(&id)
        {
            *key = shown.clone();
        }
        if let Some(key) = &mut key
            && self.tells(Lie::LetsUseGoBackwards)
        {
            key.last_used_at = self.notes().last_came.get(&id).copied();
        }
        Ok(key)
    }

    pub(super) async fn lying_list_accounts(
        &self,
        question: ListAccounts,
    ) -> Outcome<Page<Account>, NoSuchCursor> {
        let mut outcome = self.honest.list_accounts(question.clone()).await;
        if self.excuses(&outcome) {
            outcome =
                self.honest.list_accounts(ListAccounts { after: None, ..question.clone() }).await;
        }
        let mut page = outcome?;
        if let Some(after) = question.after {
            let gone = self.notes().deleted_projects.iter().any(|project| project.id == after);
            if gone && self.tells(Lie::LosesDeletedCursors) {
                return Err(Failure::Rejected(NoSuchCursor));
            }
            if self.tells(Lie::SkipsAnItem) && !page.items.is_empty() {
                page.items.remove(0);
            }
        }
        if self.tells(Lie::ListsDeletedProjects) && !page.more {
            page.items.extend(self.notes().deleted_projects.iter().cloned());
        }
        if self.tells(Lie::SortsByClock) {
            page.items.sort_by_key(|account| account.created_at);
        }
        page.more &= !self.tells(Lie::NeverSaysMore);
        Ok(page)
    }

    pub(super) async fn lying_list_keys(
        &self,
        mut question: ListKeys,
    ) -> Outcome<Page<Key>, NoSuchCursor> {
        if self.tells(Lie::ListsTheDead) {
            question.live_at = None;
        }
        let mut outcome = self.honest.list_keys(question.clone()).await;
        if self.excuses(&outcome) {
            outcome = self.honest.list_keys(ListKeys { after: None, ..question.clone() }).await;
        }
        let mut page = outcome?;
        if let Some(after) = question.after {
            let marker = self.honest.find_key(question.place.clone(), after).await?;
            let deleted = marker.is_some_and(|key| key.state == KeyState::Deleted);
            if deleted && self.tells(Lie::LosesDeletedCursors) {
                return Err(Failure::Rejected(NoSuchCursor));
            }
            if self.tells(Lie::SkipsAnItem) && !page.items.is_empty() {
                page.items.remove(0);
            }
        }
        if self.tells(Lie::SortsByClock) {
            page.items.sort_by_key(|key| key.created_at);
        }
        if self.tells(Lie::ListsEverywhere) {
            page.items = self.keys_everywhere().await;
        }
        page.more &= !self.tells(Lie::NeverSaysMore);
        Ok(page)
    }

    async fn keys_everywhere(&self) -> Vec<Key> {
        let mut places: Vec<Place> = self.notes().key_places.values().cloned().collect();
        places.sort();
        places.dedup();
        let mut keys = Vec::new();
        for place in places {
            keys.extend(self.all_keys(&place).await);
        }
        keys
    }

    fn excuses<T>(&self, outcome: &Outcome<Page<T>, NoSuchCursor>) -> bool {
        self.tells(Lie::TrustsAnyCursor) && matches!(outcome, Err(Failure::Rejected(_)))
    }
}

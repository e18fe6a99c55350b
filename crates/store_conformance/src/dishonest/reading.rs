//! How the liar answers questions.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::account::{Account, AccountState};
use domain::ids::{AccountId, KeyId, Place};
use domain::key::{Key, KeyState};
use domain::key_filter::{KeyCondition, KeyFilter};
use domain::operator::{OperatorKey, OperatorKeyState};
use domain::secret::SecretStanding;
use store::command::{ListAccounts, ListKeys, Page, Position};
use store::fault::Fault;
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
                let old = row.standing != SecretStanding::Current;
                if old && self.tells(Lie::LoadsNoOldSecrets) {
                    return;
                }
                if old && self.tells(Lie::LoadsOldSecretsWithoutEnds) {
                    row.standing = SecretStanding::Current;
                }
                if row.state == KeyState::Deleted && self.tells(Lie::LoadsDeletedAsEnabled) {
                    row.state = KeyState::Enabled;
                }
                visit(Loaded::Key(row));
            }
            Loaded::Account(account) if self.tells(Lie::LoadsDeletedProjectsAsActive) => {
                visit(Loaded::Account(&Account { state: AccountState::Active, ..account.clone() }));
            }
            Loaded::Account(account)
                if account.state == AccountState::Suspended
                    && self.tells(Lie::LoadsSuspendedAsActive) =>
            {
                visit(Loaded::Account(&Account { state: AccountState::Active, ..account.clone() }));
            }
            Loaded::OperatorKey(key) if self.tells(Lie::LoadsDeletedOperatorsAsActive) => {
                let active = OperatorKey { state: OperatorKeyState::Active, ..key.clone() };
                visit(Loaded::OperatorKey(&active));
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
        mut question: ListAccounts,
    ) -> Result<Page<Account>, Fault> {
        let ended_at = self.notes().accounts_at.get(&question.after).copied();
        let gone = |id| self.notes().deleted_projects.iter().any(|project| project.id == id);
        if self.tells(Lie::LosesDeletedPositions) && ended_at.is_some_and(gone) {
            question.after = Position::START;
        }
        let mut page = self.honest.list_accounts(question.clone()).await?;
        if self.begins_again(question.after, &page) {
            question.after = Position::START;
            page = self.honest.list_accounts(question.clone()).await?;
        }
        let last = page.next.zip(page.items.last()).map(|(next, account)| (next, account.id));
        self.notes().accounts_at.extend(last);
        if self.tells(Lie::ListsDeletedProjects) && page.next.is_none() {
            page.items.extend(self.notes().deleted_projects.iter().cloned());
        }
        self.misshape(question.after, &mut page);
        if self.tells(Lie::SortsByClock) {
            page.items.sort_by_key(|account| account.created_at);
        }
        Ok(page)
    }

    pub(super) async fn lying_list_keys(&self, mut question: ListKeys) -> Result<Page<Key>, Fault> {
        question.filter = self.misread(&question.filter);
        if self.tells(Lie::ReadsOnAndOn) {
            question.rows_max = u32::MAX;
        }
        let ended_at = self.notes().keys_at.get(&question.after).copied();
        if let Some(id) = ended_at.filter(|_| self.tells(Lie::LosesDeletedPositions)) {
            let marker = self.honest.find_key(question.place.clone(), id).await?;
            if marker.is_some_and(|key| key.state == KeyState::Deleted) {
                question.after = Position::START;
            }
        }
        let mut page = self.honest.list_keys(question.clone()).await?;
        if self.begins_again(question.after, &page) {
            question.after = Position::START;
            page = self.honest.list_keys(question.clone()).await?;
        }
        let last = page.next.zip(page.items.last()).map(|(next, key)| (next, key.id));
        self.notes().keys_at.extend(last);
        self.misshape(question.after, &mut page);
        if self.tells(Lie::SortsByClock) {
            page.items.sort_by_key(|key| key.created_at);
        }
        if self.tells(Lie::ListsEverywhere) {
            page.items = self.keys_everywhere().await;
        }
        Ok(page)
    }

    /// The filter as the liar takes it.
    fn misread(&self, filter: &KeyFilter) -> KeyFilter {
        let mut conditions = filter.conditions().to_vec();
        conditions.retain(|condition| match condition {
            KeyCondition::InState(_) => !self.tells(Lie::ListsTheDead),
            KeyCondition::May(_) => !self.tells(Lie::OverlooksPermissions),
            KeyCondition::NeverUsed => !self.tells(Lie::ForgetsUses),
            KeyCondition::ExpiresBefore(_)
            | KeyCondition::LastUsedBefore(_)
            | KeyCondition::NameContains(_)
            | KeyCondition::HintBegins(_) => true,
        });
        for condition in &mut conditions {
            match condition {
                KeyCondition::ExpiresBefore(end) if self.tells(Lie::TakesBeforeForUntil) => {
                    *end = end.plus_millis(1);
                }
                KeyCondition::ExpiresBefore(_)
                | KeyCondition::HintBegins(_)
                | KeyCondition::InState(_)
                | KeyCondition::LastUsedBefore(_)
                | KeyCondition::May(_)
                | KeyCondition::NameContains(_)
                | KeyCondition::NeverUsed => {}
            }
        }
        KeyFilter::new(conditions)
    }

    /// What is wrong with pages of any kind.
    fn misshape<T>(&self, after: Position, page: &mut Page<T>) {
        if self.tells(Lie::SkipsAnItem) && after != Position::START && !page.items.is_empty() {
            page.items.remove(0);
        }
        if self.tells(Lie::NeverSaysMore) {
            page.next = None;
        }
        if self.tells(Lie::EndsWithoutItems) && page.items.is_empty() {
            page.next = None;
        }
    }

    fn begins_again<T>(&self, after: Position, page: &Page<T>) -> bool {
        let over = page.items.is_empty() && page.next.is_none();
        self.tells(Lie::BeginsAgainBehindTheEnd) && over && after != Position::START
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
}

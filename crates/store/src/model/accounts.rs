//! The model's commands and questions about accounts.
//!
//! Must not write anything before the last check of a command has passed.

use std::collections::HashSet;

use domain::account::{Account, AccountKind, AccountState};
use domain::ids::{AccountId, KeyId, Place};
use domain::key::KeyState;

use super::Written;
use super::state::{State, require_new};
use crate::command::{
    AccountChange, CreateAccount, CreateAccountRejection, DeleteProject, DeleteProjectRejection,
    ListAccounts, Page, UpdateAccount, UpdateAccountRejection,
};
use crate::fault::{Failure, Outcome};
use crate::port::Change;

impl State {
    pub(super) fn create_account(
        &mut self,
        command: CreateAccount,
    ) -> Outcome<Written<Account>, CreateAccountRejection> {
        let CreateAccount { mut account, projects_max, trail } = command;
        let rejected = |rejection| Err(Failure::Rejected(rejection));
        if let Some(parent) = account.kind.parent() {
            match self.active_account(&account.place, parent).map(|parent| parent.kind) {
                None => return rejected(CreateAccountRejection::NoSuchParent),
                Some(AccountKind::Subaccount { .. } | AccountKind::Project { .. }) => {
                    return rejected(CreateAccountRejection::ParentNotRoot);
                }
                Some(AccountKind::Root) => {}
            }
        }
        if let (AccountKind::Project { parent }, Some(limit)) = (account.kind, projects_max) {
            let counts = |other: &&Account| {
                other.kind == AccountKind::Project { parent } && other.state == AccountState::Active
            };
            if self.accounts.iter().filter(counts).count() >= limit as usize {
                return rejected(CreateAccountRejection::LimitReached { limit });
            }
        }
        require_new(self.accounts.get(&account.id).is_none(), "account")?;
        account.epoch = self.write_trail(&trail)?;
        self.accounts.push(account.id, account.clone());
        Ok(Written { change: Some(Change::Account(account.clone())), answer: account })
    }

    pub(super) fn update_account(
        &mut self,
        command: UpdateAccount,
    ) -> Outcome<Written<Account>, UpdateAccountRejection> {
        let UpdateAccount { place, account, change, trail } = command;
        let found = self.active_account(&place, account);
        let old = found.ok_or(Failure::Rejected(UpdateAccountRejection::NoSuchAccount))?.clone();
        let AccountChange { name, ip_list, user_agent, release_until } = change;
        let mut new = old.clone();
        new.name = name.unwrap_or(new.name);
        new.ip_list = ip_list.unwrap_or(new.ip_list);
        new.user_agent = user_agent.unwrap_or(new.user_agent);
        new.release_until = release_until.unwrap_or(new.release_until);
        if new == old {
            return Ok(Written { answer: old, change: None });
        }
        new.epoch = self.write_trail(&trail)?;
        Ok(self.rewrite_account(new))
    }

    pub(super) fn delete_project(
        &mut self,
        command: &DeleteProject,
    ) -> Outcome<Written<Account>, DeleteProjectRejection> {
        let rejected = |rejection| Err(Failure::Rejected(rejection));
        let is_project = |account: &&Account| matches!(account.kind, AccountKind::Project { .. });
        let found = self.active_account(&command.place, command.project).filter(is_project);
        let Some(mut project) = found.cloned() else {
            return rejected(DeleteProjectRejection::NoSuchProject);
        };
        let owned = |key: &&domain::key::Key| {
            key.owner == command.project && key.state != KeyState::Deleted
        };
        let keys: HashSet<KeyId> = self.keys.iter().filter(owned).map(|key| key.id).collect();
        if keys != command.keys.iter().copied().collect() {
            return rejected(DeleteProjectRejection::KeysChanged);
        }
        project.epoch = self.write_trail(&command.trail)?;
        project.state = AccountState::Deleted;
        for key in &keys {
            if let Some(key) = self.keys.get_mut(key) {
                key.state = KeyState::Deleted;
                key.epoch = project.epoch;
            }
        }
        Ok(self.rewrite_account(project))
    }

    pub(super) fn account(&self, place: &Place, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id).filter(|account| account.place == *place)
    }

    pub(super) fn active_account(&self, place: &Place, id: AccountId) -> Option<&Account> {
        self.account(place, id).filter(|account| account.state == AccountState::Active)
    }

    pub(super) fn list_accounts(&self, question: &ListAccounts) -> Page<Account> {
        let listed = |account: &Account| {
            account.place == question.place
                && account.state == AccountState::Active
                && question.parent.is_none_or(|parent| account.kind.parent() == Some(parent))
        };
        self.accounts.page(question.after, question.limit, u32::MAX, listed, |_| true)
    }

    /// Puts an account in the place of its older self.
    fn rewrite_account(&mut self, account: Account) -> Written<Account> {
        if let Some(row) = self.accounts.get_mut(&account.id) {
            *row = account.clone();
        }
        Written { change: Some(Change::Account(account.clone())), answer: account }
    }
}

//! The model's commands and questions about accounts.
//!
//! Must not write anything before the last check of a command has passed.

use std::collections::HashSet;

use domain::account::{Account, AccountKind, AccountState};
use domain::ids::{AccountId, KeyId, Place};
use domain::key::{Key, KeyState};
use domain::label::{Holders, Label};
use domain::webhook::WebhookState;

use super::Written;
use super::once::Made;
use super::state::{State, require_new};
use crate::command::{
    Belongings, BrowseSubaccounts, CreateAccount, CreateAccountRejection, DeleteAccount,
    DeleteAccountRejection, ListAccounts, PAGE_MAX, Page, Slice, UpdateAccount,
    UpdateAccountRejection,
};
use crate::fault::{Failure, Fault, Outcome};
use crate::port::Change;

impl State {
    pub(super) fn create_account(
        &mut self,
        command: CreateAccount,
    ) -> Outcome<Written<Account>, CreateAccountRejection> {
        if let Some(once) = &command.once
            && let Some(done) = self.once.find(once)
        {
            let (true, Made::Account(id)) = (done.fingerprint == once.fingerprint, done.made)
            else {
                return Err(Failure::Rejected(CreateAccountRejection::OtherRequest));
            };
            let asked = command.account;
            let created_at = self.accounts.get(&id).map_or(asked.created_at, |it| it.created_at);
            let answer = Account { id, created_at, epoch: done.epoch, ..asked };
            return Ok(Written::silent(answer));
        }
        self.may_be_made(&command).map_err(Failure::Rejected)?;
        let CreateAccount { mut account, belongings, projects_max: _, once, trail } = command;
        require_new(self.accounts.get(&account.id).is_none(), "account")?;
        self.require_new_belongings(&belongings)?;
        account.epoch = self.write_trail(&trail, belongings.key.as_deref())?;
        self.accounts.push(account.id, account.clone());
        let Belongings { labels, key, webhooks, webhooks_max: _ } = belongings;
        self.labels.insert(account.id, labels);
        for mut webhook in webhooks {
            webhook.epoch = account.epoch;
            self.webhooks.push(webhook.id, webhook);
        }
        self.once.note(once, Made::Account(account.id), account.epoch);
        let change = match key {
            None => Change::Account(account.clone()),
            Some(key) => {
                let key = Key { epoch: account.epoch, ..*key };
                self.kids.insert(key.secret.kid);
                self.keys.push(key.id, key.clone());
                Change::AccountWithKey(Box::new((account.clone(), key)))
            }
        };
        Ok(Written { changes: vec![change], answer: account })
    }

    fn may_be_made(&self, command: &CreateAccount) -> Result<(), CreateAccountRejection> {
        let CreateAccount { account, belongings, projects_max, .. } = command;
        let mut limit = *projects_max;
        if let Some(parent) = account.kind.parent() {
            let Some(parent) = self.account_there(&account.place, parent) else {
                return Err(CreateAccountRejection::NoSuchParent);
            };
            match parent.kind {
                AccountKind::Subaccount { .. } | AccountKind::Project { .. } => {
                    return Err(CreateAccountRejection::ParentNotRoot);
                }
                AccountKind::Root => limit = limit.map(|limit| parent.projects_max.or(limit)),
            }
        }
        if !account.kind.allows(account.branding) {
            return Err(CreateAccountRejection::NotASubaccount);
        }
        if let (AccountKind::Project { parent }, Some(limit)) = (account.kind, limit) {
            let counts = |other: &&Account| {
                other.kind == AccountKind::Project { parent } && other.state.is_there()
            };
            if self.accounts.iter().filter(counts).count() >= limit as usize {
                return Err(CreateAccountRejection::LimitReached { limit });
            }
        }
        let taken = |label: &&Label| self.is_taken(&account.place, label);
        if let Some(label) = belongings.labels.iter().find(taken) {
            return Err(CreateAccountRejection::LabelTaken(label.name));
        }
        if belongings.webhooks.len() > belongings.webhooks_max as usize {
            let limit = belongings.webhooks_max;
            return Err(CreateAccountRejection::TooManyWebhooks { limit });
        }
        Ok(())
    }

    /// Whether an active account of this place carries a label that only one may carry.
    fn is_taken(&self, place: &Place, label: &Label) -> bool {
        let carries = |account: &Account| {
            account.place == *place
                && account.state.is_there()
                && self.labels_of(account.id).contains(label)
        };
        label.holders == Holders::One && self.accounts.iter().any(carries)
    }

    fn labels_of(&self, account: AccountId) -> &[Label] {
        self.labels.get(&account).map_or(&[], Vec::as_slice)
    }

    fn require_new_belongings(&self, belongings: &Belongings) -> Result<(), Fault> {
        if let Some(key) = &belongings.key {
            require_new(
                self.keys.get(&key.id).is_none() && !self.kids.contains(&key.secret.kid),
                "key",
            )?;
        }
        let ids: HashSet<_> = belongings.webhooks.iter().map(|webhook| webhook.id).collect();
        let unseen = ids.iter().all(|id| self.webhooks.get(id).is_none());
        require_new(unseen && ids.len() == belongings.webhooks.len(), "webhook")
    }

    pub(super) fn update_account(
        &mut self,
        command: UpdateAccount,
    ) -> Outcome<Written<Account>, UpdateAccountRejection> {
        let UpdateAccount { place, account, change, trail } = command;
        let found = self.account_there(&place, account);
        let old = found.ok_or(Failure::Rejected(UpdateAccountRejection::NoSuchAccount))?.clone();
        let mut new = change.applied_to(&old);
        if !new.kind.allows(new.branding) {
            return Err(Failure::Rejected(UpdateAccountRejection::NotASubaccount));
        }
        if new == old {
            return Ok(Written::silent(old));
        }
        new.epoch = self.write_trail(&trail, [])?;
        if new.branding != old.branding {
            let owned = self.keys.iter_mut().filter(|key| key.owner == new.id);
            owned.filter(|key| key.state.may_age()).for_each(|key| key.look_again(trail.audit.at));
        }
        Ok(self.rewrite_account(new))
    }

    pub(super) fn delete_account(
        &mut self,
        command: &DeleteAccount,
    ) -> Outcome<Written<Account>, DeleteAccountRejection> {
        let rejected = |rejection| Err(Failure::Rejected(rejection));
        let Some(mut account) = self.account_there(&command.place, command.account).cloned() else {
            return rejected(DeleteAccountRejection::NoSuchAccount);
        };
        if account.kind == AccountKind::Root {
            return rejected(DeleteAccountRejection::IsRoot);
        }
        let owned = |key: &&Key| key.owner == account.id && key.state != KeyState::Deleted;
        let deleted = |key: &Key| Key { state: KeyState::Deleted, ..key.clone() };
        let keys: Vec<Key> = self.keys.iter().filter(owned).map(deleted).collect();
        let ids: HashSet<KeyId> = keys.iter().map(|key| key.id).collect();
        if ids != command.keys.iter().copied().collect() {
            return rejected(DeleteAccountRejection::KeysChanged);
        }
        account.epoch = self.write_trail(&command.trail, &keys)?;
        account.state = AccountState::Deleted;
        for key in keys {
            self.put(Key { epoch: account.epoch, ..key });
        }
        for webhook in self.webhooks.iter_mut() {
            if webhook.account == account.id && webhook.state == WebhookState::Active {
                webhook.delete();
                webhook.epoch = account.epoch;
            }
        }
        Ok(self.rewrite_account(account))
    }

    pub(super) fn account(&self, place: &Place, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id).filter(|account| account.place == *place)
    }

    pub(super) fn account_there(&self, place: &Place, id: AccountId) -> Option<&Account> {
        self.account(place, id).filter(|account| account.state.is_there())
    }

    pub(super) fn list_accounts(&self, question: &ListAccounts) -> Page<Account> {
        let listed = |account: &Account| {
            account.place == question.place
                && account.state.is_there()
                && question.parent.is_none_or(|parent| account.kind.parent() == Some(parent))
        };
        self.accounts.page(question.after, question.limit, u32::MAX, listed, |_| true)
    }

    pub(super) fn browse_subaccounts(&self, question: &BrowseSubaccounts) -> Slice<Account> {
        let BrowseSubaccounts { place, parent, labels, name_part, offset, limit } = question;
        let listed = |account: &&Account| {
            let carried = self.labels_of(account.id);
            let carries = |(name, value): &(_, _)| {
                carried.iter().any(|label| label.name == *name && label.value == *value)
            };
            account.place == *place
                && account.kind == AccountKind::Subaccount { parent: *parent }
                && account.state.is_there()
                && account.name.as_str().contains(name_part)
                && labels.iter().all(carries)
        };
        let all: Vec<&Account> = self.accounts.iter().filter(listed).collect();
        let wanted = (*limit).min(PAGE_MAX) as usize;
        let items = all.iter().skip(*offset as usize).take(wanted).map(|&one| one.clone());
        Slice { items: items.collect(), total: all.len() as u64 }
    }

    /// Puts an account in the place of its older self.
    fn rewrite_account(&mut self, account: Account) -> Written<Account> {
        if let Some(row) = self.accounts.get_mut(&account.id) {
            *row = account.clone();
        }
        Written { changes: vec![Change::Account(account.clone())], answer: account }
    }
}

//! How the liar changes accounts and deletes projects.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::account::{Account, AccountKind, AccountState};
use domain::ids::{AuditId, EventId, KeyId};
use domain::key::{Key, KeyState};
use store::command::{
    DeleteAccount, DeleteAccountRejection, Trail, UpdateAccount, UpdateAccountRejection,
};
use store::fault::{Failure, Outcome};
use store::port::{Change, Store};

use super::{DishonestStore, Lie};

impl DishonestStore {
    pub(super) async fn lying_update_account(
        &self,
        mut command: UpdateAccount,
    ) -> Outcome<Account, UpdateAccountRejection> {
        let id = command.account;
        if self.tells(Lie::UpdatesAccountsAnywhere) {
            let place = self.notes().account_places.get(&id).cloned();
            command.place = place.unwrap_or(command.place);
        }
        if self.tells(Lie::UpdatesTooMuchOfAccounts) && command.change.name.is_some() {
            command.change.release_until = command.change.release_until.or(Some(None));
        }
        if self.tells(Lie::ForgetsContacts) {
            (command.change.contacts, command.change.language) = (None, None);
        }
        if self.tells(Lie::ForgetsOwnLimits) {
            (command.change.keys_max, command.change.projects_max) = (None, None);
        }
        let before = self.honest.find_account(command.place.clone(), id).await?;
        if let Some(before) = before.as_ref().filter(|_| self.tells(Lie::WritesAccountsWhole)) {
            // Time enough for others to read the same.
            tokio::task::yield_now().await;
            let change = &mut command.change;
            change.name.get_or_insert_with(|| before.name.clone());
            change.ip_list.get_or_insert_with(|| before.ip_list.clone());
            change.user_agent.get_or_insert(before.user_agent);
            change.release_until.get_or_insert(before.release_until);
            change.branding.get_or_insert(before.branding);
        }
        let outcome = self.honest.update_account(command.clone()).await;
        match &outcome {
            Ok(after) if before.as_ref() == Some(after) => {
                if self.tells(Lie::WritesOfUnchangedAccounts) {
                    self.notes().audit_too_many += 1;
                }
            }
            Err(Failure::Rejected(UpdateAccountRejection::NoSuchAccount)) => {
                if self.tells(Lie::UpdatesDeletedAccounts) {
                    return before.ok_or(Failure::Rejected(UpdateAccountRejection::NoSuchAccount));
                }
            }
            Err(Failure::Fault(_)) if self.tells(Lie::UpdatesAccountsWithoutTrail) => {
                command.trail = unheard(command.trail);
                return self.honest.update_account(command).await;
            }
            Err(Failure::Rejected(UpdateAccountRejection::NotASubaccount)) => {
                if self.tells(Lie::BrandsAnybody) {
                    return before.ok_or(Failure::Rejected(UpdateAccountRejection::NoSuchAccount));
                }
            }
            Ok(_) | Err(Failure::Fault(_)) => {}
        }
        outcome
    }

    pub(super) async fn lying_delete_account(
        &self,
        mut command: DeleteAccount,
    ) -> Outcome<Account, DeleteAccountRejection> {
        let id = command.account;
        if self.tells(Lie::DeletesProjectsAnywhere) {
            let place = self.notes().account_places.get(&id).cloned();
            command.place = place.unwrap_or(command.place);
        }
        let before = self.honest.find_account(command.place.clone(), id).await?;
        let is_sub = |account: &Account| matches!(account.kind, AccountKind::Subaccount { .. });
        if self.tells(Lie::KeepsSubaccounts) && before.as_ref().is_some_and(is_sub) {
            return Err(Failure::Rejected(DeleteAccountRejection::NoSuchAccount));
        }
        let webhooks = self.honest.list_webhooks(command.place.clone(), id).await?;
        let keys = self.all_keys(&command.place).await;
        let (theirs, others): (Vec<Key>, Vec<Key>) =
            keys.into_iter().partition(|key| key.owner == id);
        let ids: Vec<KeyId> = theirs.iter().map(|key| key.id).collect();
        if self.tells(Lie::WantsKeysAsListed) && before.is_some() && command.keys != ids {
            return Err(Failure::Rejected(DeleteAccountRejection::KeysChanged));
        }
        if self.overlooks(&command.keys, &ids) {
            command.keys.clone_from(&ids);
        }
        let outcome = self.honest.delete_account(command.clone()).await;
        match &outcome {
            Ok(project) => {
                self.leave_webhooks(webhooks);
                self.after_deleting(project, theirs, others);
            }
            Err(Failure::Rejected(DeleteAccountRejection::KeysChanged)) => {
                if self.tells(Lie::HalfDeletesAProject) {
                    let named = theirs.into_iter().filter(|key| command.keys.contains(&key.id));
                    self.show_instead(named.map(deleted));
                }
            }
            Err(Failure::Rejected(DeleteAccountRejection::NoSuchAccount)) => {
                if let Some(account) = before.filter(|_| self.tells(Lie::DeletesProjectsTwice)) {
                    return Ok(account);
                }
            }
            Err(Failure::Rejected(DeleteAccountRejection::IsRoot)) => {
                if let Some(account) = before.filter(|_| self.tells(Lie::DeletesRoots)) {
                    return Ok(Account { state: AccountState::Deleted, ..account });
                }
            }
            Err(Failure::Fault(_)) => {
                if self.tells(Lie::DeletesProjectsWithoutTrail) {
                    command.trail = unheard(command.trail);
                    return self.honest.delete_account(command).await;
                }
            }
        }
        outcome
    }

    /// Whether the liar does not see that other keys were named than there are.
    fn overlooks(&self, named: &[KeyId], there: &[KeyId]) -> bool {
        let missing = there.iter().any(|key| !named.contains(key));
        let too_many = named.iter().any(|key| !there.contains(key));
        match (missing, too_many) {
            (true, false) => self.tells(Lie::OverlooksKeysNotNamed),
            (false, true) => self.tells(Lie::OverlooksKeysOfOthers),
            (true, true) | (false, false) => false,
        }
    }

    fn after_deleting(&self, project: &Account, theirs: Vec<Key>, others: Vec<Key>) {
        self.notes().deleted_projects.push(project.clone());
        if self.tells(Lie::ForgetsTheTrailOfProjects) {
            self.notes().audit_too_few += 1;
        }
        if self.tells(Lie::WritesOneEventOnly) {
            self.notes().events_too_few += theirs.len().saturating_sub(1) as u64;
        }
        if self.tells(Lie::TellsOfEveryDeletedKey) {
            for key in theirs.iter().cloned() {
                let key = Key { epoch: project.epoch, ..deleted(key) };
                self.relay.tell(&Change::Key(Box::new(key)));
            }
        }
        if self.tells(Lie::LeavesDisabledKeys) {
            self.show_instead(theirs.into_iter().filter(|key| key.state != KeyState::Enabled));
        } else if self.tells(Lie::KeepsEpochsOfDeletedKeys) {
            self.show_instead(theirs.into_iter().map(deleted));
        } else if self.tells(Lie::DeletesKeysOfOthers) {
            self.show_instead(others.into_iter().map(deleted));
        }
    }

    /// From now on these are found instead of what the model has.
    pub(super) fn show_instead(&self, keys: impl Iterator<Item = Key>) {
        self.notes().keys_shown.extend(keys.map(|key| (key.id, key)));
    }
}

fn deleted(key: Key) -> Key {
    Key { state: KeyState::Deleted, ..key }
}

/// The same trail with identities that nobody used yet.
pub(super) fn unheard(mut trail: Trail) -> Trail {
    trail.audit.id = AuditId::from_u128(!trail.audit.id.as_u128());
    for event in &mut trail.events {
        event.id = EventId::from_u128(!event.id.as_u128());
    }
    trail
}

//! How the liar makes accounts and keys.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::account::{Account, AccountKind, AccountState};
use domain::ids::{AuditId, Place};
use domain::ip_list::IpList;
use domain::key::{Key, KeyState};
use domain::key_text::Kid;
use domain::name::DisplayName;
use domain::time::Timestamp;
use store::command::{
    CreateAccount, CreateAccountRejection, CreateKey, CreateKeyRejection, ListKeys,
};
use store::fault::{Failure, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie};

impl DishonestStore {
    pub(super) async fn lying_create_account(
        &self,
        mut command: CreateAccount,
    ) -> Outcome<Account, CreateAccountRejection> {
        if self.tells(Lie::ForgetsAddresses) {
            command.account.ip_list = IpList::Any;
        }
        self.notes().account_places.insert(command.account.id, command.account.place.clone());
        self.lying_limit_of_projects(&mut command).await?;
        self.lying_labels(&mut command).await?;
        self.forget_belongings(&mut command);
        let outcome = self.honest.create_account(command.clone()).await;
        let excused = match &outcome {
            Ok(_) => false,
            Err(Failure::Rejected(CreateAccountRejection::NoSuchParent)) => {
                self.tells(Lie::AdoptsAnywhere)
            }
            Err(Failure::Rejected(CreateAccountRejection::ParentNotRoot)) => {
                self.tells(Lie::LetsTreesGrow)
            }
            Err(Failure::Rejected(CreateAccountRejection::TooManyWebhooks { .. })) => {
                if self.tells(Lie::HalfOpensAccounts) {
                    command.belongings.webhooks.clear();
                    self.honest.create_account(command.clone()).await?;
                }
                false
            }
            Err(Failure::Rejected(CreateAccountRejection::NotASubaccount)) => {
                if self.tells(Lie::BrandsAnybody) {
                    return Ok(command.account);
                }
                false
            }
            Err(Failure::Rejected(
                CreateAccountRejection::LimitReached { .. }
                | CreateAccountRejection::LabelTaken(_)
                | CreateAccountRejection::OtherRequest,
            )) => false,
            Err(Failure::Fault(_)) => self.tells(Lie::TakesAccountsTwice),
        };
        if !excused {
            return outcome;
        }
        let kind = std::mem::replace(&mut command.account.kind, AccountKind::Root);
        let made = self.honest.create_account(command.clone()).await.unwrap_or(command.account);
        Ok(Account { kind, ..made })
    }

    pub(super) async fn lying_create_key(
        &self,
        mut command: CreateKey,
    ) -> Outcome<Key, CreateKeyRejection> {
        let given = command.key.clone();
        self.notes().key_places.insert(given.id, given.place.clone());
        if self.tells(Lie::RoundsToSeconds) {
            let seconds = command.key.created_at.as_millis() / 1_000;
            command.key.created_at = Timestamp::from_millis(seconds * 1_000);
        }
        if self.tells(Lie::LosesLetterCase) {
            let small = command.key.name.as_str().to_lowercase();
            command.key.name = DisplayName::parse(&small).unwrap_or(command.key.name);
        }
        if self.tells(Lie::ShutsOutOfSuspended) {
            let owner = self.honest.find_account(given.place.clone(), given.owner).await?;
            if owner.is_some_and(|owner| owner.state == AccountState::Suspended) {
                return Err(Failure::Rejected(CreateKeyRejection::NoSuchAccount));
            }
        }
        if self.lies_about_the_limit() {
            if self.counted(&command.key).await >= command.keys_max {
                let rejection = CreateKeyRejection::LimitReached { limit: command.keys_max };
                return Err(Failure::Rejected(rejection));
            }
            command.keys_max = u32::MAX;
        }
        let outcome = self.honest.create_key(command.clone()).await;
        match &outcome {
            Ok(_) => *self.notes().keys_made.entry(given.owner).or_default() += 1,
            Err(Failure::Rejected(CreateKeyRejection::LimitReached { .. })) => {
                if self.tells(Lie::HalfWritesARejection) {
                    self.notes().audit_too_many += 1;
                }
            }
            Err(Failure::Rejected(CreateKeyRejection::NoSuchAccount)) => {
                if self.tells(Lie::TakesOrphans) || self.gives_to_the_deleted(&command) {
                    return Ok(given);
                }
            }
            Err(Failure::Rejected(CreateKeyRejection::AlreadyMade { made })) => {
                if self.tells(Lie::ReissuesUsedKeys) {
                    return Ok(Key { id: *made, ..given });
                }
            }
            Err(Failure::Rejected(CreateKeyRejection::OtherRequest)) => {}
            Err(Failure::Fault(_)) => return self.after_a_fault(command, given, outcome).await,
        }
        outcome
    }

    /// Tries again where an honest store has given up.
    async fn after_a_fault(
        &self,
        mut command: CreateKey,
        given: Key,
        outcome: Outcome<Key, CreateKeyRejection>,
    ) -> Outcome<Key, CreateKeyRejection> {
        if self.tells(Lie::TakesKidsTwice) {
            command.key.secret.kid = Kid::from_u128(given.secret.kid.as_u128() + 1);
        } else if self.tells(Lie::ChangesWithoutTrail) {
            command.trail.audit.id = AuditId::from_u128(given.id.as_u128());
            command.trail.events.clear();
        } else {
            return outcome;
        }
        let made = self.honest.create_key(command).await?;
        Ok(Key { epoch: made.epoch, ..given })
    }

    fn lies_about_the_limit(&self) -> bool {
        [
            Lie::CountsForeignKeys,
            Lie::CountsOverKeys,
            Lie::CountsThenInserts,
            Lie::OverlooksDisabledKeys,
        ]
        .into_iter()
        .any(|lie| self.tells(lie))
    }

    /// How many keys the liar sees under the limit.
    async fn counted(&self, new: &Key) -> u32 {
        if self.tells(Lie::CountsOverKeys) {
            return self.notes().keys_made.get(&new.owner).copied().unwrap_or_default();
        }
        let counts = |key: &Key| {
            let state = key.state_at(new.created_at);
            let theirs = key.owner == new.owner || self.tells(Lie::CountsForeignKeys);
            let enabled = state == KeyState::Enabled || !self.tells(Lie::OverlooksDisabledKeys);
            theirs && enabled && state.counts_towards_limit()
        };
        let keys = self.all_keys(&new.place).await;
        let count = keys.iter().filter(|key| counts(key)).count();
        // Time enough for others to count as well.
        tokio::task::yield_now().await;
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Every key of a place that is not deleted.
    pub(super) async fn all_keys(&self, place: &Place) -> Vec<Key> {
        let mut question = ListKeys::of(place.clone());
        let mut keys: Vec<Key> = Vec::new();
        loop {
            let Ok(page) = self.honest.list_keys(question.clone()).await else { return keys };
            keys.extend(page.items);
            match page.next {
                Some(next) => question.after = next,
                None => return keys,
            }
        }
    }
}

//! How the liar changes many keys at once.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::ids::KeyId;
use domain::key_filter::KeyFilter;
use store::command::{ChangeKeys, ChangeKeysRejection, ChangedKeys};
use store::fault::{Failure, Outcome};
use store::port::Store;

use super::changing_accounts::unheard;
use super::{DishonestStore, Lie};

impl DishonestStore {
    pub(super) async fn lying_change_keys(
        &self,
        mut command: ChangeKeys,
    ) -> Outcome<ChangedKeys, ChangeKeysRejection> {
        if self.tells(Lie::ForgetsTheFilter) {
            command.filter = KeyFilter::everything();
        }
        if self.tells(Lie::OverlooksOwnersOfKeys) {
            command.owner = None;
        }
        if self.tells(Lie::LeavesOneOfManyOut) && command.keys.len() > 1 {
            command.keys.remove(0);
        }
        command.once = self.lying_once(command.once);
        if self.tells(Lie::ForgetsWhatElseWasFound) {
            (command.left_alone, command.next) = (0, None);
        }
        let outcome = self.honest.change_keys(command.clone()).await;
        match &outcome {
            Ok(done) => {
                let left_alone = command.keys.len().saturating_sub(done.changed.len()) as u64;
                if self.tells(Lie::TellsOfKeysLeftAlone) && !done.changed.is_empty() {
                    self.notes().events_too_many += left_alone;
                }
                if self.tells(Lie::WritesOfKeysLeftAlone) && done.changed.is_empty() {
                    self.notes().audit_too_many += 1;
                }
            }
            Err(Failure::Rejected(ChangeKeysRejection::NoSuchKey)) => {
                if self.tells(Lie::OverlooksAbsentKeys) {
                    command.keys = self.those_there(&command).await;
                    return self.honest.change_keys(command).await;
                }
            }
            Err(Failure::Rejected(ChangeKeysRejection::OtherRequest)) => {}
            Err(Failure::Fault(_)) => {
                if self.tells(Lie::ChangesManyWithoutTrail) {
                    command.trail = unheard(command.trail);
                    return self.honest.change_keys(command).await;
                }
            }
        }
        outcome
    }

    async fn those_there(&self, command: &ChangeKeys) -> Vec<KeyId> {
        let theirs = self.all_keys(&command.place).await;
        let is_there = |id: &KeyId| {
            let found = theirs.iter().find(|key| key.id == *id);
            found.is_some_and(|key| command.owner.is_none_or(|owner| key.owner == owner))
        };
        command.keys.iter().copied().filter(is_there).collect()
    }
}

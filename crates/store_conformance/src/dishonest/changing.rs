//! How the liar changes keys and records their use.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::ip_list::IpList;
use domain::key::{ExpiredCause, Key, KeyState};
use store::command::{ChangeKeyRejection, DeleteKey, DisableKey, EnableKey, KeyUse, UpdateKey};
use store::fault::{Failure, Fault, FaultKind, Outcome};
use store::port::Store;

use super::{AgingLie, DishonestStore, Lie};

impl DishonestStore {
    pub(super) async fn lying_update_key(
        &self,
        mut command: UpdateKey,
    ) -> Outcome<Key, ChangeKeyRejection> {
        if self.tells(Lie::ExpiresTooEarly) {
            command.at = command.at.plus_millis(1);
        }
        if self.tells(Lie::UpdatesTooMuch) && command.change.name.is_some() {
            command.change.ip_list = command.change.ip_list.or(Some(IpList::Any));
        }
        let by_date = ChangeKeyRejection::Final(KeyState::Expired(ExpiredCause::Date));
        let before = self.honest.count_trail().await?;
        let outcome = self.honest.update_key(command.clone()).await;
        let after = self.honest.count_trail().await?;
        if self.tells(Lie::TellsOfWhatDidNotHappen) && after.audit > before.audit {
            let brought = command.trail.events.len() as u64;
            self.notes().events_too_many += brought - (after.events - before.events);
        }
        match &outcome {
            Err(Failure::Rejected(rejection)) if *rejection == by_date => {
                if self.tells(Lie::RevivesByNewDate) && command.change.expires_at.is_some() {
                    return self.in_any_state(&command.place, command.key).await;
                }
            }
            Ok(_) | Err(Failure::Rejected(_) | Failure::Fault(_)) => {}
        }
        let mut key = outcome?;
        if self.tells(Lie::RepeatsAnEpoch) {
            key.epoch -= 1;
        }
        Ok(key)
    }

    pub(super) async fn lying_enable_key(
        &self,
        mut command: EnableKey,
    ) -> Outcome<Key, ChangeKeyRejection> {
        let (place, id) = (command.place.clone(), command.key);
        if self.tells(Lie::ExpiresTooEarly) {
            command.at = command.at.plus_millis(1);
        }
        let before = self.honest.find_key(place.clone(), id).await?;
        let outcome = self.honest.enable_key(command).await;
        match &outcome {
            Err(Failure::Rejected(ChangeKeyRejection::Final(_))) => {
                if self.tells(Lie::RevivesFinalKeys) {
                    let key = self.in_any_state(&place, id).await?;
                    return Ok(Key { state: KeyState::Enabled, ..key });
                }
            }
            Ok(_) | Err(Failure::Rejected(_) | Failure::Fault(_)) => {}
        }
        let mut key = outcome?;
        if let Some(before) = before {
            if self.tells(Lie::WritesOfNothing) && before.state == KeyState::Enabled {
                self.notes().audit_too_many += 1;
            }
            if self.tells(Lie::ForgetsWhenEnabled) {
                key.enabled_at = before.enabled_at;
            }
        }
        Ok(key)
    }

    pub(super) async fn lying_disable_key(
        &self,
        mut command: DisableKey,
    ) -> Outcome<Key, ChangeKeyRejection> {
        if self.tells(Lie::ExpiresTooEarly) {
            command.at = command.at.plus_millis(1);
        }
        let before = self.honest.find_key(command.place.clone(), command.key).await?;
        let mut key = self.honest.disable_key(command).await?;
        if self.tells(Lie::KeepsEndedSecretsOfChanged) {
            key.previous = before.and_then(|before| before.previous);
        }
        if self.tells(Lie::ForgetsTheTrail) {
            self.notes().audit_too_few += 1;
        }
        Ok(key)
    }

    pub(super) async fn lying_delete_key(
        &self,
        command: DeleteKey,
    ) -> Outcome<Key, ChangeKeyRejection> {
        let before = self.honest.find_key(command.place.clone(), command.key).await?;
        let over = ChangeKeyRejection::Final(KeyState::Deleted);
        match before.map(|key| key.state) {
            None if self.tells(Lie::DeletesTheAbsent) => Err(Failure::Rejected(over)),
            Some(KeyState::Deleted) if self.tells(Lie::RefusesToDeleteTwice) => {
                Err(Failure::Rejected(over))
            }
            None | Some(_) => self.honest.delete_key(command).await,
        }
    }

    pub(super) async fn lying_record_use(&self, uses: Vec<KeyUse>) -> Result<(), Fault> {
        if self.tells(Lie::RefusesUnknownUses) {
            let known = |used: &KeyUse| self.notes().key_places.contains_key(&used.key);
            if !uses.iter().all(known) {
                return Err(Fault::new(FaultKind::Unavailable, "a use of an unknown key"));
            }
        }
        if self.tells(Lie::CountsUsesAsChanges) {
            self.notes().audit_too_many += 1;
        }
        self.notes().last_came.extend(uses.iter().map(|used| (used.key, used.at)));
        if self.tells(Lie::Aging(AgingLie::CountsUsesOfTheIdle)) {
            self.count_uses_of_the_idle(&uses).await?;
        }
        self.lying_secret_use(uses).await
    }

    /// Shows the use of a key that the model takes for none.
    async fn count_uses_of_the_idle(&self, uses: &[KeyUse]) -> Result<(), Fault> {
        for used in uses {
            let place = self.notes().key_places.get(&used.key).cloned();
            let Some(place) = place else { continue };
            let found = self.honest.find_key(place, used.key).await?;
            if let Some(mut key) = found.filter(|key| key.state.was_idle()) {
                key.last_used_at = Some(used.at);
                self.notes().keys_shown.insert(key.id, key);
            }
        }
        Ok(())
    }

    pub(super) async fn in_any_state(
        &self,
        place: &domain::ids::Place,
        id: domain::ids::KeyId,
    ) -> Outcome<Key, ChangeKeyRejection> {
        let found = self.honest.find_key(place.clone(), id).await?;
        found.ok_or(Failure::Rejected(ChangeKeyRejection::NoSuchKey))
    }
}

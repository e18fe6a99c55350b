//! The model's change of many keys at once.
//!
//! Must not write anything before every key was found.

use domain::key::Key;

use super::Written;
use super::state::State;
use crate::command::{ChangeKeys, ChangeKeysRejection, ChangedKeys};
use crate::fault::{Failure, Outcome};
use crate::port::Change;

impl State {
    pub(super) fn change_keys(
        &mut self,
        command: &ChangeKeys,
    ) -> Outcome<Written<ChangedKeys>, ChangeKeysRejection> {
        let ChangeKeys { place, owner, keys, filter, action, at, trail } = command;
        let (mut matched, mut changed): (u32, Vec<Key>) = (0, Vec::new());
        for id in keys {
            let found = self.key(place, *id);
            let found = found.filter(|key| owner.is_none_or(|owner| key.owner == owner));
            let found = found.ok_or(Failure::Rejected(ChangeKeysRejection::NoSuchKey))?;
            if filter.matches(found, *at) {
                matched += 1;
                let mut key = found.clone();
                if key.undergo(*action, *at) {
                    changed.push(key);
                }
            }
        }
        if changed.is_empty() {
            let answer = ChangedKeys { matched, changed };
            return Ok(Written::silent(answer));
        }
        let epoch = self.write_trail(&trail.of_keys(&changed))?;
        for key in &mut changed {
            key.epoch = epoch;
            key.drop_ended_secret(*at);
            self.put(key.clone());
        }
        let changes = vec![Change::Keys(changed.clone())];
        Ok(Written { answer: ChangedKeys { matched, changed }, changes })
    }
}

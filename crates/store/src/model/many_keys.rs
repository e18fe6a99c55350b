//! The model's change of many keys at once.
//!
//! Must not write anything before every key was found.

use domain::idempotence::Idempotence;
use domain::key::Key;

use super::Written;
use super::once::{Done, Made};
use super::state::State;
use crate::command::{ChangeKeys, ChangeKeysRejection, ChangedKeys};
use crate::fault::{Failure, Outcome};
use crate::port::Change;

impl State {
    pub(super) fn change_keys(
        &mut self,
        command: &ChangeKeys,
    ) -> Outcome<Written<ChangedKeys>, ChangeKeysRejection> {
        if let Some(once) = &command.once
            && let Some(done) = self.once.find(once)
        {
            return self.answer_again(command, once, done);
        }
        let ChangeKeys { place, owner, keys, filter, left_alone, next, action, at, once, trail } =
            command;
        let (mut matched, mut changed): (u32, Vec<Key>) = (*left_alone, Vec::new());
        let next = *next;
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
            let answer = ChangedKeys { matched, changed, next };
            return Ok(Written::silent(answer));
        }
        let epoch = self.write_trail(&trail.of_keys(&changed), &changed)?;
        for key in &mut changed {
            key.epoch = epoch;
            key.drop_ended_secret(*at);
            self.put(key.clone());
        }
        let ids = changed.iter().map(|key| key.id).collect();
        self.once.note(*once, Made::Keys { matched, changed: ids, next }, epoch);
        let changes = vec![Change::Keys(changed.clone())];
        Ok(Written { answer: ChangedKeys { matched, changed, next }, changes })
    }

    /// What the same command did before, with the keys as they now stand.
    fn answer_again(
        &self,
        command: &ChangeKeys,
        once: &Idempotence,
        done: Done,
    ) -> Outcome<Written<ChangedKeys>, ChangeKeysRejection> {
        match done.made {
            Made::Keys { matched, changed, next } if done.fingerprint == once.fingerprint => {
                let there = |id| self.key(&command.place, id).cloned();
                let changed = changed.into_iter().filter_map(there).collect();
                Ok(Written::silent(ChangedKeys { matched, changed, next }))
            }
            Made::Account(_)
            | Made::Key(_)
            | Made::Keys { .. }
            | Made::OperatorKey(_)
            | Made::Secret(_)
            | Made::Webhook(_) => Err(Failure::Rejected(ChangeKeysRejection::OtherRequest)),
        }
    }
}

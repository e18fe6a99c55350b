//! The model's memory of keys that others saw.
//!
//! Must not write anything before every identity of the command was found to be new.

use std::collections::HashSet;

use domain::ids::EventId;
use domain::key::{DisabledCause, KeyState};

use super::Written;
use super::state::{State, require_new};
use crate::command::{ChangeKeyRejection, ExposeKey, ExposedKey, Telling, Trail};
use crate::fault::{Fault, Outcome};

impl State {
    pub(super) fn expose_key(
        &mut self,
        command: ExposeKey,
    ) -> Outcome<Written<ExposedKey>, ChangeKeyRejection> {
        let ExposeKey { place, key, cause, day, at, told, switched_off } = command;
        let mut key = self.changeable(&place, key, at)?.clone();
        let last = self.exposures.get(&(key.id, cause));
        let is_told = last.is_some_and(|last| (day..=day.saturating_add(1)).contains(last));
        let switched_off = switched_off.filter(|_| key.state == KeyState::Enabled);
        if let (false, Some(off)) = (is_told, &switched_off) {
            // The second of two trails that cannot both be written would come too late.
            self.require_two_new(&told, off)?;
        }
        if switched_off.is_some() {
            key.state = KeyState::Disabled(DisabledCause::Manual);
        }
        if !is_told {
            self.write_trail(&told, [&key])?;
            self.exposures.insert((key.id, cause), day);
        }
        let telling = if is_told { Telling::Before } else { Telling::Now };
        let Some(trail) = switched_off else {
            return Ok(Written::silent(ExposedKey { key, telling }));
        };
        let Written { answer: key, changes } = self.rewrite(key, true, at, &trail)?;
        Ok(Written { answer: ExposedKey { key, telling }, changes })
    }

    fn require_two_new(&self, first: &Trail, second: &Trail) -> Result<(), Fault> {
        let audit = [first.audit.id, second.audit.id];
        let is_new = audit[0] != audit[1] && !audit.iter().any(|id| self.audit.contains(id));
        require_new(is_new, "audit entry")?;
        let events = || first.events.iter().chain(&second.events).map(|event| event.id);
        let ids: HashSet<EventId> = events().collect();
        let is_new = ids.len() == events().count() && self.event_ids.is_disjoint(&ids);
        require_new(is_new, "event")
    }
}

//! The model's ageing: due keys, steps, and what is kept of each place.
//!
//! Must not write anything before every identity of the command was found to be new.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use domain::account::Branding;
use domain::ids::{KeyId, Place};
use domain::key::Key;
use domain::lifecycle::StepDone;
use domain::time::Timestamp;

use super::state::{State, require_new};
use super::{ModelStore, Written};
use crate::command::{
    AGED_AT_ONCE, AgeKeys, AgeKeysRejection, Aged, AgedKey, DueKey, DueKeys, DuePage, DuePosition,
    KeptStep, PlaceGuard, RelookKeys, Seen,
};
use crate::fault::{Failure, Fault, Outcome};
use crate::port::{AgingStore, Change};

/// What is kept of the ageing of keys.
#[derive(Default)]
pub(super) struct Aging {
    steps: HashMap<KeyId, (Timestamp, Vec<StepDone>)>,
    places: HashMap<Place, PlaceAging>,
}

/// What is kept of a place.
#[derive(Default)]
struct PlaceAging {
    policy: Option<String>,
    /// How many keys of all were passed by for the policy; `None` when all were.
    relooked: Option<usize>,
    guard: PlaceGuard,
}

impl Aging {
    /// What is kept of a place against a clock that is wrong.
    pub(super) fn guard(&mut self, place: &Place) -> &mut PlaceGuard {
        &mut self.places.entry(place.clone()).or_default().guard
    }

    fn done(&self, key: &Key) -> Vec<StepDone> {
        let kept = self.steps.get(&key.id).filter(|(since, _)| *since == key.idle_since());
        kept.map(|(_, done)| done.clone()).unwrap_or_default()
    }

    fn keep(&mut self, key: &Key, done: StepDone) {
        let idle_since = key.idle_since();
        let kept = self.steps.entry(key.id).or_insert((idle_since, Vec::new()));
        if kept.0 != idle_since {
            *kept = (idle_since, Vec::new());
        }
        kept.1.push(done);
    }
}

impl State {
    fn due_keys(&self, question: &DueKeys) -> DuePage {
        let DueKeys { place, until, after, limit } = question;
        let mut due: Vec<(DuePosition, &Key)> = (1..)
            .zip(self.keys.iter())
            .filter(|(_, key)| key.place == *place && key.state.may_age())
            .filter_map(|(made, key)| Some((DuePosition { look_at: key.look_at?, made }, key)))
            .filter(|(position, _)| position.look_at <= *until)
            .filter(|(position, _)| after.is_none_or(|after| *position > after))
            .collect();
        due.sort_by_key(|(position, _)| *position);
        let limit = (*limit).clamp(1, AGED_AT_ONCE) as usize;
        let next = due.get(limit - 1).filter(|_| due.len() > limit).map(|(position, _)| *position);
        let items = due.into_iter().take(limit).map(|(_, key)| DueKey {
            key: key.clone(),
            branding: self.branding(key),
            done: self.aging.done(key),
        });
        DuePage { items: items.collect(), next }
    }

    fn branding(&self, key: &Key) -> Branding {
        self.accounts.get(&key.owner).map_or(Branding::Ours, |owner| owner.branding)
    }

    fn age_keys(&mut self, command: AgeKeys) -> Outcome<Written<Aged>, AgeKeysRejection> {
        let AgeKeys { place, at, keys } = command;
        let latest = self.aging.guard(&place).latest_at;
        if let Some(latest) = latest.filter(|latest| at < *latest) {
            return Err(Failure::Rejected(AgeKeysRejection::ClockBehind { latest }));
        }
        self.require_new_trails(&keys)?;
        let mut written = Written::silent(Aged::default());
        let mut stepped = 0;
        for aged in keys {
            let counted = u64::from(aged.is_counted());
            match self.key(&place, aged.key).filter(|key| self.takes(key, &aged)).cloned() {
                Some(key) => {
                    written.answer.steps += steps(&aged);
                    written.changes.extend(self.age(key, aged, at)?);
                    written.answer.written += 1;
                    stepped += counted;
                }
                None => written.answer.passed_over += 1,
            }
        }
        // A look is no step: a clock that was ahead for a while and changed nothing is in nobody's way.
        if written.answer.steps > 0 {
            let guard = self.aging.guard(&place);
            guard.latest_at = Some(at);
            guard.approval = guard.approval.and_then(|approval| approval.less(stepped));
        }
        Ok(written)
    }

    /// Whether the key is as it was seen, and took none of the steps yet.
    fn takes(&self, key: &Key, aged: &AgedKey) -> bool {
        let done = self.aging.done(key);
        let is_new = |step| done.iter().all(|done| done.step != step);
        key.state.may_age()
            && Seen::of(key, self.branding(key)) == aged.seen
            && aged.steps.iter().all(|(step, _)| is_new(*step))
    }

    /// What others are told of, if anything that they see changed.
    fn age(&mut self, mut key: Key, aged: AgedKey, at: Timestamp) -> Result<Option<Change>, Fault> {
        let mut changed = false;
        key.look_at = aged.look_at;
        for (step, trail) in aged.steps {
            let moved = key.age(step);
            let epoch = self.write_trail(&trail, [&key])?;
            if moved {
                key.epoch = epoch;
                changed = true;
            }
            self.aging.keep(&key, StepDone { step, at });
        }
        changed |= key.drop_ended_secret(at);
        let written = self.put(key);
        Ok(written.changes.into_iter().next().filter(|_| changed))
    }

    fn require_new_trails(&self, keys: &[AgedKey]) -> Result<(), Fault> {
        let trails = || keys.iter().flat_map(|aged| aged.steps.iter().map(|(_, trail)| trail));
        let (mut audit, mut events) = (HashSet::new(), HashSet::new());
        for trail in trails() {
            let id = trail.audit.id;
            require_new(!self.audit.contains(&id) && audit.insert(id), "audit entry")?;
            for event in &trail.events {
                let new = !self.event_ids.contains(&event.id) && events.insert(event.id);
                require_new(new, "event")?;
            }
        }
        Ok(())
    }

    fn relook_keys(&mut self, command: RelookKeys) -> bool {
        let RelookKeys { place, policy, at, limit } = command;
        let kept = self.aging.places.entry(place.clone()).or_default();
        if kept.policy.as_ref() != Some(&policy) {
            kept.policy = Some(policy);
            kept.relooked = Some(0);
        }
        let Some(begin) = kept.relooked else { return false };
        let end = begin.saturating_add(limit.max(1) as usize);
        let mut passed = begin;
        for key in self.keys.iter_mut().skip(begin).take(end - begin) {
            passed += 1;
            if key.place == place && key.state.may_age() {
                key.look_again(at);
            }
        }
        kept.relooked = (passed == end).then_some(passed);
        kept.relooked.is_some()
    }

    fn kept_steps(&self, keys: &[KeyId]) -> Vec<KeptStep> {
        let of = |key: &KeyId| {
            let (idle_since, done) = self.aging.steps.get(key)?;
            let kept =
                |done: &StepDone| KeptStep { key: *key, idle_since: *idle_since, done: *done };
            Some(done.iter().map(kept).collect::<Vec<_>>())
        };
        keys.iter().filter_map(of).flatten().collect()
    }
}

fn steps(aged: &AgedKey) -> u32 {
    u32::try_from(aged.steps.len()).unwrap_or(u32::MAX)
}

#[async_trait]
impl AgingStore for ModelStore {
    async fn due_keys(&self, question: DueKeys) -> Result<DuePage, Fault> {
        Ok(self.lock().state.due_keys(&question))
    }

    async fn count_aging_keys(&self, place: Place, most: u64) -> Result<u64, Fault> {
        let inner = self.lock();
        let counted =
            |key: &&Key| key.place == place && key.state.may_age() && key.look_at.is_some();
        let count = inner.state.keys.iter().filter(counted).count() as u64;
        Ok(count.min(most))
    }

    async fn kept_steps(&self, keys: Vec<KeyId>) -> Result<Vec<KeptStep>, Fault> {
        Ok(self.lock().state.kept_steps(&keys))
    }

    async fn age_keys(&self, command: AgeKeys) -> Outcome<Aged, AgeKeysRejection> {
        self.commit(|state| state.age_keys(command))
    }

    async fn relook_keys(&self, command: RelookKeys) -> Result<bool, Fault> {
        Ok(self.lock().state.relook_keys(command))
    }
}

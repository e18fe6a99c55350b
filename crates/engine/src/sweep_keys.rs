//! Lets the keys of a place age: bounded work, to be called now and then.
//!
//! It may come late, twice, or twice at once: what is due, the store and the policy know, and each
//! step is taken once. Must not go on where the clock cannot be right: when more keys would change
//! at once than the guard lets pass, or when the store has seen a later instant.

use domain::audit::{Action, EventKind};
use domain::clock::ClockKind;
use domain::key::Key;
use domain::lifecycle::{Aging, Look, Step, look};
use domain::time::Timestamp;
use store::command::{
    AGED_AT_ONCE, AgeKeys, AgeKeysRejection, AgedKey, DueKey, DueKeys, DuePage, DuePosition,
    RelookKeys, Seen,
};
use store::fault::{Failure, Fault, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::guards::admitted;
use crate::place::PlaceRef;
use crate::record_use::GRANULE_MS;

/// Most keys that are made due for a look in one step, when their policy changed.
const RELOOKED_AT_ONCE: u32 = 1_000;

/// What one step of a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many keys it looked at.
    pub looked_at: u32,
    /// How many steps they took.
    pub steps: u32,
    /// Where to go on at the same instant, if there may be more.
    pub next: Option<DuePosition>,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SweepRejection {
    /// Keys of this place took steps at a later instant already.
    #[error(
        "the clock shows {now}, but keys of this place took steps at {latest} already: set the clock right, or run `chaveiro lifecycle reset-clock` if it is right now"
    )]
    ClockBehind {
        /// What the clock shows.
        now: Timestamp,
        /// The latest instant.
        latest: Timestamp,
    },
    /// More keys would change at once than the guard lets pass.
    #[error(
        "{changes} or more of {keys} keys would be warned, disabled or expire at once, and at most {percent} % may: if the clock is right and that is meant, run `chaveiro lifecycle approve`"
    )]
    TooMany {
        /// How many would change, as far as they were counted.
        changes: u64,
        /// How many keys there are.
        keys: u64,
        /// How many of a hundred may change.
        percent: u8,
    },
}

/// Whether the store knows the uses of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uses {
    /// It does, as exactly as they are kept.
    Stored,
    /// There is one that begins a new idle time, and that it does not know.
    NotStoredYet,
}

impl Engine {
    /// Takes the steps that are due for some keys of the place, from the beginning or from where
    /// an earlier call at the same instant says to go on.
    ///
    /// # Errors
    /// See [`SweepRejection`]; or a fault of the store.
    pub async fn sweep_keys(
        &self,
        place: &PlaceRef,
        after: Option<DuePosition>,
        mut context: Context<'_>,
    ) -> Outcome<Swept, SweepRejection> {
        let now = context.now;
        if after.is_none() {
            self.relook(place, now).await?;
        }
        let page = self.due_page(place, after, now).await?;
        if after.is_none() {
            let surveyed = self.survey(place, &page, now).await;
            if let Err(Failure::Rejected(_)) = surveyed {
                self.sweeps.note_held(place, now, true);
            }
            surveyed?;
        }
        let mut swept = Swept { next: page.next, ..Swept::default() };
        let mut keys = Vec::with_capacity(page.items.len());
        for due in &page.items {
            swept.looked_at += 1;
            // Whose use is not stored yet is found again.
            let Some(Look { due: steps, next }) = self.what_is_due(place, due, now) else {
                continue;
            };
            let told = steps.into_iter().map(|step| {
                let (action, event) = told_as(step);
                let event = Some((event, due.key.owner));
                (step, context.key_trail(action, place.place(), due.key.id, event))
            });
            let steps: Vec<_> = told.collect();
            let seen = Seen::of(&due.key, due.branding);
            keys.push(AgedKey { key: due.key.id, seen, steps, look_at: next });
        }
        if keys.is_empty() {
            self.sweeps.note_held(place, now, false);
            return Ok(swept);
        }
        let command = AgeKeys { place: place.place().clone(), at: now, keys };
        let aged = self.store.age_keys(command).await.map_err(|failure| {
            failure.map_rejection(|AgeKeysRejection::ClockBehind { latest }| {
                self.sweeps.note_held(place, now, true);
                SweepRejection::ClockBehind { now, latest }
            })
        })?;
        self.sweeps.note_held(place, now, false);
        self.count(place, |done| done.key_steps += u64::from(aged.steps));
        // Where others were quicker, their steps are theirs.
        Ok(Swept { steps: aged.steps, ..swept })
    }

    /// Has the keys looked at whose policy changed since they were looked at last.
    async fn relook(&self, place: &PlaceRef, now: Timestamp) -> Result<(), Fault> {
        if self.sweeps.are_relooked(place) {
            return Ok(());
        }
        let realm = place.realm();
        let command = RelookKeys {
            place: place.place().clone(),
            policy: realm.lifecycle.policy.fingerprint(&realm.time_zone),
            at: now,
            limit: RELOOKED_AT_ONCE,
        };
        if !self.store.relook_keys(command).await? {
            self.sweeps.note_relooked(place);
        }
        Ok(())
    }

    pub(crate) async fn due_page(
        &self,
        place: &PlaceRef,
        after: Option<DuePosition>,
        until: Timestamp,
    ) -> Result<DuePage, Fault> {
        let place = place.place().clone();
        self.store.due_keys(DueKeys { place, until, after, limit: AGED_AT_ONCE }).await
    }

    /// The key with the uses of it that are known here.
    pub(crate) fn known(&self, due: &DueKey) -> (Key, Uses) {
        let mut key = due.key.clone();
        // What came too late to keep a key in force is no use.
        if !key.state.was_idle() {
            self.keyring.freshen(&mut key);
        }
        let later_ms = key.idle_since().millis_since(due.key.idle_since()).unsigned_abs();
        let uses = if later_ms > GRANULE_MS { Uses::NotStoredYet } else { Uses::Stored };
        (key, uses)
    }

    /// What is due for the key; `None` while a use of it is known here and not to the store.
    fn what_is_due(&self, place: &PlaceRef, due: &DueKey, now: Timestamp) -> Option<Look> {
        let (key, uses) = self.known(due);
        if uses == Uses::NotStoredYet {
            return None;
        }
        let aging = Aging {
            state: key.state,
            idle_since: key.idle_since(),
            expires_at: key.expires_at,
            done: &due.done,
        };
        let realm = place.realm();
        Some(look(realm.lifecycle.policy.of(due.branding), &realm.time_zone, &aging, now))
    }

    /// Refuses to go on where more keys would change at once than the guard lets pass, and nobody has
    /// admitted as many.
    async fn survey(
        &self,
        place: &PlaceRef,
        first: &DuePage,
        now: Timestamp,
    ) -> Outcome<(), SweepRejection> {
        let Err(failure) = self.survey_share(place, first, now).await else { return Ok(()) };
        if let Failure::Rejected(_) = failure {
            let admitted = admitted(&self.store.place_guard(place.place().clone()).await?, now);
            let enough = admitted.saturating_add(1);
            if admitted > 0 && self.count_changes(place, now, enough).await? <= admitted {
                return Ok(());
            }
        }
        Err(failure)
    }

    /// How many keys of a page would change.
    pub(crate) fn changes_in(&self, place: &PlaceRef, page: &DuePage, now: Timestamp) -> u64 {
        let changes = |due: &&DueKey| {
            self.what_is_due(place, due, now)
                .is_some_and(|look| look.due.iter().any(|step| step.comes_of_idleness()))
        };
        page.items.iter().filter(changes).count() as u64
    }

    /// Refuses where more than a share of the keys would change. It costs what is due: keys are counted no
    /// further than that is in doubt.
    async fn survey_share(
        &self,
        place: &PlaceRef,
        first: &DuePage,
        now: Timestamp,
    ) -> Outcome<(), SweepRejection> {
        // In rehearsal everything may happen at once.
        if place.clock_kind() == ClockKind::Simulated {
            return Ok(());
        }
        let guard = place.realm().lifecycle.guard;
        let (mut changes, mut next) = (self.changes_in(place, first, now), first.next);
        let few = u64::from(guard.keys_min());
        let mut doubted_from = few;
        while let Some(after) = next {
            // Counted anew only when there are twice as many.
            if changes > doubted_from {
                self.have_enough_keys(place, changes).await?;
                doubted_from = changes.saturating_mul(2);
            }
            let page = self.due_page(place, Some(after), now).await?;
            changes += self.changes_in(place, &page, now);
            next = page.next;
        }
        self.within_share(place, changes).await
    }

    /// Refuses so many changes at once where they are more than a share of the keys.
    pub(crate) async fn within_share(
        &self,
        place: &PlaceRef,
        changes: u64,
    ) -> Outcome<(), SweepRejection> {
        let few = u64::from(place.realm().lifecycle.guard.keys_min());
        if place.clock_kind() == ClockKind::Simulated || changes <= few {
            return Ok(());
        }
        self.have_enough_keys(place, changes).await
    }

    /// Refuses where so many changes at once are more than a share of the keys that there are.
    async fn have_enough_keys(
        &self,
        place: &PlaceRef,
        changes: u64,
    ) -> Outcome<(), SweepRejection> {
        let guard = place.realm().lifecycle.guard;
        let needed = guard.keys_needed(changes);
        let keys = self.store.count_aging_keys(place.place().clone(), needed).await?;
        if keys >= needed {
            return Ok(());
        }
        let percent = guard.percent();
        Err(Failure::Rejected(SweepRejection::TooMany { changes, keys, percent }))
    }
}

/// What tells of a step.
pub(crate) const fn told_as(step: Step) -> (Action, EventKind) {
    match step {
        Step::Disable => (Action::DisableKey, EventKind::Disabled),
        Step::Warn(_) => (Action::WarnOfExpiry, EventKind::ExpiringSoon),
        Step::Expire | Step::ExpireByDate => (Action::ExpireKey, EventKind::Expired),
    }
}

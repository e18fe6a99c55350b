//! When keys will expire for lack of use, if nobody uses them any more.
//!
//! Must not say another instant than the one that is enforced: it asks the same rules and rows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::account::Branding;
use domain::ids::{AccountId, KeyId};
use domain::key::Key;
use domain::key_snapshot::KeySnapshot;
use domain::lifecycle::{Aging, StepDone, projected_expiry};
use domain::realm::Realm;
use domain::time::Timestamp;
use store::command::{EventRow, PAGE_MAX};
use store::fault::Fault;

use crate::engine::Engine;
use crate::place::PlaceRef;
use crate::record_use::GRANULE_MS;

impl Engine {
    /// For each key of this place when it will expire for lack of use; `None` where that will not
    /// end it. `now` is the time of the place.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn projected_expiries(
        &self,
        place: &PlaceRef,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Timestamp>>, Fault> {
        let realm = place.realm();
        let policy = &realm.lifecycle.policy;
        if policy.never_ends_keys() {
            return Ok(vec![None; keys.len()]);
        }
        let brandings = self.brandings(place, keys.iter().map(|key| key.owner)).await?;
        let may_have_steps =
            |key: &&Key| key.state.may_age() && has_been_idle(key.idle_since(), now);
        let steps = self.steps_done(keys.iter().filter(may_have_steps).map(|key| key.id).collect());
        let steps = steps.await?;
        let projected = keys.iter().map(|key| {
            let idle_since = key.idle_since();
            let done = steps.of(key.id, idle_since, now);
            let aging =
                Aging { state: key.state, idle_since, expires_at: key.expires_at, done: &done };
            let branding = brandings.get(&key.owner).copied().unwrap_or(Branding::Ours);
            projected_expiry(policy.of(branding), &realm.time_zone, &aging, now)
        });
        Ok(projected.collect())
    }

    /// The same for one key.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn projected_expiry(
        &self,
        place: &PlaceRef,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Fault> {
        let projected = self.projected_expiries(place, std::slice::from_ref(key), now).await?;
        Ok(projected.first().copied().flatten())
    }

    /// The same by what is in the key alone, for an answer that must not fail any more: warnings
    /// count as given in time, and its owner as one that meets people under our name.
    #[must_use]
    pub fn projected_expiry_unasked(
        &self,
        place: &PlaceRef,
        key: &Key,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let realm = place.realm();
        let idle_since = key.idle_since();
        let aging = Aging { state: key.state, idle_since, expires_at: key.expires_at, done: &[] };
        projected_expiry(realm.lifecycle.policy.of(Branding::Ours), &realm.time_zone, &aging, now)
    }

    /// For each of these events of the place when its key was going to expire for lack of use, as
    /// it stood then; `None` where the event does not show its key, too.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn projected_at_events(
        &self,
        place: &PlaceRef,
        rows: &[EventRow],
    ) -> Result<Vec<Option<Timestamp>>, Fault> {
        if place.realm().lifecycle.policy.never_ends_keys() {
            return Ok(vec![None; rows.len()]);
        }
        let brandings = self.brandings(place, rows.iter().map(|row| row.event.account)).await?;
        let steps = self.steps_at(rows).await?;
        let of = |row: &EventRow| {
            let branding = brandings.get(&row.event.account).copied().unwrap_or(Branding::Ours);
            row.key.as_ref().and_then(|key| steps.projected(place.realm(), branding, row, key))
        };
        Ok(rows.iter().map(of).collect())
    }

    /// The steps that are kept of the keys of these events.
    pub(crate) async fn steps_at<'r>(
        &self,
        rows: impl IntoIterator<Item = &'r EventRow>,
    ) -> Result<StepsDone, Fault> {
        let may_have_steps = |row: &&EventRow| {
            row.key.as_ref().is_some_and(|key| has_been_idle(key.idle_since(), row.event.at))
        };
        let keys = rows.into_iter().filter(may_have_steps).map(|row| row.event.key);
        self.steps_done(keys.collect()).await
    }

    /// Under whose name the owners meet people, as far as it matters for the end of a key.
    async fn brandings(
        &self,
        place: &PlaceRef,
        owners: impl Iterator<Item = AccountId>,
    ) -> Result<HashMap<AccountId, Branding>, Fault> {
        let mut brandings = HashMap::new();
        if place.realm().lifecycle.policy.ends_all_alike() {
            return Ok(brandings);
        }
        for owner in owners {
            if let Entry::Vacant(unknown) = brandings.entry(owner) {
                let owner = self.store.find_account(place.place().clone(), owner).await?;
                unknown.insert(owner.map_or(Branding::Ours, |owner| owner.branding));
            }
        }
        Ok(brandings)
    }

    /// The steps that are kept of these keys, asked for a page at a time: the store's reader has others
    /// who wait.
    pub(crate) async fn steps_done(&self, keys: Vec<KeyId>) -> Result<StepsDone, Fault> {
        let mut steps: HashMap<_, Vec<_>> = HashMap::new();
        for keys in keys.chunks(PAGE_MAX as usize) {
            for kept in self.store.kept_steps(keys.to_vec()).await? {
                steps.entry(kept.key).or_default().push((kept.idle_since, kept.done));
            }
        }
        Ok(StepsDone(steps))
    }
}

/// Whether a key that is idle since an instant may have taken a step by another. No wait is shorter
/// than a day, and the last use that is stored is older than the one that is known by less than
/// [`GRANULE_MS`]: whoever was made or used this hour has none, and the store need not be asked.
const fn has_been_idle(since: Timestamp, now: Timestamp) -> bool {
    now.millis_since(since) >= GRANULE_MS.cast_signed()
}

/// Steps that keys took, each with the beginning of its idle time.
pub(crate) struct StepsDone(HashMap<KeyId, Vec<(Timestamp, StepDone)>>);

impl StepsDone {
    /// Those that the key had taken at an instant, when it had been idle since another.
    pub(crate) fn of(&self, key: KeyId, idle_since: Timestamp, at: Timestamp) -> Vec<StepDone> {
        // Steps are kept under the last use that is stored; what is known here is a little later.
        let of_then = |(since, done): &&(Timestamp, StepDone)| {
            idle_since.millis_since(*since).unsigned_abs() <= GRANULE_MS && done.at <= at
        };
        let kept = self.0.get(&key).into_iter().flatten();
        kept.filter(of_then).map(|(_, done)| *done).collect()
    }

    /// When the key of an event was going to expire for lack of use, as it stood then: by the steps
    /// that it had taken, as far as they are still kept. What it was owed at that instant counts as
    /// done: the event tells of it.
    pub(crate) fn projected(
        &self,
        realm: &Realm,
        branding: Branding,
        row: &EventRow,
        key: &KeySnapshot,
    ) -> Option<Timestamp> {
        let (at, idle_since) = (row.event.at, key.idle_since());
        let done = self.of(row.event.key, idle_since, at);
        let aging = Aging { state: key.state, idle_since, expires_at: key.expires_at, done: &done };
        projected_expiry(realm.lifecycle.policy.of(branding), &realm.time_zone, &aging, at)
    }
}

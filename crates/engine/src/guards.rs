//! What guards the ageing of keys against a clock that is wrong: how it stands, and how somebody who has
//! looked lets it go on.
//!
//! Must not let anything take a step itself, nor admit more than is due now.

use domain::audit::Action;
use domain::time::{Reading, Timestamp};
use store::command::{Approval, ApproveSweep, MarkNotAhead, PlaceGuard, ResetMark};
use store::fault::{Failure, Fault, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::move_clock::ClockView;
use crate::place::PlaceRef;
use crate::sweep_keys::SweepRejection;

/// How long an approval holds: long enough for the next sweep.
const APPROVED_MS: i64 = 60 * 60 * 1_000;

/// How the ageing of keys stands in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifecycleStatus {
    /// Its clock.
    pub clock: ClockView,
    /// What is kept of it against a clock that is wrong, without an approval that does not hold.
    pub guard: PlaceGuard,
    /// What holds a sweep up now, if anything does, and an approval does not admit it.
    pub held: Option<SweepRejection>,
    /// Since when this process has found it held up.
    pub held_since: Option<Timestamp>,
    /// How many keys would be warned of, disabled or expire now.
    pub due: u64,
    /// How many keys will ever be looked at again.
    pub keys: u64,
    /// When the next key is to be looked at: now or earlier where some are due.
    pub next_at: Option<Timestamp>,
}

/// Why nothing was approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApproveRejection {
    /// Nothing is held up because too many keys are due.
    #[error("no sweep is held up by the share of keys that would change at once")]
    NotHeld,
    /// More keys are due than whoever approves has seen.
    #[error("{due} keys are due by now, and fewer were approved")]
    MoreAreDue {
        /// How many.
        due: u64,
    },
}

impl Engine {
    /// How the ageing of keys stands. It costs what is due and a count of all keys that age.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn lifecycle_status(
        &self,
        place: &PlaceRef,
        reading: Reading,
    ) -> Result<LifecycleStatus, Fault> {
        let clock = self.clock(place, reading);
        let now = clock.now;
        let mut guard = self.store.place_guard(place.place().clone()).await?;
        guard.approval = approval_at(&guard, now);
        let due = self.count_changes(place, now, u64::MAX).await?;
        let keys = self.store.count_aging_keys(place.place().clone(), u64::MAX).await?;
        let behind = guard.latest_at.filter(|latest| now < *latest);
        let held = match behind {
            Some(latest) => Some(SweepRejection::ClockBehind { now, latest }),
            None => self.held_by_share(place, due, admitted(&guard, now)).await?,
        };
        let held_since = held.and(self.sweeps.held_since(place));
        let next_at = self.next_key(place, Timestamp::from_millis(i64::MAX)).await?;
        Ok(LifecycleStatus { clock, guard, held, held_since, due, keys, next_at })
    }

    /// Admits the keys to change at once that are due now, where that holds a sweep up: at most so many,
    /// as whoever approves has seen. The next sweep goes on, and uses the approval up.
    ///
    /// # Errors
    /// See [`ApproveRejection`]; or a fault of the store.
    pub async fn approve_sweep(
        &self,
        place: &PlaceRef,
        most: u64,
        mut context: Context<'_>,
    ) -> Outcome<Approval, ApproveRejection> {
        let now = context.now;
        let guard = self.store.place_guard(place.place().clone()).await?;
        let due = self.count_changes(place, now, u64::MAX).await?;
        if self.held_by_share(place, due, admitted(&guard, now)).await?.is_none() {
            return Err(Failure::Rejected(ApproveRejection::NotHeld));
        }
        if due > most {
            return Err(Failure::Rejected(ApproveRejection::MoreAreDue { due }));
        }
        let approval = Approval { keys: due, until: now.plus_millis(APPROVED_MS) };
        let target = format!("{due} {}", approval.until);
        let trail = context.trail(Action::ApproveSweep, Some(place.place()), target);
        let command = ApproveSweep { place: place.place().clone(), approval, trail };
        self.store.approve_sweep(command).await?;
        self.sweeps.have_swept_soon(place);
        Ok(approval)
    }

    /// Lets keys age from now on again, where some took steps at a later instant: the clock was ahead
    /// then, and is right now. What was done is not undone. Says from which instant on they age.
    ///
    /// # Errors
    /// None took a later step; or a fault of the store.
    pub async fn reset_lifecycle_clock(
        &self,
        place: &PlaceRef,
        mut context: Context<'_>,
    ) -> Outcome<Timestamp, MarkNotAhead> {
        let at = context.now;
        let trail = context.trail(Action::ResetLifecycleClock, Some(place.place()), at.to_string());
        self.store.reset_mark(ResetMark { place: place.place().clone(), at, trail }).await?;
        self.sweeps.have_swept_soon(place);
        Ok(at)
    }

    /// What holds a sweep up because so many keys would change, if it does: they are more than a share, and
    /// more than somebody has admitted.
    async fn held_by_share(
        &self,
        place: &PlaceRef,
        changes: u64,
        admitted: u64,
    ) -> Result<Option<SweepRejection>, Fault> {
        if changes <= admitted {
            return Ok(None);
        }
        match self.within_share(place, changes).await {
            Ok(()) => Ok(None),
            Err(Failure::Rejected(refusal)) => Ok(Some(refusal)),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }

    /// How many keys would change at this instant, counted until there are as many as this.
    pub(crate) async fn count_changes(
        &self,
        place: &PlaceRef,
        now: Timestamp,
        most: u64,
    ) -> Result<u64, Fault> {
        let (mut changes, mut after) = (0, None);
        loop {
            let page = self.due_page(place, after, now).await?;
            changes += self.changes_in(place, &page, now);
            after = page.next;
            if after.is_none() || changes >= most {
                return Ok(changes);
            }
        }
    }
}

/// How many keys somebody has admitted to change at this instant.
pub(crate) fn admitted(guard: &PlaceGuard, now: Timestamp) -> u64 {
    approval_at(guard, now).map_or(0, |approval| approval.keys)
}

/// The approval that holds at this instant, if one does.
fn approval_at(guard: &PlaceGuard, now: Timestamp) -> Option<Approval> {
    // One that ends later than any that is made now was made by a clock that was ahead.
    let latest = now.plus_millis(APPROVED_MS);
    guard.approval.filter(|approval| now < approval.until && approval.until <= latest)
}

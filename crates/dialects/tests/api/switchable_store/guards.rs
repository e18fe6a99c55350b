//! The part of the switchable store that is about guards.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use domain::ids::Place;
use domain::watch::Watch;
use store::command::{ApproveSweep, MarkNotAhead, NoteClock, PlaceGuard, ResetMark};
use store::fault::{Fault, FaultKind, Outcome};
use store::port::GuardStore;

use super::SwitchableStore;

#[async_trait]
impl GuardStore for SwitchableStore {
    async fn place_guard(&self, place: Place) -> Result<PlaceGuard, Fault> {
        self.check()?;
        self.model.place_guard(place).await
    }

    async fn approve_sweep(&self, command: ApproveSweep) -> Result<(), Fault> {
        self.check()?;
        self.model.approve_sweep(command).await
    }

    async fn reset_mark(&self, command: ResetMark) -> Outcome<(), MarkNotAhead> {
        self.check()?;
        let outcome = self.model.reset_mark(command).await;
        if self.breaks_after_marks.load(Ordering::Relaxed) {
            self.fail(FaultKind::Unavailable);
        }
        outcome
    }

    async fn note_clock(&self, command: NoteClock) -> Result<Watch, Fault> {
        self.check()?;
        self.model.note_clock(command).await
    }
}

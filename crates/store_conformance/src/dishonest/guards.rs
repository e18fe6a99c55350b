//! How the liar guards places.
//!
//! Must pass on to the model whatever the lie is not about.

use async_trait::async_trait;
use domain::ids::Place;
use domain::watch::{REST_MS, Watch};
use store::command::{ApproveSweep, MarkNotAhead, NoteClock, PlaceGuard, ResetMark};
use store::fault::{Failure, Fault, Outcome};
use store::port::GuardStore;

use super::{AgingLie, DishonestStore, Lie};

#[async_trait]
impl GuardStore for DishonestStore {
    async fn place_guard(&self, place: Place) -> Result<PlaceGuard, Fault> {
        let mut guard = self.honest.place_guard(place.clone()).await?;
        let before_reset = self.notes().before_resets.get(&place).copied();
        if before_reset.is_some() && self.tells(Lie::Aging(AgingLie::EndsRestsWithMarks)) {
            guard.watch = Watch::default();
        }
        if self.tells(Lie::Aging(AgingLie::ForgetsApprovals)) {
            guard.approval = None;
        }
        if self.tells(Lie::Aging(AgingLie::ForgetsWhatItSaw)) {
            guard.watch = Watch::default();
        }
        Ok(guard)
    }

    async fn approve_sweep(&self, command: ApproveSweep) -> Result<(), Fault> {
        self.honest.approve_sweep(command).await
    }

    async fn reset_mark(&self, command: ResetMark) -> Outcome<(), MarkNotAhead> {
        if self.tells(Lie::Aging(AgingLie::KeepsMarks)) {
            return Ok(());
        }
        let place = command.place.clone();
        let before = self.honest.place_guard(place.clone()).await?;
        match self.honest.reset_mark(command).await {
            Ok(()) => {
                self.notes().before_resets.insert(place, before);
                Ok(())
            }
            Err(Failure::Rejected(MarkNotAhead))
                if self.tells(Lie::Aging(AgingLie::SetsMarksForward)) =>
            {
                Ok(())
            }
            outcome => outcome,
        }
    }

    async fn note_clock(&self, mut command: NoteClock) -> Result<Watch, Fault> {
        if self.tells(Lie::Aging(AgingLie::LeavesHands)) {
            command.clock = command.clock.plus_millis(REST_MS * 365);
        }
        self.honest.note_clock(command).await
    }
}

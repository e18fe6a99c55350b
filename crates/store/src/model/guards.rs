//! The model's guards: marks, approvals, and what was noted of clocks.
//!
//! Must not write before the last check of a command has passed.

use async_trait::async_trait;
use domain::ids::Place;
use domain::watch::{HAND_AHEAD_MS, LETTER_AHEAD_MS, Watch};

use super::state::State;
use super::{ModelStore, Written};
use crate::command::{ApproveSweep, MarkNotAhead, NoteClock, PlaceGuard, ResetMark};
use crate::fault::{Failure, Fault, Outcome};
use crate::port::GuardStore;

impl State {
    fn approve_sweep(&mut self, command: ApproveSweep) -> Result<(), Fault> {
        let ApproveSweep { place, approval, trail } = command;
        self.write_trail(&trail, [])?;
        self.aging.guard(&place).approval = Some(approval);
        Ok(())
    }

    fn reset_mark(&mut self, command: ResetMark) -> Outcome<(), MarkNotAhead> {
        let ResetMark { place, at, trail } = command;
        if self.aging.guard(&place).latest_at.is_none_or(|latest| latest <= at) {
            return Err(Failure::Rejected(MarkNotAhead));
        }
        self.write_trail(&trail, [])?;
        let guard = self.aging.guard(&place);
        guard.latest_at = Some(at);
        guard.approval = None;
        Ok(())
    }

    fn note_clock(&mut self, command: &NoteClock) -> Watch {
        let NoteClock { place, now, clock, passage } = command;
        let guard = self.aging.guard(place);
        guard.watch = guard.watch.noted(*now, *passage);
        let watch = guard.watch;
        self.mend_deliveries(place, *now, clock.plus_millis(HAND_AHEAD_MS));
        let latest = (now.plus_millis(LETTER_AHEAD_MS), clock.plus_millis(HAND_AHEAD_MS));
        self.letters.mend(place, *now, latest);
        watch
    }
}

#[async_trait]
impl GuardStore for ModelStore {
    async fn place_guard(&self, place: Place) -> Result<PlaceGuard, Fault> {
        Ok(*self.lock().state.aging.guard(&place))
    }

    async fn approve_sweep(&self, command: ApproveSweep) -> Result<(), Fault> {
        self.lock().state.approve_sweep(command)
    }

    async fn reset_mark(&self, command: ResetMark) -> Outcome<(), MarkNotAhead> {
        self.commit(|state| state.reset_mark(command).map(Written::silent))
    }

    async fn note_clock(&self, command: NoteClock) -> Result<Watch, Fault> {
        Ok(self.lock().state.note_clock(&command))
    }
}

//! How the liar guards places.
//!
//! Must pass on to the model whatever the lie is not about.

use async_trait::async_trait;
use domain::ids::Place;
use domain::time::Timestamp;
use domain::watch::{REST_MS, Watch};
use store::command::{
    ApproveSweep, Claimed, ClaimedCopy, CopyEnding, MarkNotAhead, NoteClock, PlaceGuard,
    RecordCopy, ResetMark,
};
use store::fault::{Failure, Fault, Outcome};
use store::port::{DeliveryStore as _, GuardStore, LetterStore as _};

use super::{AgingLie, DishonestStore, Lie};

#[async_trait]
impl GuardStore for DishonestStore {
    async fn place_guard(&self, place: Place) -> Result<PlaceGuard, Fault> {
        let kept = self.honest.place_guard(place.clone()).await?;
        Ok(self.shown(&place, kept))
    }

    async fn approve_sweep(&self, command: ApproveSweep) -> Result<(), Fault> {
        self.notes().approved.insert(command.place.clone(), command.approval);
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

impl DishonestStore {
    /// What is shown of a place instead of what is kept.
    fn shown(&self, place: &Place, mut guard: PlaceGuard) -> PlaceGuard {
        let tells = |lie| self.tells(Lie::Aging(lie));
        let notes = self.notes();
        if let Some(before) = notes.before_resets.get(place) {
            if tells(AgingLie::EndsRestsWithMarks) {
                guard.watch = Watch::default();
            }
            if tells(AgingLie::KeepsApprovalsOfResets) {
                guard.approval = before.approval;
            }
        }
        if tells(AgingLie::CountsTheDated) {
            let dated = notes.dated.get(place).copied().unwrap_or_default();
            guard.approval = guard.approval.and_then(|approval| approval.less(dated));
        }
        if tells(AgingLie::KeepsApprovals) {
            guard.approval = notes.approved.get(place).copied();
        }
        if tells(AgingLie::ForgetsApprovals) {
            guard.approval = None;
        }
        if tells(AgingLie::ForgetsRests) {
            guard.watch.rests_until = None;
        }
        if tells(AgingLie::ForgetsWhatItSaw) {
            guard.watch = Watch::default();
        }
        guard
    }

    /// Gives back what failed by a clock that was ahead, where the lie is about that.
    pub(super) async fn leave_waits(
        &self,
        claimed: Vec<Claimed>,
        now: Timestamp,
    ) -> Result<Vec<Claimed>, Fault> {
        if !self.tells(Lie::Aging(AgingLie::LeavesWaits)) {
            return Ok(claimed);
        }
        let (left, claimed): (Vec<_>, Vec<_>) = {
            let notes = self.notes();
            let failed_at = |one: &Claimed| notes.failed_at.get(&(one.webhook.id, one.position));
            claimed.into_iter().partition(|one| failed_at(one).is_some_and(|at| *at > now))
        };
        self.honest.release_deliveries(left.iter().map(Claimed::hand).collect()).await?;
        Ok(claimed)
    }

    /// The same of letters.
    pub(super) async fn leave_letters(
        &self,
        claimed: Vec<ClaimedCopy>,
        now: Timestamp,
    ) -> Result<Vec<ClaimedCopy>, Fault> {
        if !self.tells(Lie::Aging(AgingLie::LeavesWaitsOfLetters)) {
            return Ok(claimed);
        }
        let (left, claimed): (Vec<_>, Vec<_>) = {
            let notes = self.notes();
            let failed_at =
                |one: &ClaimedCopy| notes.letters_failed_at.get(&(one.hand.letter, one.hand.copy));
            claimed.into_iter().partition(|one| failed_at(one).is_some_and(|at| *at > now))
        };
        let back = left.iter().map(|copy| RecordCopy {
            hand: copy.hand,
            at: now,
            ending: CopyEnding::PutBack,
        });
        self.honest.record_copies(back.collect()).await?;
        Ok(claimed)
    }
}

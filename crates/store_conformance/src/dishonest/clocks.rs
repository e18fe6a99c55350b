//! How the liar moves clocks and shows them.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::clock::{ClockOffset, ClockRejection, PlaceClock};
use store::command::MoveClock;
use store::fault::{Failure, Fault, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie};

impl DishonestStore {
    pub(super) async fn lying_move_clock(
        &self,
        command: MoveClock,
    ) -> Outcome<PlaceClock, ClockRejection> {
        let MoveClock { place, to, at, .. } = command.clone();
        let before = self.honest.place_clocks().await?;
        let outcome = self.honest.move_clock(command).await;
        match &outcome {
            Ok(clock) if before.contains(clock) && self.tells(Lie::WritesOfStandingClocks) => {
                self.notes().audit_too_many += 1;
            }
            Err(Failure::Rejected(ClockRejection::Backward { .. }))
                if self.tells(Lie::MovesClocksBack) =>
            {
                let offset = ClockOffset::from_millis(to.millis_since(at.real()));
                let offset = offset.unwrap_or_default();
                return Ok(PlaceClock { place, offset, epoch: 1 });
            }
            Err(Failure::Fault(_)) if self.tells(Lie::MovesClocksWithoutTrail) => {
                let offset = ClockOffset::NONE.moved(at, to).unwrap_or_default();
                return Ok(PlaceClock { place, offset, epoch: 1 });
            }
            Ok(_) | Err(_) => {}
        }
        outcome
    }

    pub(super) async fn lying_place_clocks(&self) -> Result<Vec<PlaceClock>, Fault> {
        let mut clocks = self.honest.place_clocks().await?;
        if self.tells(Lie::MovesEveryClock)
            && let Some(farthest) = clocks.iter().map(|clock| clock.offset).max()
        {
            clocks.iter_mut().for_each(|clock| clock.offset = farthest);
        }
        Ok(clocks)
    }
}

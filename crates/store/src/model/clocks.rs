//! The model's clocks of places.
//!
//! Must not move one back.

use domain::clock::{ClockRejection, PlaceClock};

use super::Written;
use super::state::State;
use crate::command::MoveClock;
use crate::fault::{Failure, Outcome};
use crate::port::Change;

impl State {
    pub(super) fn move_clock(
        &mut self,
        command: MoveClock,
    ) -> Outcome<Written<PlaceClock>, ClockRejection> {
        let MoveClock { place, to, at, trail } = command;
        let known = self.clocks.iter().find(|clock| clock.place == place);
        let old = known.cloned().unwrap_or(PlaceClock {
            place,
            offset: domain::clock::ClockOffset::NONE,
            epoch: 0,
        });
        let offset = old.offset.moved(at, to).map_err(Failure::Rejected)?;
        if offset == old.offset {
            return Ok(Written::silent(old));
        }
        let epoch = self.write_trail(&trail, [])?;
        let new = PlaceClock { offset, epoch, ..old };
        self.clocks.retain(|clock| clock.place != new.place);
        self.clocks.push(new.clone());
        Ok(Written { changes: vec![Change::Clock(new.clone())], answer: new })
    }

    pub(super) fn place_clocks(&self) -> Vec<PlaceClock> {
        let mut clocks = self.clocks.clone();
        clocks.sort_by(|one, other| one.place.cmp(&other.place));
        clocks
    }
}

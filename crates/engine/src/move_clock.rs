//! Moves the clock of a simulated place forward. Every verification and every change that is sent
//! after the answer is in the new time.
//!
//! Must not move a clock that is real, nor any back.

use domain::audit::Action;
use domain::clock::{ClockKind, ClockOffset, ClockRejection};
use domain::time::{Reading, Timestamp};
use store::command::MoveClock;
use store::fault::{Failure, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// What the clock of a place shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockView {
    /// What it follows.
    pub kind: ClockKind,
    /// What it shows.
    pub now: Timestamp,
    /// How far it runs ahead of the system's.
    pub offset: ClockOffset,
}

/// Why a clock was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveClockRejection {
    /// It is the system's.
    #[error("the clock of this environment is real: only one that is declared simulated is moved")]
    Real,
    /// It does not move there.
    #[error(transparent)]
    Unlawful(#[from] ClockRejection),
}

impl Engine {
    /// What the clock of this place shows.
    #[must_use]
    pub fn clock(&self, place: &PlaceRef, reading: Reading) -> ClockView {
        let offset = place.clock_offset();
        ClockView { kind: place.clock_kind(), now: offset.time(reading), offset }
    }

    /// Moves the clock of this place, so that it shows `to` now. One that shows that already stays.
    ///
    /// # Errors
    /// See [`MoveClockRejection`]; or a fault of the store.
    pub async fn move_clock(
        &self,
        place: &PlaceRef,
        to: Timestamp,
        reading: Reading,
        mut context: Context<'_>,
    ) -> Outcome<ClockView, MoveClockRejection> {
        let kind = place.clock_kind();
        if kind == ClockKind::Real {
            return Err(Failure::Rejected(MoveClockRejection::Real));
        }
        let target = format!("{} {to}", context.now);
        let trail = context.trail(Action::MoveClock, Some(place.place()), target);
        let command = MoveClock { place: place.place().clone(), to, at: reading, trail };
        let moved = self.store.move_clock(command).await;
        let clock = moved.map_err(|failure| failure.map_rejection(MoveClockRejection::Unlawful))?;
        Ok(ClockView { kind, now: clock.offset.time(reading), offset: clock.offset })
    }
}

//! Moves the clock of a simulated place forward from one due instant to the next, so that everything
//! happens in order and each thing at its own instant.
//!
//! Bounded: a call makes so many stops and says whether it arrived. One that is broken off half-way
//! leaves a clock at a stop, and is made again. Must not pass over an instant at which something is
//! due.

use async_trait::async_trait;
use domain::audit::Actor;
use domain::clock::{CLOCK_LATEST, ClockKind, ClockRejection};
use domain::entropy::Entropy;
use domain::ids::RequestId;
use domain::time::{Reading, Timestamp};
use store::command::{EventPage, ListEvents};
use store::fault::{Failure, Fault, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::move_clock::{ClockView, MoveClockRejection};
use crate::place::PlaceRef;

/// Most stops of one call.
pub const STOPS_MAX: u32 = 64;

/// What is due in a place, and who does it.
#[async_trait]
pub trait Agenda: Send + Sync {
    /// Does what is due by the context's instant; says whether all of it was done.
    async fn catch_up(&self, place: &PlaceRef, context: Context<'_>) -> Result<CaughtUp, Fault>;

    /// The next instant, until this one, at which something is due.
    async fn next_due(
        &self,
        place: &PlaceRef,
        until: Timestamp,
    ) -> Result<Option<Timestamp>, Fault>;
}

/// What became of what was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaughtUp {
    /// All of it was done.
    Whole,
    /// Some of it is held up, and somebody has to look.
    HeldUp,
}

/// How far a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The clock shows the instant, and all that was due until then was done.
    There,
    /// There are more stops: the call is to be made again.
    OnTheWay,
    /// Something that is due is held up, and the clock does not pass it.
    HeldUp,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Advanced {
    /// What the clock showed before.
    pub from: Timestamp,
    /// What it shows.
    pub clock: ClockView,
    /// How far it came.
    pub arrival: Arrival,
    /// How many stops it made on the way.
    pub stops: u32,
    /// What happened to keys of the place meanwhile; the first of it, where there is more.
    pub happened: EventPage,
}

/// With what a clock is advanced.
pub struct Drive<'d> {
    /// Reads the system's clock.
    pub clock: &'d (dyn Fn() -> Reading + Send + Sync),
    /// What is due on the way.
    pub agenda: &'d dyn Agenda,
    /// Who acts.
    pub actor: Actor,
    /// In which request.
    pub request_id: RequestId,
    /// Where identifiers come from.
    pub entropy: &'d mut (dyn Entropy + Send),
}

impl Engine {
    /// Advances the clock of this place towards this instant.
    ///
    /// # Errors
    /// See [`MoveClockRejection`]; or a fault of the store, with the clock at a stop.
    pub async fn advance_clock(
        &self,
        place: &PlaceRef,
        to: Timestamp,
        mut drive: Drive<'_>,
    ) -> Outcome<Advanced, MoveClockRejection> {
        let from = place.time((drive.clock)());
        lawful(place, from, to).map_err(Failure::Rejected)?;
        // Of the store, since a warning changes nothing that the keyring follows.
        let before = self.store.last_event().await?;
        let mut stops = 0;
        let arrival = loop {
            // The clock is read in turn, so that nobody who sweeps comes with an earlier instant.
            let _turn = self.sweeps.turn(place).await;
            let reading = (drive.clock)();
            let now = place.time(reading);
            let (actor, request_id) = (Actor::System, drive.request_id);
            let context =
                Context { now, actor, request_id, once: None, entropy: &mut *drive.entropy };
            if drive.agenda.catch_up(place, context).await? == CaughtUp::HeldUp {
                break Arrival::HeldUp;
            }
            let due = drive.agenda.next_due(place, to).await?;
            if due.is_none() && now >= to {
                break Arrival::There;
            }
            if stops == STOPS_MAX {
                break Arrival::OnTheWay;
            }
            // What became due meanwhile by itself is done at the next turn.
            let stop = due.unwrap_or(to);
            if stop > now {
                self.move_to(place, stop, reading, &mut drive).await?;
            }
            stops += 1;
        };
        let question =
            ListEvents { place: Some(place.place().clone()), ..ListEvents::after(before) };
        let happened = self.store.list_events(question).await?;
        let clock = self.clock(place, (drive.clock)());
        Ok(Advanced { from, clock, arrival, stops, happened })
    }

    async fn move_to(
        &self,
        place: &PlaceRef,
        stop: Timestamp,
        reading: Reading,
        drive: &mut Drive<'_>,
    ) -> Outcome<(), MoveClockRejection> {
        let (now, actor, request_id) = (place.time(reading), drive.actor, drive.request_id);
        let context = Context { now, actor, request_id, once: None, entropy: drive.entropy };
        match self.move_clock(place, stop, reading, context).await {
            // Somebody else has moved it there and further.
            Ok(_)
            | Err(Failure::Rejected(MoveClockRejection::Unlawful(ClockRejection::Backward {
                ..
            }))) => Ok(()),
            Err(failure @ (Failure::Rejected(_) | Failure::Fault(_))) => Err(failure),
        }
    }
}

fn lawful(place: &PlaceRef, now: Timestamp, to: Timestamp) -> Result<(), MoveClockRejection> {
    if place.clock_kind() == ClockKind::Real {
        return Err(MoveClockRejection::Real);
    }
    if to < now {
        return Err(ClockRejection::Backward { now }.into());
    }
    if to > CLOCK_LATEST {
        return Err(ClockRejection::TooFar.into());
    }
    Ok(())
}

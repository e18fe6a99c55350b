//! Moves the clock of a simulated place forward from one due instant to the next, so that everything
//! happens in order and each thing at its own instant: keys age, events are put up and sent, letters
//! go out, what is old is deleted.
//!
//! Bounded: a call makes so many stops, waits for those who send no longer than they say, and tells
//! whether it arrived. What keys are due for at one stop is done whole, in small transactions. A call
//! that is broken off half-way leaves a clock at a stop, and is made again. Must not pass over an
//! instant at which something is due, nor send anything itself.

use async_trait::async_trait;
use domain::audit::Actor;
use domain::clock::{CLOCK_LATEST, ClockKind, ClockRejection};
use domain::entropy::Entropy;
use domain::ids::RequestId;
use domain::time::{Reading, Timestamp};
use domain::watch::Passage;
use store::command::{EventPage, ListEvents, NoteClock};
use store::fault::{Failure, Fault, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::move_clock::{ClockView, MoveClockRejection};
use crate::place::PlaceRef;
use crate::ports::loops::{Letters, Loops};
use crate::tally::Done;

/// Most stops of one call.
pub const STOPS_MAX: u32 = 64;

/// How long ago the clock may have shown an instant to which it is to be moved: it runs on by itself
/// while somebody makes up their mind. One that is on its way there may have run past it for longer, while
/// calls waited.
const PASSED_MS: i64 = 60_000;

/// What is due in a place, and who does it.
#[async_trait]
pub trait Agenda: Send + Sync {
    /// Does what is due by the context's instant; says whether all of it was done.
    async fn catch_up(&self, place: &PlaceRef, context: Context<'_>) -> Result<CaughtUp, Fault>;

    /// What of all that is due by now others have still to do, if anything.
    async fn owed(
        &self,
        place: &PlaceRef,
        now: Timestamp,
        sending: Sending,
    ) -> Result<Option<Owed>, Fault>;

    /// Deletes some of what is old by now and was lived through; says how much. With none nothing is
    /// left.
    async fn clear_away(
        &self,
        place: &PlaceRef,
        reading: Reading,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<u32, Fault>;

    /// The next instant from the one until the other at which something is due, or an earlier one
    /// where something has become due meanwhile.
    async fn next_due(
        &self,
        place: &PlaceRef,
        span: (Timestamp, Timestamp),
        sending: Sending,
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

/// What goes out of a place while its clock is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Nothing: nobody is there who sends.
    Nothing,
    /// What is for webhooks.
    ToWebhooks,
    /// Everything.
    Everything,
}

/// What a clock waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owed {
    /// Events that are not put up yet for those who are told of them.
    Events,
    /// Attempts to bring events to webhooks.
    Deliveries,
    /// Letters.
    Letters,
}

/// How far a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The clock shows the instant, and all that was due until then was done.
    There,
    /// There is more to be done or waited for: the call is to be made again.
    OnTheWay(Option<Owed>),
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
    /// What was done in the place meanwhile, by whomever; calls that follow each other on one way
    /// count on.
    pub done: Done,
    /// Whether letters wait, because the mail server cannot be used.
    pub letters_wait: bool,
}

/// With what a clock is advanced.
pub struct Drive<'d> {
    /// Reads the system's clock.
    pub clock: &'d (dyn Fn() -> Reading + Send + Sync),
    /// What is due on the way.
    pub agenda: &'d dyn Agenda,
    /// Those who send; `None` where nobody does, and nobody is waited for.
    pub loops: Option<&'d dyn Loops>,
    /// Who acts.
    pub actor: Actor,
    /// In which request.
    pub request_id: RequestId,
    /// Where identifiers come from.
    pub entropy: &'d mut (dyn Entropy + Send),
}

impl Drive<'_> {
    fn sending(&self) -> Sending {
        match self.loops.map(Loops::letters) {
            None => Sending::Nothing,
            Some(Letters::Wait | Letters::Stay) => Sending::ToWebhooks,
            Some(Letters::GoOut) => Sending::Everything,
        }
    }

    fn time_is_up(&self) -> bool {
        self.loops.is_some_and(|loops| loops.time_is_up())
    }
}

/// What came of one look at a place whose clock is moved.
enum Looked {
    /// The way ends here.
    Arrived(Arrival),
    /// The clock was moved to a stop, or something more became due.
    GoesOn,
    /// Others have something to do first.
    Waits(Owed),
}

impl Engine {
    /// Advances the clock of this place towards this instant. One that the clock has passed less than
    /// a minute ago counts as reached, and so does one to which the last call left it on its way.
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
        let passed_ms = if self.is_on_its_way(place, to) { i64::MAX } else { PASSED_MS };
        lawful(place, from, to, passed_ms).map_err(Failure::Rejected)?;
        // Of the store, since a warning changes nothing that the keyring follows.
        let before = self.store.last_event().await?;
        let counted = self.counted_from(place, to);
        let mut stops = 0;
        let arrival = self.travel(place, to, &mut stops, &mut drive).await?;
        let question =
            ListEvents { place: Some(place.place().clone()), ..ListEvents::after(before) };
        let happened = self.store.list_events(question).await?;
        let clock = self.clock(place, (drive.clock)());
        let goes_on = matches!(arrival, Arrival::OnTheWay(_)).then_some(to);
        let done = self.counted_since(place, counted, goes_on);
        let letters_wait = drive.loops.map(Loops::letters) == Some(Letters::Wait);
        Ok(Advanced { from, clock, arrival, stops, happened, done, letters_wait })
    }

    /// Goes from stop to stop, until it is there or the call has taken its time.
    async fn travel(
        &self,
        place: &PlaceRef,
        to: Timestamp,
        stops: &mut u32,
        drive: &mut Drive<'_>,
    ) -> Outcome<Arrival, MoveClockRejection> {
        loop {
            match self.go_on(place, to, stops, drive).await? {
                Looked::Arrived(arrival) => return Ok(arrival),
                Looked::GoesOn if drive.time_is_up() => return Ok(Arrival::OnTheWay(None)),
                Looked::GoesOn => {}
                Looked::Waits(owed) => match drive.loops {
                    Some(loops) if !loops.time_is_up() => loops.work().await,
                    Some(_) | None => return Ok(Arrival::OnTheWay(Some(owed))),
                },
            }
        }
    }

    /// Does what is due, or moves the clock to the next stop.
    async fn go_on(
        &self,
        place: &PlaceRef,
        to: Timestamp,
        stops: &mut u32,
        drive: &mut Drive<'_>,
    ) -> Outcome<Looked, MoveClockRejection> {
        // The clock is read in turn, so that nobody who sweeps comes with an earlier instant.
        let _turn = self.sweeps.turn(place).await;
        let reading = (drive.clock)();
        let now = place.time(reading);
        let (actor, request_id) = (Actor::System, drive.request_id);
        let context = Context { now, actor, request_id, once: None, entropy: &mut *drive.entropy };
        if drive.agenda.catch_up(place, context).await? == CaughtUp::HeldUp {
            return Ok(Looked::Arrived(Arrival::HeldUp));
        }
        let sending = drive.sending();
        if let Some(owed) = drive.agenda.owed(place, now, sending).await? {
            return Ok(Looked::Waits(owed));
        }
        // Only now, and only where somebody sends: whatever was due until here has had its attempt.
        if sending != Sending::Nothing
            && drive.agenda.clear_away(place, reading, &mut *drive.entropy).await? > 0
        {
            return Ok(Looked::GoesOn);
        }
        let due = drive.agenda.next_due(place, (now, to), sending).await?;
        if due.is_none() && now >= to {
            return Ok(Looked::Arrived(Arrival::There));
        }
        if *stops == STOPS_MAX {
            return Ok(Looked::Arrived(Arrival::OnTheWay(None)));
        }
        // What became due meanwhile by itself is done at the next turn.
        let stop = due.unwrap_or(to);
        if stop > now {
            self.move_to(place, stop, reading, drive).await?;
        }
        *stops += 1;
        Ok(Looked::GoesOn)
    }

    async fn move_to(
        &self,
        place: &PlaceRef,
        stop: Timestamp,
        reading: Reading,
        drive: &mut Drive<'_>,
    ) -> Outcome<(), MoveClockRejection> {
        let (now, actor, request_id) = (place.time(reading), drive.actor, drive.request_id);
        let entropy = &mut *drive.entropy;
        let context = Context { now, actor, request_id, once: None, entropy };
        match self.move_clock(place, stop, reading, context).await {
            Ok(_) => {
                // In this turn: to anybody else the clock would have leapt.
                let (place, clock) = (place.place().clone(), reading.real());
                let command = NoteClock { place, now: stop, clock, passage: Passage::Moved };
                self.store.note_clock(command).await?;
                Ok(())
            }
            // Somebody else has moved it there and further.
            Err(Failure::Rejected(MoveClockRejection::Unlawful(ClockRejection::Backward {
                ..
            }))) => Ok(()),
            Err(failure @ (Failure::Rejected(_) | Failure::Fault(_))) => Err(failure),
        }
    }
}

fn lawful(
    place: &PlaceRef,
    now: Timestamp,
    to: Timestamp,
    passed_ms: i64,
) -> Result<(), MoveClockRejection> {
    if place.clock_kind() == ClockKind::Real {
        return Err(MoveClockRejection::Real);
    }
    if to.plus_millis(passed_ms) < now {
        return Err(ClockRejection::Backward { now }.into());
    }
    if to > CLOCK_LATEST {
        return Err(ClockRejection::TooFar.into());
    }
    Ok(())
}

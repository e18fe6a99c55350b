//! What was done in each place since this process began, so that whoever moves a clock can say what
//! happened on the way.
//!
//! Must not be needed for anything else: what counts is in the store.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::time::Timestamp;

use crate::engine::Engine;
use crate::place::PlaceRef;

/// What was done in a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Steps that keys took for lack of use, or by their dates.
    pub key_steps: u64,
    /// Events that receivers took.
    pub delivered: u64,
    /// Attempts to bring an event that failed.
    pub failed_attempts: u64,
    /// Events that were deleted before a receiver took them.
    pub deleted_undelivered: u64,
    /// Letters that the mail server took, each copy by itself.
    pub letters_sent: u64,
    /// Letters that were given up.
    pub letters_given_up: u64,
}

impl Done {
    /// What was done since there was as much as this.
    const fn since(self, before: Self) -> Self {
        Self {
            key_steps: self.key_steps.saturating_sub(before.key_steps),
            delivered: self.delivered.saturating_sub(before.delivered),
            failed_attempts: self.failed_attempts.saturating_sub(before.failed_attempts),
            deleted_undelivered: self
                .deleted_undelivered
                .saturating_sub(before.deleted_undelivered),
            letters_sent: self.letters_sent.saturating_sub(before.letters_sent),
            letters_given_up: self.letters_given_up.saturating_sub(before.letters_given_up),
        }
    }
}

/// A way of a clock that an answer left unfinished.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Where it leads.
    to: Timestamp,
    /// Up to where it was told what was done.
    told: Done,
}

/// One count for each place.
#[derive(Debug)]
pub(crate) struct Tallies(Box<[Mutex<Tally>]>);

#[derive(Debug, Default)]
struct Tally {
    done: Done,
    /// The way of which no answer was the last yet.
    under_way: Option<Way>,
}

impl Tallies {
    pub(crate) fn of(places: usize) -> Self {
        Self((0..places).map(|_| Mutex::default()).collect())
    }

    fn of_place(&self, place: &PlaceRef) -> MutexGuard<'_, Tally> {
        self.0[usize::from(place.index.0)].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Counts something that was done in a place.
    pub(crate) fn count(&self, place: &PlaceRef, something: impl FnOnce(&mut Done)) {
        something(&mut self.tallies.of_place(place).done);
    }

    /// From where on somebody counts who sets out for this instant: from where the last answer of the same
    /// way left off, so that what ends between two calls is told by one of them. Who never answers told
    /// nothing.
    pub(crate) fn counted_from(&self, place: &PlaceRef, to: Timestamp) -> Done {
        let mut tally = self.tallies.of_place(place);
        let told = tally.under_way.filter(|way| way.to == to).map_or(tally.done, |way| way.told);
        tally.under_way = Some(Way { to, told });
        told
    }

    /// What was done since then, for an answer after which the way goes on to this instant, or which is
    /// the last of it.
    pub(crate) fn counted_since(
        &self,
        place: &PlaceRef,
        before: Done,
        goes_on: Option<Timestamp>,
    ) -> Done {
        let mut tally = self.tallies.of_place(place);
        let told = tally.done;
        tally.under_way = goes_on.map(|to| Way { to, told });
        told.since(before)
    }

    /// Whether somebody set out for this instant, and no answer said that the clock of this place is there.
    pub(crate) fn is_on_its_way(&self, place: &PlaceRef, to: Timestamp) -> bool {
        self.tallies.of_place(place).under_way.is_some_and(|way| way.to == to)
    }
}

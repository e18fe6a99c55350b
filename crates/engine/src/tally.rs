//! What was done in each place since this process began, so that whoever moves a clock can say what
//! happened on the way.
//!
//! Must not be needed for anything else: what counts is in the store.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::time::Timestamp;

use crate::engine::Engine;
use crate::place::PlaceRef;

/// How long after an answer that was not the last of its way somebody comes who goes on with it.
const ONE_WAY_MS: i64 = 10 * 60_000;

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

/// One count for each place.
#[derive(Debug)]
pub(crate) struct Tallies(Box<[Mutex<Tally>]>);

#[derive(Debug, Default)]
struct Tally {
    done: Done,
    /// Up to where it was told by an answer that was not the last of its way, and when.
    told: Option<(Done, Timestamp)>,
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

    /// From where on somebody counts who sets out by this time of the system's clock: from where the
    /// last answer left off that was not the last of its way, so that what ends between two calls is
    /// told by one of them. Whoever comes long after it goes a way of his own. Who never answers told
    /// nothing.
    pub(crate) fn counted_from(&self, place: &PlaceRef, clock: Timestamp) -> Done {
        let mut tally = self.tallies.of_place(place);
        let told = tally.told.filter(|(_, at)| clock.millis_since(*at) <= ONE_WAY_MS);
        let from = told.map_or(tally.done, |(done, _)| done);
        tally.told = Some((from, clock));
        from
    }

    /// What was done since then, for an answer at this time that is the last of its way or not.
    pub(crate) fn counted_since(
        &self,
        place: &PlaceRef,
        before: Done,
        clock: Timestamp,
        is_last: bool,
    ) -> Done {
        let mut tally = self.tallies.of_place(place);
        let done = tally.done;
        tally.told = (!is_last).then_some((done, clock));
        done.since(before)
    }
}

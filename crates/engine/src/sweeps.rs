//! What this process remembers of its sweeps: which places were looked at by their policy, which are held
//! up, and whose turn it is to sweep a place.
//!
//! Must not be needed for a step: the store knows what was done. Turns keep those who sweep in one
//! process from reading the clock one after the other and coming to the store the other way round.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::time::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use crate::engine::Engine;
use crate::place::PlaceRef;

/// A note for each place.
#[derive(Debug)]
pub(crate) struct Sweeps(Box<[Note]>);

#[derive(Debug, Default)]
struct Note {
    relooked: AtomicBool,
    /// Whether somebody let a sweep go on that was held up.
    soon: AtomicBool,
    /// Since when a sweep is held up.
    held_since: std::sync::Mutex<Option<Timestamp>>,
    turn: Mutex<()>,
}

/// The turn of one who sweeps a place, until it is dropped. The clock has to be read after it is
/// given, so that no sweep comes with an earlier instant than the one before.
#[derive(Debug)]
pub struct SweepTurn<'e>(#[expect(dead_code, reason = "held")] MutexGuard<'e, ()>);

impl Sweeps {
    pub(crate) fn of(places: usize) -> Self {
        Self((0..places).map(|_| Note::default()).collect())
    }

    /// Whether all keys of the place were looked at by the policy of this process.
    pub(crate) fn are_relooked(&self, place: &PlaceRef) -> bool {
        self.of_place(place).relooked.load(Ordering::Relaxed)
    }

    pub(crate) fn note_relooked(&self, place: &PlaceRef) {
        self.of_place(place).relooked.store(true, Ordering::Relaxed);
    }

    /// Has the place swept soon, where sweeps are left out because one was held up.
    pub(crate) fn have_swept_soon(&self, place: &PlaceRef) {
        self.of_place(place).soon.store(true, Ordering::Relaxed);
    }

    /// Notes that a sweep at this instant was held up, or that one was not.
    pub(crate) fn note_held(&self, place: &PlaceRef, now: Timestamp, is_held: bool) {
        let held = &self.of_place(place).held_since;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = if is_held { held.or(Some(now)) } else { None };
    }

    /// Since when sweeps of the place are held up, as far as this process knows.
    pub(crate) fn held_since(&self, place: &PlaceRef) -> Option<Timestamp> {
        *self.of_place(place).held_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody else sweeps the place.
    pub(crate) async fn turn(&self, place: &PlaceRef) -> SweepTurn<'_> {
        SweepTurn(self.of_place(place).turn.lock().await)
    }

    fn of_place(&self, place: &PlaceRef) -> &Note {
        &self.0[usize::from(place.index.0)]
    }
}

impl Engine {
    /// Whether this place is to be swept soon, because somebody let it go on. Says so once.
    #[must_use]
    pub fn is_to_be_swept_soon(&self, place: &PlaceRef) -> bool {
        self.sweeps.of_place(place).soon.swap(false, Ordering::Relaxed)
    }

    /// Waits for the turn to sweep this place, or to delete what is old in it.
    pub async fn sweep_turn(&self, place: &PlaceRef) -> SweepTurn<'_> {
        self.sweeps.turn(place).await
    }

    /// The turn to sweep this place; `None` while somebody else has it.
    #[must_use]
    pub fn sweep_turn_now(&self, place: &PlaceRef) -> Option<SweepTurn<'_>> {
        self.sweeps.of_place(place).turn.try_lock().ok().map(SweepTurn)
    }
}

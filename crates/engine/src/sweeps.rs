//! What this process remembers of its sweeps: which places were looked at by their policy.
//!
//! Must not be needed for a step: the store knows what was done.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::place::PlaceRef;

/// A note for each place.
#[derive(Debug)]
pub(crate) struct Sweeps(Box<[AtomicBool]>);

impl Sweeps {
    pub(crate) fn of(places: usize) -> Self {
        Self((0..places).map(|_| AtomicBool::new(false)).collect())
    }

    /// Whether all keys of the place were looked at by the policy of this process.
    pub(crate) fn are_relooked(&self, place: &PlaceRef) -> bool {
        self.0[usize::from(place.index.0)].load(Ordering::Relaxed)
    }

    pub(crate) fn note_relooked(&self, place: &PlaceRef) {
        self.0[usize::from(place.index.0)].store(true, Ordering::Relaxed);
    }
}

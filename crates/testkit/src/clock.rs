//! A clock that moves only when a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::time::{Tick, Timestamp};

/// Simulated time, shared between a test and what it drives.
#[derive(Debug)]
pub struct SimulatedClock(AtomicI64);

impl SimulatedClock {
    /// A clock that stands at this instant.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_millis()))
    }

    /// The instant it stands at.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    /// The same instant on the clock that nobody sets.
    ///
    /// # Panics
    /// Never: no instant is before the epoch.
    pub fn tick(&self) -> Tick {
        let ms = u64::try_from(self.now().as_millis()).expect("not before the epoch");
        Tick::from_micros(ms * 1_000)
    }

    /// Moves it forward, or back with a negative number of milliseconds.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

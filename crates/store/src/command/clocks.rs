//! The command that moves the clock of a place.
//!
//! Must not hold anything that a store would have to make up.

use domain::ids::Place;
use domain::time::{Reading, Timestamp};

use super::Trail;

/// Moves the clock of a place forward, so that it shows `to` when the system's shows `at`. From then
/// on it runs ahead by as much. Where it shows that already, nothing changes.
///
/// It is rejected where the clock would go back, or too far: see `ClockOffset::moved`.
#[derive(Clone, Debug)]
pub struct MoveClock {
    /// Whose clock.
    pub place: Place,
    /// To which instant.
    pub to: Timestamp,
    /// When, by the system's clock.
    pub at: Reading,
    /// What tells of it.
    pub trail: Trail,
}

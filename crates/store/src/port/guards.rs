//! The port of what guards a place against a clock that is wrong.
//!
//! Must not hold anything up itself: it keeps what those go by who do.

use async_trait::async_trait;
use domain::ids::Place;
use domain::watch::Watch;

use crate::command::{ApproveSweep, MarkNotAhead, NoteClock, PlaceGuard, ResetMark};
use crate::fault::{Fault, Outcome};

/// The part of a store that is about guards.
#[async_trait]
pub trait GuardStore: Send + Sync {
    /// What is kept of a place; nothing where nothing was.
    async fn place_guard(&self, place: Place) -> Result<PlaceGuard, Fault>;

    /// Admits keys to take steps at once.
    async fn approve_sweep(&self, command: ApproveSweep) -> Result<(), Fault>;

    /// Sets back the latest instant at which keys took steps.
    async fn reset_mark(&self, command: ResetMark) -> Outcome<(), MarkNotAhead>;

    /// Notes what a clock shows; answers what is kept of it.
    async fn note_clock(&self, command: NoteClock) -> Result<Watch, Fault>;
}

//! The embedded store's part that is about guards.
//!
//! Must not touch the database itself: commands go to the writer, questions to the reader.

use async_trait::async_trait;
use domain::ids::Place;
use domain::watch::Watch;
use store::command::{ApproveSweep, MarkNotAhead, NoteClock, PlaceGuard, ResetMark};
use store::fault::{Fault, Outcome};
use store::port::GuardStore;

use super::{SqliteStore, unrejected};
use crate::{commands, queries};

#[async_trait]
impl GuardStore for SqliteStore {
    async fn place_guard(&self, place: Place) -> Result<PlaceGuard, Fault> {
        self.reader.ask(queries::place_guard::run, place).await
    }

    async fn approve_sweep(&self, command: ApproveSweep) -> Result<(), Fault> {
        unrejected(self.writer.run(commands::approve_sweep::run, command).await)
    }

    async fn reset_mark(&self, command: ResetMark) -> Outcome<(), MarkNotAhead> {
        self.writer.run(commands::reset_mark::run, command).await
    }

    async fn note_clock(&self, command: NoteClock) -> Result<Watch, Fault> {
        unrejected(self.writer.run(commands::note_clock::run, command).await)
    }
}

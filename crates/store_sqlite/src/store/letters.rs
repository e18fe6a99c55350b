//! The embedded store's part that is about letters.
//!
//! Must not touch the database itself: commands go to the writer, questions to the reader.

use async_trait::async_trait;
use domain::ids::Place;
use domain::time::Timestamp;
use store::command::{
    CausePage, ClaimLetters, ClaimedCopy, CursorMoved, EventPosition, Heard, LettersStanding,
    PruneLetters, RecordCopy, TakeCauses,
};
use store::fault::{Fault, Outcome};
use store::port::LetterStore;

use super::{SqliteStore, unrejected};
use crate::commands;
use crate::queries::letters as queries;

#[async_trait]
impl LetterStore for SqliteStore {
    async fn list_causes(&self, after: EventPosition, limit: u32) -> Result<CausePage, Fault> {
        self.reader.ask(queries::list_causes, (after, limit)).await
    }

    async fn take_causes(&self, command: TakeCauses) -> Outcome<(), CursorMoved> {
        self.writer.run(commands::take_causes::run, command).await
    }

    async fn claim_letters(&self, command: ClaimLetters) -> Result<Vec<ClaimedCopy>, Fault> {
        unrejected(self.writer.run(commands::claim_letters::run, command).await)
    }

    async fn record_copies(&self, copies: Vec<RecordCopy>) -> Result<Vec<Heard>, Fault> {
        unrejected(self.writer.run(commands::record_copies::run, copies).await)
    }

    async fn prune_letters(&self, command: PruneLetters) -> Result<u32, Fault> {
        unrejected(self.writer.run(commands::prune_letters::run, command).await)
    }

    async fn next_letter_at(&self, place: Place) -> Result<Option<Timestamp>, Fault> {
        self.reader.ask(queries::next_letter_at, place).await
    }

    async fn letters_standing(&self, place: Place) -> Result<LettersStanding, Fault> {
        self.reader.ask(queries::letters_standing, place).await
    }
}

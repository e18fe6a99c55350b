//! The part of the switchable store that is about letters.

use async_trait::async_trait;
use domain::ids::Place;
use domain::time::Timestamp;
use store::command::{
    CausePage, ClaimLetters, ClaimedCopy, CursorMoved, EventPosition, Heard, LettersStanding,
    PruneLetters, RecordCopy, TakeCauses,
};
use store::fault::{Fault, Outcome};
use store::port::LetterStore;

use super::SwitchableStore;

#[async_trait]
impl LetterStore for SwitchableStore {
    async fn list_causes(&self, after: EventPosition, limit: u32) -> Result<CausePage, Fault> {
        self.check()?;
        self.model.list_causes(after, limit).await
    }

    async fn take_causes(&self, command: TakeCauses) -> Outcome<(), CursorMoved> {
        self.command(self.model.take_causes(command)).await?
    }

    async fn claim_letters(&self, command: ClaimLetters) -> Result<Vec<ClaimedCopy>, Fault> {
        self.command(self.model.claim_letters(command)).await?
    }

    async fn record_copies(&self, copies: Vec<RecordCopy>) -> Result<Vec<Heard>, Fault> {
        self.command(self.model.record_copies(copies)).await?
    }

    async fn prune_letters(&self, command: PruneLetters) -> Result<u32, Fault> {
        self.command(self.model.prune_letters(command)).await?
    }

    async fn next_letter_at(&self, place: Place) -> Result<Option<Timestamp>, Fault> {
        self.check()?;
        self.model.next_letter_at(place).await
    }

    async fn letters_standing(&self, place: Place) -> Result<LettersStanding, Fault> {
        self.check()?;
        self.model.letters_standing(place).await
    }
}

//! The port of letters: causes are taken once, copies are sent in hand, and what came of them is kept.
//!
//! Must not write a letter's text, nor send one.

use async_trait::async_trait;
use domain::ids::Place;
use domain::time::Timestamp;

use crate::command::{
    CausePage, ClaimLetters, ClaimedCopy, CursorMoved, EventPosition, Heard, LettersStanding,
    PruneLetters, RecordCopy, TakeCauses,
};
use crate::fault::{Fault, Outcome};

/// The part of a store that is about letters.
#[async_trait]
pub trait LetterStore: Send + Sync {
    /// A page of events and alerts behind this position, from one to
    /// [`PAGE_MAX`](crate::command::PAGE_MAX), as they stand at one moment.
    async fn list_causes(&self, after: EventPosition, limit: u32) -> Result<CausePage, Fault>;

    /// Moves the cursor of letters, and writes what follows from the causes before it.
    async fn take_causes(&self, command: TakeCauses) -> Outcome<(), CursorMoved>;

    /// Takes in hand what is due.
    async fn claim_letters(&self, command: ClaimLetters) -> Result<Vec<ClaimedCopy>, Fault>;

    /// Records what came of copies, each by itself; says of each whether it was heard.
    async fn record_copies(&self, copies: Vec<RecordCopy>) -> Result<Vec<Heard>, Fault>;

    /// Deletes old letters and alerts; says how many rows of both.
    async fn prune_letters(&self, command: PruneLetters) -> Result<u32, Fault>;

    /// When the next letter of a place is due; none where none is left.
    async fn next_letter_at(&self, place: Place) -> Result<Option<Timestamp>, Fault>;

    /// How the letters of a place stand. It counts all that are kept.
    async fn letters_standing(&self, place: Place) -> Result<LettersStanding, Fault>;
}

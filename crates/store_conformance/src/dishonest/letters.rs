//! How the liar keeps letters.
//!
//! Must pass on to the model whatever the lie is not about.

use async_trait::async_trait;
use domain::ids::Place;
use domain::language::Language;
use domain::letter::NEWS_MAX;
use domain::time::Timestamp;
use store::command::{
    Cause, CausePage, ClaimLetters, ClaimedCopy, CopyEnding, CursorMoved, DueCopies, EventPosition,
    Heard, LettersStanding, PruneLetters, RecordCopy, TakeCauses,
};
use store::fault::{Failure, Fault, Outcome};
use store::port::LetterStore;

use super::{DishonestStore, Lie};
use crate::scene::here;

/// One way to be wrong about letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterLie {
    /// How often a copy failed is not kept.
    ForgetsFailures,
    /// When a copy failed first is not kept.
    ForgetsFirstFailures,
    /// What is given up is written down as sent.
    GivesUpWithoutAWord,
    /// Copies of other places are handed out.
    HandsOutElsewhere,
    /// Whoever asks for what failed long ago gets what was never tried.
    HandsOutTheUntried,
    /// What is in a hand is handed out again.
    HandsOutTwice,
    /// Copies are handed out before they are due.
    HandsOutTooEarly,
    /// Whoever comes back late is heard.
    HearsWhoeverComes,
    /// Nobody hears when the next letter is due.
    HidesTheNextLetter,
    /// Old letters are kept for ever.
    KeepsOldLetters,
    /// Alerts stand behind all events.
    ListsAlertsLast,
    /// A letter in the one language is joined by news in the other.
    MixesLanguages,
    /// A letter goes on taking news when it is full.
    OverfillsLetters,
    /// A short page ends behind everything that there is.
    PassesOverCauses,
    /// Letters of every place are deleted.
    PrunesEverywhere,
    /// Letters are deleted too early.
    PrunesTheYoung,
    /// Alerts are no cause for a letter.
    SkipsAlerts,
    /// Causes are taken again by whoever comes second.
    TakesCausesTwice,
    /// What failed is due at once.
    TriesAtOnceAgain,
    /// Every letter waits for the end of its day.
    WaitsForTheDaysEnd,
    /// No letter waits for the end of its day.
    WaitsForNothing,
    /// Each piece of news begins a letter.
    WritesALetterForEach,
    /// Only the first of several people is written to.
    WritesToTheFirst,
}

#[async_trait]
impl LetterStore for DishonestStore {
    async fn list_causes(&self, after: EventPosition, limit: u32) -> Result<CausePage, Fault> {
        let mut page = self.honest.list_causes(after, limit).await?;
        let is_alert = |cause: &Cause| matches!(cause, Cause::Alert(_));
        if self.tells_of_letters(LetterLie::SkipsAlerts) {
            page.items.retain(|cause| !is_alert(cause));
        }
        if self.tells_of_letters(LetterLie::ListsAlertsLast) {
            page.items.sort_by_key(is_alert);
        }
        if page.more && self.tells_of_letters(LetterLie::PassesOverCauses) {
            page.end = EventPosition { epoch: page.end.epoch + 1, ordinal: 0 };
        }
        Ok(page)
    }

    async fn take_causes(&self, mut command: TakeCauses) -> Outcome<(), CursorMoved> {
        for new in &mut command.news {
            if self.tells_of_letters(LetterLie::WritesALetterForEach) {
                new.window.day = new.letter.to_string().into();
            }
            if self.tells_of_letters(LetterLie::WaitsForNothing) {
                new.window.end_at = new.window.soon_at;
            }
            if self.tells_of_letters(LetterLie::WaitsForTheDaysEnd) {
                new.window.soon_at = new.window.end_at;
            }
            if self.tells_of_letters(LetterLie::MixesLanguages) {
                new.language = Language::English;
            }
            if self.tells_of_letters(LetterLie::WritesToTheFirst) {
                new.to.truncate(1);
            }
        }
        match self.honest.take_causes(command).await {
            Err(Failure::Rejected(CursorMoved))
                if self.tells_of_letters(LetterLie::TakesCausesTwice) =>
            {
                Ok(())
            }
            outcome => outcome,
        }
    }

    async fn claim_letters(&self, mut command: ClaimLetters) -> Result<Vec<ClaimedCopy>, Fault> {
        if self.tells_of_letters(LetterLie::HandsOutTooEarly) {
            command.now = command.now.plus_millis(1);
        }
        if self.tells_of_letters(LetterLie::HandsOutTheUntried) {
            command.which = DueCopies::All;
        }
        let claimed = self.honest.claim_letters(command.clone()).await?;
        let mut claimed = self.leave_letters(claimed, command.now).await?;
        if self.tells_of_letters(LetterLie::HandsOutElsewhere) {
            let elsewhere = ClaimLetters { place: here(), ..command };
            claimed.extend(self.honest.claim_letters(elsewhere).await?);
        }
        if self.tells_of_letters(LetterLie::HandsOutTwice) {
            let back = |copy: &ClaimedCopy| RecordCopy {
                hand: copy.hand,
                at: Timestamp::EPOCH,
                ending: CopyEnding::PutBack,
            };
            self.honest.record_copies(claimed.iter().map(back).collect()).await?;
        }
        if self.tells_of_letters(LetterLie::OverfillsLetters) {
            claimed = overfilled(claimed);
        }
        if self.tells_of_letters(LetterLie::ForgetsFirstFailures) {
            claimed.iter_mut().for_each(|copy| copy.first_failed_at = None);
        }
        if self.tells_of_letters(LetterLie::ForgetsFailures) {
            claimed.iter_mut().for_each(|copy| copy.failures = 0);
        }
        Ok(claimed)
    }

    async fn record_copies(&self, mut copies: Vec<RecordCopy>) -> Result<Vec<Heard>, Fault> {
        let tried = copies.iter().map(|one| ((one.hand.letter, one.hand.copy), one.at));
        self.notes().letters_failed_at.extend(tried);
        for copy in &mut copies {
            match &mut copy.ending {
                CopyEnding::Failed { next_at }
                    if self.tells_of_letters(LetterLie::TriesAtOnceAgain) =>
                {
                    *next_at = copy.at;
                }
                CopyEnding::GivenUp { .. }
                    if self.tells_of_letters(LetterLie::GivesUpWithoutAWord) =>
                {
                    copy.ending = CopyEnding::Sent;
                }
                CopyEnding::Failed { .. }
                | CopyEnding::GivenUp { .. }
                | CopyEnding::Sent
                | CopyEnding::PutBack => {}
            }
        }
        let mut heard = self.honest.record_copies(copies).await?;
        if self.tells_of_letters(LetterLie::HearsWhoeverComes) {
            heard.fill(Heard::Yes);
        }
        Ok(heard)
    }

    async fn prune_letters(&self, mut command: PruneLetters) -> Result<u32, Fault> {
        if self.tells_of_letters(LetterLie::KeepsOldLetters) {
            return Ok(0);
        }
        if self.tells_of_letters(LetterLie::PrunesTheYoung) {
            command.until = command.until.plus_millis(1);
        }
        if self.tells_of_letters(LetterLie::PrunesEverywhere) {
            command.place = here();
        }
        self.honest.prune_letters(command).await
    }

    async fn next_letter_at(&self, place: Place) -> Result<Option<Timestamp>, Fault> {
        if self.tells_of_letters(LetterLie::HidesTheNextLetter) {
            return Ok(None);
        }
        self.honest.next_letter_at(place).await
    }

    async fn letters_standing(&self, place: Place) -> Result<LettersStanding, Fault> {
        self.honest.letters_standing(place).await
    }
}

impl DishonestStore {
    fn tells_of_letters(&self, lie: LetterLie) -> bool {
        self.tells(Lie::Letters(lie))
    }
}

/// The copies, with what had no room in one letter joined to it.
fn overfilled(copies: Vec<ClaimedCopy>) -> Vec<ClaimedCopy> {
    let mut joined: Vec<ClaimedCopy> = Vec::new();
    for copy in copies {
        let full = joined.iter_mut().find(|other| {
            let most = other.news.len().max(copy.news.len());
            most >= NEWS_MAX as usize && (other.account, &other.to) == (copy.account, &copy.to)
        });
        match full {
            Some(full) => full.news.extend(copy.news),
            None => joined.push(copy),
        }
    }
    joined
}

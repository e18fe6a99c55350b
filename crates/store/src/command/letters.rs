//! The commands and questions about letters, as plain data.
//!
//! Must not hold anything that a store would have to make up, nor a word of a letter's text.

use domain::ids::{AccountId, LetterId, Place};
use domain::language::Language;
use domain::letter::{News, Topic, Window};
use domain::mail::MailAddress;
use domain::time::Timestamp;

use super::{AlertRow, EventPosition, EventRow, Trail};

/// Something that was written of which people may have to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// What happened to a key.
    Event(EventRow),
    /// Trouble with a webhook. It stands where its change stands, which has no events.
    Alert(AlertRow),
}

impl Cause {
    /// Where it stands.
    #[must_use]
    pub const fn position(&self) -> EventPosition {
        match self {
            Self::Event(row) => row.position,
            Self::Alert(row) => EventPosition { epoch: row.epoch, ordinal: 0 },
        }
    }
}

/// A page of causes, events and alerts in the order of their changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CausePage {
    /// The causes. One that cannot be read is left out.
    pub items: Vec<Cause>,
    /// Behind the last row that was looked at: the next page goes on here, whenever it is asked for.
    pub end: EventPosition,
    /// Whether there may be more already.
    pub more: bool,
}

/// News for the people of an account: they join a letter that waits for more, or begin one.
///
/// They join a letter of the same account, topic, day, language and addresses that was not handed out
/// yet, is not full (see [`NEWS_MAX`](domain::letter::NEWS_MAX)), and waits beyond the instant of the
/// news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNews {
    /// The letter, if they begin one.
    pub letter: LetterId,
    /// Where their cause stands. Each cause has one row of news at most.
    pub position: EventPosition,
    /// Where the account is.
    pub place: Place,
    /// Whose people are told.
    pub account: AccountId,
    /// What it is about.
    pub topic: Topic,
    /// When the news happened.
    pub at: Timestamp,
    /// Until when the letter may wait.
    pub window: Window,
    /// In which language.
    pub language: Language,
    /// To whom: 1 to [`ADDRESSES_MAX`](domain::letter::ADDRESSES_MAX).
    pub to: Vec<MailAddress>,
    /// What is told.
    pub news: News,
}

/// Takes causes for letters: moves the cursor of [`Consumer::Mail`](super::Consumer::Mail) and writes
/// what follows from them, all or nothing. Takes no epoch.
#[derive(Clone, Debug)]
pub struct TakeCauses {
    /// Where the cursor must stand.
    pub from: EventPosition,
    /// Where it stands afterwards.
    pub to: EventPosition,
    /// What follows, in the order of the causes.
    pub news: Vec<NewNews>,
}

/// Which of the copies that are due are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueCopies {
    /// All, those first that are due first.
    All,
    /// Those that failed first before this instant, those first that failed first.
    FailedBefore(Timestamp),
}

/// Takes in hand copies of letters that are due in a place. What somebody took in hand and did not come
/// back from in time is free again.
#[derive(Clone, Debug)]
pub struct ClaimLetters {
    /// Which place.
    pub place: Place,
    /// Which of them.
    pub which: DueCopies,
    /// The instant there, by which copies are due.
    pub now: Timestamp,
    /// The instant of the system's clock, by which hands are free again.
    pub clock: Timestamp,
    /// Until when, by that clock, what is taken is in this hand.
    pub until: Timestamp,
    /// How many at most.
    pub limit: u32,
}

/// A copy of a letter in hand: what goes to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedCopy {
    /// Which copy, in whose hand.
    pub hand: CopyHand,
    /// Whose people are told.
    pub account: AccountId,
    /// In which language.
    pub language: Language,
    /// To whom.
    pub to: MailAddress,
    /// When the letter was due first; its date.
    pub due_at: Timestamp,
    /// How often this copy failed.
    pub failures: u32,
    /// When it failed first, in the time of its place.
    pub first_failed_at: Option<Timestamp>,
    /// The news in the order of their causes: one at least.
    pub news: Vec<News>,
}

/// Names a copy of a letter in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyHand {
    /// Which letter.
    pub letter: LetterId,
    /// Which of its copies, from zero.
    pub copy: u8,
    /// The number of the hand: whoever comes back with an older one is not heard.
    pub fence: u64,
}

/// Records what came of a copy in hand. Takes no epoch, except where it is given up.
#[derive(Clone, Debug)]
pub struct RecordCopy {
    /// Which copy, in whose hand.
    pub hand: CopyHand,
    /// When, in the time of its place.
    pub at: Timestamp,
    /// What came of it.
    pub ending: CopyEnding,
}

/// What came of a copy in hand.
#[derive(Clone, Debug)]
pub enum CopyEnding {
    /// The mail server took it.
    Sent,
    /// It was not taken, and is due again at this instant.
    Failed {
        /// When.
        next_at: Timestamp,
    },
    /// It was not taken, and is not tried again.
    GivenUp {
        /// What tells of it.
        trail: Trail,
    },
    /// It was not tried: it is due as before.
    PutBack,
}

/// Deletes letters of a place of which every copy was sent or given up by this instant, and alerts of
/// the place from before it that were taken.
#[derive(Clone, Debug)]
pub struct PruneLetters {
    /// Which place.
    pub place: Place,
    /// Up to which instant.
    pub until: Timestamp,
    /// How many letters, and how many alerts, at most.
    pub limit: u32,
}

/// How the letters of a place stand: copies of letters that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LettersStanding {
    /// How many are to be sent.
    pub open: u64,
    /// How many of those failed at least once.
    pub failing: u64,
    /// How many were sent.
    pub sent: u64,
    /// How many were given up.
    pub given_up: u64,
    /// When the next one is due.
    pub next_at: Option<Timestamp>,
}

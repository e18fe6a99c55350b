//! Sends letters that are due, one copy at a time, and records what came of each.
//!
//! Sent again after a crash, a copy carries the same identity. Must not write to anybody whom the
//! letter does not name, nor let one letter that cannot be sent hold up the others for ever.

use domain::audit::{Action, Actor};
use domain::entropy::Entropy;
use domain::ids::RequestId;
use domain::letter::{
    KEPT_MS, KeyNews, News, NextAttempt, WebhookNews, WebhookTrouble, given_up_before,
    next_attempt, next_attempt_after_fault,
};
use domain::time::{Reading, Timestamp};
use store::command::{
    ClaimLetters, ClaimedCopy, CopyEnding, DueCopies, Heard, LettersStanding, PruneLetters,
    RecordCopy, Trail,
};
use store::fault::Fault;

use crate::context::Context;
use crate::correspondence::Correspondence;
use crate::engine::Engine;
use crate::place::PlaceRef;
use crate::ports::postman::{Letter, MailFault, MailTrouble, ServerSaid};
use crate::ports::scribe::{Matter, Notice};

/// For how long a copy is in a hand. A postman takes [`POSTMAN_MS_MAX`] at most.
const IN_HAND_MS: i64 = 75_000;
/// Longest time that a postman may take over a letter, in milliseconds.
pub const POSTMAN_MS_MAX: i64 = 60_000;
/// Most copies that are given up by one command.
const GIVEN_UP_AT_ONCE: u32 = 64;
/// Most letters that are deleted by one command: the store's writer is held meanwhile.
const DELETED_AT_ONCE: u32 = 64;

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The mail server took it.
    Sent,
    /// The mail server put it off; it is tried again.
    PutOff(ServerSaid),
    /// It is not tried again.
    GivenUp(MailTrouble),
    /// The mail server cannot be used; all letters wait, but for this one if it has waited too long.
    Fault {
        /// What is wrong with it.
        fault: MailFault,
        /// Whether this letter is not tried again.
        is_given_up: bool,
    },
    /// It was tried, and somebody else had it in hand by then.
    TooLate,
}

impl Engine {
    /// Sends the copy of a place that is due first; `None` where none is.
    ///
    /// # Errors
    /// A fault of the store: whether it was sent may not be recorded then, and it is sent again under
    /// the same identity.
    pub async fn send_next_letter(
        &self,
        place: &PlaceRef,
        mail: &Correspondence,
        reading: Reading,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<Option<Posted>, Fault> {
        let claimed = self.claim_letters(place, DueCopies::All, reading, 1).await?;
        let Some(copy) = claimed.into_iter().next() else { return Ok(None) };
        let letter = letter_of(place, mail, &copy);
        let at = place.time(reading);
        let sent = mail.postman().send(&letter).await;
        let (ending, posted) = match sent {
            Ok(()) => (CopyEnding::Sent, Posted::Sent),
            Err(trouble) => {
                let next = match &trouble {
                    MailTrouble::Deferred(_) => {
                        next_attempt(copy.failures, copy.first_failed_at, at)
                    }
                    MailTrouble::Fault(_) => next_attempt_after_fault(copy.first_failed_at, at),
                    MailTrouble::Refused(_) => NextAttempt::Never,
                };
                after_trouble(place, &copy, trouble, next, reading, entropy)
            }
        };
        let is_sent = matches!(ending, CopyEnding::Sent);
        let is_given_up = matches!(ending, CopyEnding::GivenUp { .. });
        let record = RecordCopy { hand: copy.hand, at, ending };
        let heard = self.store.record_copies(vec![record]).await?;
        let in_time = heard.first().is_some_and(|heard| *heard == Heard::Yes);
        self.count(place, |done| {
            done.letters_sent += u64::from(in_time && is_sent);
            done.letters_given_up += u64::from(in_time && is_given_up);
        });
        Ok(Some(if in_time { posted } else { Posted::TooLate }))
    }

    /// Gives up letters of a place that failed first so long ago that nobody tries them any more; says
    /// how many: none on the day after a leap of the clock. To be called only when the mail server was
    /// just found to be unusable: otherwise each has one more attempt.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn give_up_letters(
        &self,
        place: &PlaceRef,
        reading: Reading,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<u32, Fault> {
        let at = place.time(reading);
        // Whoever was off for days has attempts to make up for, and a clock may be wrong.
        if !self.watched_clock(place, reading).await?.may_delete(at) {
            return Ok(0);
        }
        let which = DueCopies::FailedBefore(given_up_before(at));
        let mut records = Vec::new();
        for copy in self.claim_letters(place, which, reading, GIVEN_UP_AT_ONCE).await? {
            let ending = CopyEnding::GivenUp { trail: trail(place, &copy, reading, entropy) };
            records.push(RecordCopy { hand: copy.hand, at, ending });
        }
        let heard = self.store.record_copies(records).await?;
        let given_up = heard.iter().filter(|heard| **heard == Heard::Yes).count();
        let given_up = u32::try_from(given_up).unwrap_or(u32::MAX);
        self.count(place, |done| done.letters_given_up += u64::from(given_up));
        Ok(given_up)
    }

    /// Notes what the clock of a place shows, if that is due, and deletes some letters that were sent or
    /// given up 14 days ago, and alerts as old; says how many. With none there is nothing left that may be
    /// deleted: for a day after a leap of the clock nothing may. To be called in the turn of whoever moves
    /// the clock.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn prune_letters(&self, place: &PlaceRef, reading: Reading) -> Result<u32, Fault> {
        let at = place.time(reading);
        if !self.watched_clock(place, reading).await?.may_delete(at) {
            return Ok(0);
        }
        let until = at.plus_millis(-KEPT_MS);
        let (place, limit) = (place.place().clone(), DELETED_AT_ONCE);
        self.store.prune_letters(PruneLetters { place, until, limit }).await
    }

    /// How the letters of a place stand.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn letters_standing(&self, place: &PlaceRef) -> Result<LettersStanding, Fault> {
        self.store.letters_standing(place.place().clone()).await
    }

    async fn claim_letters(
        &self,
        place: &PlaceRef,
        which: DueCopies,
        reading: Reading,
        limit: u32,
    ) -> Result<Vec<ClaimedCopy>, Fault> {
        let (now, clock) = (place.time(reading), reading.real());
        let (place, until) = (place.place().clone(), clock.plus_millis(IN_HAND_MS));
        self.store.claim_letters(ClaimLetters { place, which, now, clock, until, limit }).await
    }
}

fn after_trouble(
    place: &PlaceRef,
    copy: &ClaimedCopy,
    trouble: MailTrouble,
    next: NextAttempt,
    reading: Reading,
    entropy: &mut (dyn Entropy + Send),
) -> (CopyEnding, Posted) {
    match (next, trouble) {
        (NextAttempt::At(next_at), MailTrouble::Deferred(said)) => {
            (CopyEnding::Failed { next_at }, Posted::PutOff(said))
        }
        // The others are told of the fault also where this one is given up over it.
        (NextAttempt::At(next_at), MailTrouble::Fault(fault)) => {
            (CopyEnding::Failed { next_at }, Posted::Fault { fault, is_given_up: false })
        }
        (NextAttempt::Never, MailTrouble::Fault(fault)) => {
            let trail = trail(place, copy, reading, entropy);
            (CopyEnding::GivenUp { trail }, Posted::Fault { fault, is_given_up: true })
        }
        (_, trouble @ (MailTrouble::Refused(_) | MailTrouble::Deferred(_))) => {
            let trail = trail(place, copy, reading, entropy);
            (CopyEnding::GivenUp { trail }, Posted::GivenUp(trouble))
        }
    }
}

/// The copy as it is handed over: the same on every attempt.
fn letter_of(place: &PlaceRef, mail: &Correspondence, copy: &ClaimedCopy) -> Letter {
    let notice = Notice {
        place: format!("{} ({})", place.place().realm, place.environment()),
        zone: place.realm().time_zone.clone(),
        link: mail.link(place, copy.account),
        matter: matter_of(&copy.news),
    };
    let written = mail.scribe().write(&notice, copy.language);
    Letter {
        id: format!("{}-{}", copy.hand.letter, copy.hand.copy).into(),
        at: copy.due_at,
        to: copy.to.clone(),
        subject: written.subject,
        text: written.text,
        html: written.html,
        language: copy.language,
    }
}

/// What the news of one letter come to. They are of one topic, and there is one at least.
fn matter_of(news: &[News]) -> Matter {
    let mut keys: Vec<KeyNews> = Vec::new();
    let mut webhook: Option<WebhookNews> = None;
    for news in news {
        match news {
            News::Key(key) => keys.push(key.clone()),
            News::Webhook(next) => {
                let trouble = match &webhook {
                    Some(before) => together(before.trouble, next.trouble),
                    None => next.trouble,
                };
                webhook = Some(WebhookNews { trouble, ..next.clone() });
            }
        }
    }
    match (webhook, keys.len()) {
        (Some(webhook), _) => Matter::Webhook(webhook),
        (None, 1) => Matter::Key(keys.remove(0)),
        (None, _) => Matter::Digest(keys),
    }
}

/// Trouble that comes after other trouble of the same webhook in one letter.
fn together(before: WebhookTrouble, next: WebhookTrouble) -> WebhookTrouble {
    match (before, next) {
        (
            WebhookTrouble::EventsDeleted { count: before, youngest_at: earlier },
            WebhookTrouble::EventsDeleted { count, youngest_at },
        ) => {
            let youngest_at: Timestamp = youngest_at.max(earlier);
            WebhookTrouble::EventsDeleted { count: count.saturating_add(before), youngest_at }
        }
        (_, next) => next,
    }
}

/// What tells of a letter that is given up. It names nobody: addresses do not belong into a trail.
fn trail(
    place: &PlaceRef,
    copy: &ClaimedCopy,
    reading: Reading,
    entropy: &mut (dyn Entropy + Send),
) -> Trail {
    let now = place.time(reading);
    let request_id = RequestId::random(entropy);
    let mut context = Context { now, actor: Actor::System, request_id, once: None, entropy };
    context.trail(Action::GiveUpLetter, Some(place.place()), copy.hand.letter.to_string())
}

//! The model's letters: what is written to whom, and in whose hand it is.
//!
//! Must not be clever: it looks through everything. Must not write before the last check passed.

use std::collections::HashSet;

use async_trait::async_trait;
use domain::audit::Action;
use domain::ids::Place;
use domain::letter::NEWS_MAX;
use domain::mail::MailAddress;
use domain::time::Timestamp;

use super::state::State;
use super::{ModelStore, Written};
use crate::command::{
    Cause, CausePage, ClaimLetters, ClaimedCopy, Consumer, CopyEnding, CopyHand, CursorMoved,
    DueCopies, EventPosition, Heard, LettersStanding, NewNews, PAGE_MAX, PruneLetters, RecordCopy,
    TakeCauses,
};
use crate::fault::{Failure, Fault, Outcome};
use crate::port::LetterStore;

/// All letters, in the order in which they were begun.
#[derive(Default)]
pub(super) struct Letters {
    rows: Vec<Letter>,
    /// The causes that have news.
    told: HashSet<EventPosition>,
}

/// One letter: the news that began it, all of its news, and its copies.
struct Letter {
    first: NewNews,
    news: Vec<NewNews>,
    closes_at: Timestamp,
    /// Whether it was handed out: nothing joins it any more.
    sealed: bool,
    copies: Vec<Copy>,
}

/// What goes to one address.
struct Copy {
    to: MailAddress,
    failures: u32,
    first_failed_at: Option<Timestamp>,
    state: CopyState,
    fence: u64,
    claimed_until: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CopyState {
    Due(Timestamp),
    Sent(Timestamp),
    GivenUp(Timestamp),
}

impl Copy {
    /// By which instant it has its turn among these, if it is one of them.
    fn turn(&self, which: DueCopies) -> Option<Timestamp> {
        match (which, self.state) {
            (_, CopyState::Sent(_) | CopyState::GivenUp(_)) => None,
            (DueCopies::All, CopyState::Due(at)) => Some(at),
            (DueCopies::FailedBefore(before), CopyState::Due(_)) => {
                self.first_failed_at.filter(|first| *first < before)
            }
        }
    }
}

impl Letter {
    fn takes(&self, new: &NewNews) -> bool {
        let first = &self.first;
        let alike = (&first.place, first.account, first.topic, &first.window.day, first.language)
            == (&new.place, new.account, new.topic, &new.window.day, new.language);
        let room = self.news.len() < NEWS_MAX as usize;
        alike && first.to == new.to && room && !self.sealed && self.closes_at > new.at
    }

    /// When the last copy was done; `None` while one is not.
    fn done_at(&self) -> Option<Timestamp> {
        let each = self.copies.iter().map(|copy| match copy.state {
            CopyState::Due(_) => None,
            CopyState::Sent(at) | CopyState::GivenUp(at) => Some(at),
        });
        each.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

impl State {
    fn list_causes(&self, after: EventPosition, limit: u32) -> CausePage {
        let events = self.events.iter().cloned().map(Cause::Event);
        let alerts = self.deliveries.alerts().iter().cloned().map(Cause::Alert);
        let mut items: Vec<Cause> = events.chain(alerts).collect();
        items.retain(|cause| cause.position() > after);
        items.sort_by_key(Cause::position);
        let limit = limit.clamp(1, PAGE_MAX) as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let end = items.last().map_or(after, Cause::position);
        CausePage { items, end, more }
    }

    fn take_causes(&mut self, command: TakeCauses) -> Outcome<(), CursorMoved> {
        let TakeCauses { from, to, news } = command;
        if !self.deliveries.move_cursor(Consumer::Mail, from, to) {
            return Err(Failure::Rejected(CursorMoved));
        }
        for new in news {
            if self.letters.told.insert(new.position) {
                self.letters.tell(new);
            }
        }
        Ok(())
    }

    fn claim_letters(&mut self, command: &ClaimLetters) -> Vec<ClaimedCopy> {
        let ClaimLetters { place, which, now, clock, until, limit } = command;
        let mut due = Vec::new();
        for (at, letter) in self.letters.rows.iter_mut().enumerate() {
            for (number, copy) in letter.copies.iter_mut().enumerate() {
                copy.claimed_until = copy.claimed_until.filter(|end| end > clock);
                let turn = copy.turn(*which);
                if let CopyState::Due(due_at) = copy.state
                    && let Some(turn) = turn
                    && due_at <= *now
                    && copy.claimed_until.is_none()
                    && letter.first.place == *place
                {
                    due.push((turn, letter.first.letter, number, at));
                }
            }
        }
        due.sort_unstable();
        due.truncate(*limit as usize);
        let rows = &mut self.letters.rows;
        let taken = due.into_iter().filter_map(|(_, _, number, at)| {
            let letter = rows.get_mut(at)?;
            letter.sealed = true;
            let copy = letter.copies.get_mut(number)?;
            copy.fence += 1;
            copy.claimed_until = Some(*until);
            let number = u8::try_from(number).ok()?;
            Some(ClaimedCopy {
                hand: CopyHand { letter: letter.first.letter, copy: number, fence: copy.fence },
                account: letter.first.account,
                language: letter.first.language,
                to: copy.to.clone(),
                due_at: letter.closes_at,
                failures: copy.failures,
                first_failed_at: copy.first_failed_at,
                news: letter.news.iter().map(|new| new.news.clone()).collect(),
            })
        });
        taken.collect()
    }

    fn record_copy(&mut self, done: &RecordCopy) -> Result<Heard, Fault> {
        if self.letters.in_hand(done.hand).is_none() {
            return Ok(Heard::No);
        }
        if let CopyEnding::GivenUp { trail } = &done.ending {
            self.write_trail(&trail.of(Action::GiveUpLetter), [])?;
        }
        let Some(copy) = self.letters.in_hand(done.hand) else { return Ok(Heard::No) };
        copy.claimed_until = None;
        match &done.ending {
            CopyEnding::Sent => copy.state = CopyState::Sent(done.at),
            CopyEnding::GivenUp { .. } => copy.state = CopyState::GivenUp(done.at),
            CopyEnding::Failed { next_at } => {
                copy.failures += 1;
                copy.first_failed_at.get_or_insert(done.at);
                copy.state = CopyState::Due(*next_at);
            }
            CopyEnding::PutBack => {}
        }
        Ok(Heard::Yes)
    }

    fn prune_letters(&mut self, command: &PruneLetters) -> u32 {
        let PruneLetters { place, until, limit } = command;
        let rows = &mut self.letters.rows;
        let old = |letter: &Letter| {
            letter.first.place == *place && letter.done_at().is_some_and(|at| at <= *until)
        };
        let gone: Vec<_> = rows
            .iter()
            .filter(|letter| old(letter))
            .take(*limit as usize)
            .map(|letter| letter.first.letter)
            .collect();
        rows.retain(|letter| !gone.contains(&letter.first.letter));
        let alerts = self.deliveries.prune_alerts(place, *until, *limit);
        u32::try_from(gone.len()).unwrap_or(u32::MAX).saturating_add(alerts)
    }

    fn letters_standing(&self, place: &Place) -> LettersStanding {
        let mut standing = LettersStanding::default();
        let theirs = self.letters.rows.iter().filter(|letter| letter.first.place == *place);
        for copy in theirs.flat_map(|letter| &letter.copies) {
            match copy.state {
                CopyState::Sent(_) => standing.sent += 1,
                CopyState::GivenUp(_) => standing.given_up += 1,
                CopyState::Due(at) => {
                    standing.open += 1;
                    standing.failing += u64::from(copy.failures > 0);
                    standing.next_at = Some(standing.next_at.map_or(at, |next| next.min(at)));
                }
            }
        }
        standing
    }
}

impl Letters {
    /// Adds news to a letter that takes them, or begins one.
    fn tell(&mut self, new: NewNews) {
        if let Some(letter) = self.rows.iter_mut().find(|letter| letter.takes(&new)) {
            letter.news.push(new);
            return;
        }
        let same = |letter: &&Letter| {
            let first = &letter.first;
            (&first.place, first.account, first.topic, &first.window.day)
                == (&new.place, new.account, new.topic, &new.window.day)
        };
        let before = u32::try_from(self.rows.iter().filter(same).count()).unwrap_or(u32::MAX);
        let closes_at = new.window.closes_at(before);
        let copy = |to: &MailAddress| Copy {
            to: to.clone(),
            failures: 0,
            first_failed_at: None,
            state: CopyState::Due(closes_at),
            fence: 0,
            claimed_until: None,
        };
        let copies = new.to.iter().map(copy).collect();
        let news = vec![new.clone()];
        self.rows.push(Letter { first: new, news, closes_at, sealed: false, copies });
    }

    /// Makes copies of a place due now that are due later than this, and frees what is in a hand for
    /// longer than that, by the system's clock.
    pub(super) fn mend(
        &mut self,
        place: &Place,
        now: Timestamp,
        (due_latest, hand_latest): (Timestamp, Timestamp),
    ) {
        let theirs = self.rows.iter_mut().filter(|letter| letter.first.place == *place);
        for copy in theirs.flat_map(|letter| &mut letter.copies) {
            if matches!(copy.state, CopyState::Due(at) if at > due_latest) {
                copy.state = CopyState::Due(now);
            }
            copy.claimed_until = copy.claimed_until.filter(|until| *until <= hand_latest);
        }
    }

    /// The copy that is still in this hand.
    fn in_hand(&mut self, hand: CopyHand) -> Option<&mut Copy> {
        let letter = self.rows.iter_mut().find(|letter| letter.first.letter == hand.letter)?;
        let copy = letter.copies.get_mut(usize::from(hand.copy))?;
        (copy.fence == hand.fence && copy.claimed_until.is_some()).then_some(copy)
    }
}

#[async_trait]
impl LetterStore for ModelStore {
    async fn list_causes(&self, after: EventPosition, limit: u32) -> Result<CausePage, Fault> {
        Ok(self.lock().state.list_causes(after, limit))
    }

    async fn take_causes(&self, command: TakeCauses) -> Outcome<(), CursorMoved> {
        self.commit(|state| state.take_causes(command).map(Written::silent))
    }

    async fn claim_letters(&self, command: ClaimLetters) -> Result<Vec<ClaimedCopy>, Fault> {
        self.commit(|state| Ok(Written::silent(state.claim_letters(&command))))
    }

    async fn record_copies(&self, copies: Vec<RecordCopy>) -> Result<Vec<Heard>, Fault> {
        self.commit(|state| {
            let heard = copies.iter().map(|done| state.record_copy(done));
            heard.collect::<Result<_, _>>().map(Written::silent)
        })
    }

    async fn prune_letters(&self, command: PruneLetters) -> Result<u32, Fault> {
        self.commit(|state| Ok(Written::silent(state.prune_letters(&command))))
    }

    async fn next_letter_at(&self, place: Place) -> Result<Option<Timestamp>, Fault> {
        Ok(self.lock().state.letters_standing(&place).next_at)
    }

    async fn letters_standing(&self, place: Place) -> Result<LettersStanding, Fault> {
        Ok(self.lock().state.letters_standing(&place))
    }
}

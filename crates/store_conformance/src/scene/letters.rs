//! Letters for a scene: news that are taken, sent in hand, and come back.
//!
//! Must not take a cause that no change wrote.

use domain::account::Account;
use domain::hint::KeyHint;
use domain::ids::{KeyId, LetterId, Place};
use domain::language::Language;
use domain::letter::{KeyNews, KeyStep, News, Topic, Window};
use domain::webhook::Webhook;
use store::command::{
    Cause, CausePage, ClaimLetters, ClaimedCopy, Consumer, CopyEnding, DueCopies, EventPosition,
    ExpireDeliveries, Heard, LettersStanding, NewNews, PruneLetters, RecordCopy, TakeCauses,
};

use super::webhooks::mail;
use super::{Scene, here, instant, name};
use crate::checks::{OrSaid, same};

/// How long a letter of a scene waits for more, in milliseconds.
pub const SOON_MS: i64 = 100;
/// How long the end of its day lies ahead, in milliseconds.
pub const DAY_MS: i64 = 1_000;

impl Scene {
    /// The causes behind this position.
    pub async fn causes(&self, after: EventPosition, limit: u32) -> Result<CausePage, String> {
        self.store.list_causes(after, limit).await.or_said("listing causes")
    }

    /// Trouble with a webhook: an event for it that was deleted undelivered.
    pub async fn lost_an_event(
        &mut self,
        account: &Account,
        webhook: &Webhook,
        at_ms: i64,
    ) -> Result<(), String> {
        self.put_up(account, &[webhook], 1).await?;
        let command = ExpireDeliveries {
            webhook: webhook.id,
            made_until: instant(0),
            at: instant(at_ms),
            limit: 10,
            trail: self.trail(&here(), 0),
        };
        self.store.expire_deliveries(command).await.or_said("deleting what is old").map(drop)
    }

    /// The command that takes all causes that nobody took for letters, with news of each event that
    /// happened at this instant.
    pub async fn untold(&mut self, account: &Account, at_ms: i64) -> Result<TakeCauses, String> {
        let from = self.store.cursor(Consumer::Mail).await.or_said("reading a cursor")?;
        let page = self.causes(from, 100).await?;
        let events = page.items.iter().filter_map(|cause| match cause {
            Cause::Event(row) => Some(row.position),
            Cause::Alert(_) => None,
        });
        let news = events.map(|position| self.news(account, position, at_ms)).collect();
        Ok(TakeCauses { from, to: page.end, news })
    }

    /// News of a key of this account, for one person, in English.
    pub fn news(&mut self, account: &Account, position: EventPosition, at_ms: i64) -> NewNews {
        let at = instant(at_ms);
        let key = KeyId::from_u128(u128::from(position.epoch));
        NewNews {
            letter: LetterId::from_u128(self.next_spread()),
            position,
            place: account.place.clone(),
            account: account.id,
            topic: Topic::Keys,
            at,
            window: Window {
                day: "2026-09-21".into(),
                soon_at: at.plus_millis(SOON_MS),
                end_at: instant(DAY_MS),
            },
            language: Language::English,
            to: vec![mail("ana@example.com")],
            news: News::Key(KeyNews {
                step: KeyStep::Disabled,
                key,
                name: name("till  3"),
                hint: KeyHint::from_stored("key_abcd…wxyz"),
                idle_since: instant(0),
                at,
                expires_at: Some(instant(7)),
            }),
        }
    }

    /// Makes a key and takes what is untold: a letter of one piece of news, or one that is joined.
    pub async fn told(&mut self, account: &Account, at_ms: i64) -> Result<TakeCauses, String> {
        self.made_key(account).await?;
        let command = self.untold(account, at_ms).await?;
        self.store.take_causes(command.clone()).await.or_said("taking causes")?;
        Ok(command)
    }

    /// Copies that are due here at this instant, taken in hand for ten seconds.
    pub async fn copies(&self, now_ms: i64) -> Result<Vec<ClaimedCopy>, String> {
        self.copies_at(&here(), now_ms, now_ms).await
    }

    /// As [`Scene::copies`], by another reading of the system's clock.
    pub async fn copies_at(
        &self,
        place: &Place,
        now_ms: i64,
        clock_ms: i64,
    ) -> Result<Vec<ClaimedCopy>, String> {
        let command = ClaimLetters {
            place: place.clone(),
            which: DueCopies::All,
            now: instant(now_ms),
            clock: instant(clock_ms),
            until: instant(clock_ms + 10_000),
            limit: 100,
        };
        self.store.claim_letters(command).await.or_said("claiming letters")
    }

    /// The same of copies that failed first before an instant.
    pub async fn copies_failed_before(
        &self,
        place: &Place,
        (before_ms, now_ms): (i64, i64),
        limit: u32,
    ) -> Result<Vec<ClaimedCopy>, String> {
        let command = ClaimLetters {
            place: place.clone(),
            which: DueCopies::FailedBefore(instant(before_ms)),
            now: instant(now_ms),
            clock: instant(now_ms),
            until: instant(now_ms + 10_000),
            limit,
        };
        self.store.claim_letters(command).await.or_said("claiming letters that failed")
    }

    /// Records what came of a copy; says whether it was heard.
    pub async fn copy_ended(
        &self,
        copy: &ClaimedCopy,
        at_ms: i64,
        ending: CopyEnding,
    ) -> Result<Heard, String> {
        let done = RecordCopy { hand: copy.hand, at: instant(at_ms), ending };
        let heard = self.store.record_copies(vec![done]).await.or_said("recording")?;
        heard.first().copied().ok_or_else(|| "no word on a copy".to_owned())
    }

    /// Deletes what is that old in a place; says how many rows.
    pub async fn pruned(&self, place: &Place, until_ms: i64) -> Result<u32, String> {
        let command = PruneLetters { place: place.clone(), until: instant(until_ms), limit: 10 };
        self.store.prune_letters(command).await.or_said("pruning")
    }

    /// How the letters here stand.
    pub async fn letters(&self) -> Result<LettersStanding, String> {
        let standing = self.store.letters_standing(here()).await;
        let standing = standing.or_said("asking how letters stand")?;
        let next_at = self.store.next_letter_at(here()).await.or_said("asking for the next one")?;
        same("when the next letter is due", &next_at, &standing.next_at)?;
        Ok(standing)
    }
}

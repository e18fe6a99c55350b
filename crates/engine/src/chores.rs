//! What is due in a place besides what is asked for, as somebody needs it who moves the clock.
//!
//! Must not do anything that the loops do not do as well: they come late, and this comes in time. What
//! is sent, they send; here it is only known when they are done.

use async_trait::async_trait;
use domain::delivery::KEPT_MS;
use domain::entropy::Entropy;
use domain::time::{Reading, Timestamp};
use store::command::{
    AGED_AT_ONCE, Consumer, DueKeys, EraseSecrets, ErasedWhere, ListEvents, PAGE_MAX,
};
use store::fault::{Failure, Fault};

use crate::advance_clock::{Agenda, CaughtUp, Owed, Sending};
use crate::context::Context;
use crate::dispatch_letters::concerned;
use crate::engine::Engine;
use crate::erase_secrets::ERASED_AT_ONCE;
use crate::place::PlaceRef;
use crate::sweep_keys::SweepRejection;

#[async_trait]
impl Agenda for Engine {
    async fn catch_up(
        &self,
        place: &PlaceRef,
        mut context: Context<'_>,
    ) -> Result<CaughtUp, Fault> {
        self.erase_due(place, context.now).await?;
        self.age_due(place, &mut context).await
    }

    async fn owed(
        &self,
        place: &PlaceRef,
        now: Timestamp,
        sending: Sending,
    ) -> Result<Option<Owed>, Fault> {
        if sending == Sending::Nothing {
            return Ok(None);
        }
        if self.has_untaken_events(place).await? {
            return Ok(Some(Owed::Events));
        }
        let turns = self.store.turns(place.place().clone()).await?;
        // What is in a hand comes back, or lapses.
        if turns.due_at.is_some_and(|at| at <= now) || turns.lapses_at.is_some() {
            return Ok(Some(Owed::Deliveries));
        }
        if self.has_untaken_causes(place).await? {
            return Ok(Some(Owed::Letters));
        }
        let letters = self.next_letter(place, sending).await?;
        Ok(letters.filter(|at| *at <= now).map(|_| Owed::Letters))
    }

    async fn clear_away(
        &self,
        place: &PlaceRef,
        reading: Reading,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<u32, Fault> {
        self.expire_deliveries(place, reading, entropy).await
    }

    async fn next_due(
        &self,
        place: &PlaceRef,
        (now, until): (Timestamp, Timestamp),
        sending: Sending,
    ) -> Result<Option<Timestamp>, Fault> {
        let mut due = self.next_key(place, until).await?;
        let mut or_at = |at: Option<Timestamp>| {
            let at = at.filter(|at| *at <= until);
            due = due.into_iter().chain(at).min();
        };
        if sending != Sending::Nothing {
            let turns = self.store.turns(place.place().clone()).await?;
            or_at(turns.due_at);
            // What is left of older ones nobody could delete.
            let rest = self.store.place_guard(place.place().clone()).await?.watch.rests_until;
            let old_at = turns.oldest_at.map(|at| at.plus_millis(KEPT_MS));
            let old_at = old_at.map(|at| rest.map_or(at, |until| until.max(at)));
            or_at(old_at.filter(|at| *at > now));
        }
        or_at(self.next_letter(place, sending).await?);
        Ok(due)
    }
}

impl Engine {
    async fn has_untaken_events(&self, place: &PlaceRef) -> Result<bool, Fault> {
        let after = self.store.cursor(Consumer::Webhooks).await?;
        let place = Some(place.place().clone());
        let question = ListEvents { place, limit: 1, ..ListEvents::after(after) };
        let page = self.store.list_events(question).await?;
        Ok(!page.items.is_empty() || page.more)
    }

    async fn has_untaken_causes(&self, place: &PlaceRef) -> Result<bool, Fault> {
        let after = self.store.cursor(Consumer::Mail).await?;
        let page = self.store.list_causes(after, PAGE_MAX).await?;
        Ok(page.more || page.items.iter().any(|cause| concerned(cause).0 == place.place()))
    }

    /// When the next letter is due, where letters go out.
    async fn next_letter(
        &self,
        place: &PlaceRef,
        sending: Sending,
    ) -> Result<Option<Timestamp>, Fault> {
        match sending {
            Sending::Nothing | Sending::ToWebhooks => Ok(None),
            Sending::Everything => self.store.next_letter_at(place.place().clone()).await,
        }
    }

    /// When the next key is to be looked at.
    pub(crate) async fn next_key(
        &self,
        place: &PlaceRef,
        until: Timestamp,
    ) -> Result<Option<Timestamp>, Fault> {
        // An ended secret is refused from its end on, whenever it is erased.
        let (mut after, mut limit) = (None, 1);
        loop {
            let place = place.place().clone();
            let page = self.store.due_keys(DueKeys { place, until, after, limit }).await?;
            let due = page.items.first().and_then(|due| due.key.look_at);
            if due.is_some() || page.next.is_none() {
                return Ok(due);
            }
            // One that cannot be read is left out, and hides nobody behind it.
            (after, limit) = (page.next, AGED_AT_ONCE);
        }
    }

    async fn erase_due(&self, place: &PlaceRef, at: Timestamp) -> Result<(), Fault> {
        let limit = ERASED_AT_ONCE;
        loop {
            let there = ErasedWhere::In(place.place().clone());
            let command = EraseSecrets { place: there, at, limit };
            if self.store.erase_secrets(command).await? < limit {
                return Ok(());
            }
        }
    }

    async fn age_due(
        &self,
        place: &PlaceRef,
        context: &mut Context<'_>,
    ) -> Result<CaughtUp, Fault> {
        let Context { now, actor, request_id, .. } = *context;
        let mut next = None;
        loop {
            let entropy = &mut *context.entropy;
            let context = Context { now, actor, request_id, once: None, entropy };
            match self.sweep_keys(place, next, context).await {
                Ok(swept) if swept.next.is_none() => return Ok(CaughtUp::Whole),
                Ok(swept) => next = swept.next,
                Err(Failure::Rejected(
                    SweepRejection::ClockBehind { .. } | SweepRejection::TooMany { .. },
                )) => return Ok(CaughtUp::HeldUp),
                Err(Failure::Fault(fault)) => return Err(fault),
            }
        }
    }
}

//! What is due in a place besides what is asked for, as somebody needs it who moves the clock.
//!
//! Must not do anything that the loops do not do as well: they come late, and this comes in time.

use async_trait::async_trait;
use domain::time::Timestamp;
use store::command::{AGED_AT_ONCE, DueKeys, EraseSecrets, ErasedWhere};
use store::fault::{Failure, Fault};

use crate::advance_clock::{Agenda, CaughtUp};
use crate::context::Context;
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

    async fn next_due(
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
}

impl Engine {
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

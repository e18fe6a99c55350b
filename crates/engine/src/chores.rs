//! What is due in a place besides what is asked for, as somebody needs it who moves the clock.
//!
//! Must not do anything that the loops do not do as well: they come late, and this comes in time.

use async_trait::async_trait;
use domain::time::{Reading, Timestamp};
use store::command::{EraseSecrets, ErasedWhere};
use store::fault::Fault;

use crate::advance_clock::{Agenda, CaughtUp};
use crate::engine::Engine;
use crate::erase_secrets::ERASED_AT_ONCE;
use crate::place::PlaceRef;

#[async_trait]
impl Agenda for Engine {
    async fn catch_up(&self, place: &PlaceRef, reading: Reading) -> Result<CaughtUp, Fault> {
        let limit = ERASED_AT_ONCE;
        loop {
            let there = ErasedWhere::In(place.place().clone());
            let command = EraseSecrets { place: there, at: place.time(reading), limit };
            if self.store.erase_secrets(command).await? < limit {
                return Ok(CaughtUp::Whole);
            }
        }
    }

    async fn next_due(&self, _: &PlaceRef, _: Timestamp) -> Result<Option<Timestamp>, Fault> {
        // An ended secret is refused from its end on, whenever it is erased.
        Ok(None)
    }
}

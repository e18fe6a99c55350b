//! The port of events: what was written with changes, read in its order.
//!
//! Must not offer to write an event by itself: events belong to the change that they tell of.

use async_trait::async_trait;

use crate::command::{EventPage, EventPosition, ListEvents};
use crate::fault::Fault;

/// The part of a store that is about events.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// A page of events, in the order in which they were written.
    async fn list_events(&self, question: ListEvents) -> Result<EventPage, Fault>;

    /// Where the last event stands, wherever it happened: all that are written from now on stand
    /// behind it. Where there is none, [`EventPosition::START`].
    async fn last_event(&self) -> Result<EventPosition, Fault>;
}

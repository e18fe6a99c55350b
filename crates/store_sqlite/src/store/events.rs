//! The embedded store's part that is about events.
//!
//! Must not touch the database itself: commands go to the writer, questions to the reader.

use async_trait::async_trait;
use store::command::{EventPage, EventPosition, ListEvents};
use store::fault::Fault;
use store::port::EventStore;

use super::SqliteStore;
use crate::queries;

#[async_trait]
impl EventStore for SqliteStore {
    async fn list_events(&self, question: ListEvents) -> Result<EventPage, Fault> {
        self.reader.ask(queries::list_events::run, question).await
    }

    async fn last_event(&self) -> Result<EventPosition, Fault> {
        self.reader.ask(queries::last_event::run, ()).await
    }
}

//! The part of the switchable store that is about events.

use async_trait::async_trait;
use store::command::{EventPage, EventPosition, ListEvents};
use store::fault::Fault;
use store::port::EventStore;

use super::SwitchableStore;

#[async_trait]
impl EventStore for SwitchableStore {
    async fn list_events(&self, question: ListEvents) -> Result<EventPage, Fault> {
        self.check()?;
        self.model.list_events(question).await
    }

    async fn last_event(&self) -> Result<EventPosition, Fault> {
        self.check()?;
        self.model.last_event().await
    }
}

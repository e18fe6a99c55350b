//! The model's questions about events.
//!
//! Must not write: events come with the changes that they tell of.

use async_trait::async_trait;
use domain::audit::Event;

use super::ModelStore;
use super::state::State;
use crate::command::{EventPage, EventPosition, ListEvents, PAGE_MAX, Whose};
use crate::fault::Fault;
use crate::port::EventStore;

impl State {
    fn list_events(&self, question: &ListEvents) -> EventPage {
        let ListEvents { place, whose, after, limit, rows_max } = question;
        let (limit, rows_max) = ((*limit).clamp(1, PAGE_MAX) as usize, (*rows_max).max(1) as usize);
        let mut page = EventPage { items: Vec::new(), end: *after, more: false };
        let begin = self.events.partition_point(|row| row.position <= *after);
        for (looked_at, row) in self.events.iter().skip(begin).enumerate() {
            if looked_at == rows_max || page.items.len() == limit {
                page.more = true;
                break;
            }
            page.end = row.position;
            let Event { place: happened, account, .. } = &row.event;
            let meant = place.as_ref().is_none_or(|place| happened == place)
                && match whose {
                    Whose::Anybodys => true,
                    Whose::Of(asked) => account == asked,
                    Whose::ToldWebhooks => !self.list_webhooks(happened, *account).is_empty(),
                };
            page.items.extend(meant.then(|| row.clone()));
        }
        page
    }
}

#[async_trait]
impl EventStore for ModelStore {
    async fn list_events(&self, question: ListEvents) -> Result<EventPage, Fault> {
        Ok(self.lock().state.list_events(&question))
    }

    async fn last_event(&self) -> Result<EventPosition, Fault> {
        let inner = self.lock();
        Ok(inner.state.events.last().map_or(EventPosition::START, |row| row.position))
    }
}

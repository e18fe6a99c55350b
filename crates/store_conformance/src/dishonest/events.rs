//! How the liar shows events.
//!
//! Must pass on to the model whatever the lie is not about.

use async_trait::async_trait;
use domain::audit::EventKind;
use domain::key::KeyState;
use domain::key_snapshot::KeySnapshot;
use store::command::{EventPage, EventPosition, ListEvents, Whose};
use store::fault::Fault;
use store::port::{EventStore, Store};

use super::{DishonestStore, ExposureLie, Lie};

/// One way to be wrong about the keys that events show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventLie {
    /// Events show their keys as they stood before the change.
    ShowsKeysAsTheyWere,
    /// Events show their keys as they stand when they are read.
    ShowsKeysOfToday,
    /// Events of a change of many keys show none of them.
    ShowsNoKeysOfMany,
    /// There never are any of which webhooks are told.
    TellsNoWebhooks,
}

#[async_trait]
impl EventStore for DishonestStore {
    async fn list_events(&self, mut question: ListEvents) -> Result<EventPage, Fault> {
        if self.tells(Lie::ListsEventsEverywhere) {
            question.place = None;
        }
        if self.tells(Lie::OverlooksAccountsOfEvents) {
            question.whose = Whose::Anybodys;
        }
        if self.tells(Lie::Events(EventLie::TellsNoWebhooks))
            && question.whose == Whose::ToldWebhooks
        {
            return Ok(EventPage { items: Vec::new(), end: question.after, more: false });
        }
        if self.tells(Lie::ReadsEventsOnAndOn) {
            question.rows_max = u32::MAX;
        }
        let begins = question.after == EventPosition::START;
        let mut page = self.honest.list_events(question).await?;
        if self.tells(Lie::SkipsAnEvent) && !begins && !page.items.is_empty() {
            page.items.remove(0);
        }
        if self.tells(Lie::RepeatsEvents)
            && page.more
            && let [.., before, _] = &page.items[..]
        {
            page.end = before.position;
        }
        for row in &mut page.items {
            if self.tells(Lie::Exposures(ExposureLie::ForgetsHow)) {
                row.event.exposure = None;
            }
            if self.tells(Lie::Events(EventLie::ShowsKeysOfToday)) {
                let found = self.honest.find_key(row.event.place.clone(), row.event.key).await?;
                row.key = found.as_ref().map(KeySnapshot::of);
            }
            let as_it_was = self.tells(Lie::Events(EventLie::ShowsKeysAsTheyWere))
                || row.event.kind == EventKind::Exposed
                    && self.tells(Lie::Exposures(ExposureLie::ShowsItStillOn));
            if let Some(key) = &mut row.key
                && as_it_was
                && matches!(key.state, KeyState::Disabled(_))
            {
                key.state = KeyState::Enabled;
            }
        }
        if self.tells(Lie::Events(EventLie::ShowsNoKeysOfMany)) {
            let of_many = page.items.iter_mut().filter(|row| row.position.ordinal > 0);
            of_many.for_each(|row| row.key = None);
        }
        Ok(page)
    }

    async fn last_event(&self) -> Result<EventPosition, Fault> {
        let last = self.honest.last_event().await?;
        Ok(if self.tells(Lie::RepeatsEvents) { EventPosition::START } else { last })
    }
}

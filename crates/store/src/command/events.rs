//! The questions about events, as plain data.
//!
//! Must not hold anything that a store would have to make up.

use domain::audit::Event;
use domain::ids::{AccountId, Place};
use domain::key_snapshot::KeySnapshot;

use super::{PAGE_MAX, ROWS_MAX};

/// Where an event stands: behind all that were written before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPosition {
    /// The epoch of its change.
    pub epoch: u64,
    /// Which of the events of that change it is, from zero.
    pub ordinal: u32,
}

impl EventPosition {
    /// Before the first event.
    pub const START: Self = Self { epoch: 0, ordinal: 0 };
}

/// An event as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Where it stands.
    pub position: EventPosition,
    /// What happened.
    pub event: Event,
    /// Its key as it stood after the change. `None` in rows of older formats, and where the change
    /// did not write that key.
    pub key: Option<KeySnapshot>,
}

/// Asks for events in the order in which they were written.
#[derive(Clone, Debug)]
pub struct ListEvents {
    /// Only those of this place; `None` for all.
    pub place: Option<Place>,
    /// Only those about keys of this account; `None` for all.
    pub account: Option<AccountId>,
    /// Where to go on.
    pub after: EventPosition,
    /// How many, from one to [`PAGE_MAX`].
    pub limit: u32,
    /// How many rows are looked at, at least one. The page ends there.
    pub rows_max: u32,
}

impl ListEvents {
    /// The first page of all events behind this position.
    #[must_use]
    pub const fn after(after: EventPosition) -> Self {
        Self { place: None, account: None, after, limit: PAGE_MAX, rows_max: ROWS_MAX }
    }
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// The events. One that cannot be read is left out.
    pub items: Vec<EventRow>,
    /// Behind the last row that was looked at: the next page goes on here, whenever it is asked for.
    pub end: EventPosition,
    /// Whether there may be more already.
    pub more: bool,
}

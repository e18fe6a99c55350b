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

    /// Bits of a number that are the ordinal's: no change has a million events.
    const ORDINAL_BITS: u32 = 20;

    /// The position as one number, for cursors; later ones are greater.
    #[must_use]
    pub fn to_number(self) -> u64 {
        let ordinal = self.ordinal.min((1 << Self::ORDINAL_BITS) - 1);
        self.epoch.saturating_mul(1 << Self::ORDINAL_BITS).saturating_add(ordinal.into())
    }

    /// The position with this number. Any number is one.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        let ordinal = number % (1 << Self::ORDINAL_BITS);
        let epoch = number >> Self::ORDINAL_BITS;
        Self { epoch, ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX) }
    }
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

/// Whose keys events are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Anybody's.
    Anybodys,
    /// This account's.
    Of(AccountId),
    /// Those of accounts that have a webhook, on or off, when it is asked. Whoever tells webhooks need
    /// not read the events of all others.
    ToldWebhooks,
}

/// Asks for events in the order in which they were written.
#[derive(Clone, Debug)]
pub struct ListEvents {
    /// Only those of this place; `None` for all.
    pub place: Option<Place>,
    /// Only those about keys of these accounts.
    pub whose: Whose,
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
        let (limit, rows_max) = (PAGE_MAX, ROWS_MAX);
        Self { place: None, whose: Whose::Anybodys, after, limit, rows_max }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_found_by_its_number_and_numbers_have_the_order_of_positions() {
        let at = |epoch, ordinal| EventPosition { epoch, ordinal };
        let all = [at(0, 0), at(0, 1), at(1, 0), at(1, 1_048_575), at(2, 0), at(1 << 43, 7)];
        for position in all {
            assert_eq!(EventPosition::from_number(position.to_number()), position);
        }
        assert!(all.map(EventPosition::to_number).is_sorted());
        assert!(EventPosition::from_number(u64::MAX) > at(1 << 43, 7));
    }
}

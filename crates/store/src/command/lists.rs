//! Lists: where a page begins, and what is asked for.
//!
//! Must not hold anything that a store would have to make up.

use domain::ids::{AccountId, Place};
use domain::key_filter::KeyFilter;
use domain::time::Timestamp;

use super::{PAGE_MAX, ROWS_MAX};

/// A place in a list, in a count of the store's own: for handing back, and for nothing else.
///
/// Any number is safe: one that no page led to begins somewhere in the list, or behind its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl Position {
    /// Before the first item of every list.
    pub const START: Self = Self(0);
}

/// Asks for accounts of a place, in the order of their making. Deleted ones are left out.
#[derive(Clone, Debug)]
pub struct ListAccounts {
    /// Which place.
    pub place: Place,
    /// Only those below this account; `None` for all.
    pub parent: Option<AccountId>,
    /// Where to go on.
    pub after: Position,
    /// How many, from one to [`PAGE_MAX`].
    pub limit: u32,
}

impl ListAccounts {
    /// The first page of all accounts of a place.
    #[must_use]
    pub const fn of(place: Place) -> Self {
        Self { place, parent: None, after: Position::START, limit: PAGE_MAX }
    }
}

/// Asks for keys of a place, in the order of their making. Deleted keys are left out.
#[derive(Clone, Debug)]
pub struct ListKeys {
    /// Which place.
    pub place: Place,
    /// Only those of this owner; `None` for all.
    pub owner: Option<AccountId>,
    /// Only those that meet it.
    pub filter: KeyFilter,
    /// The instant by which the filter judges.
    pub now: Timestamp,
    /// Where to go on.
    pub after: Position,
    /// How many, from one to [`PAGE_MAX`].
    pub limit: u32,
    /// How many keys of the place or owner are looked at, at least one. The page ends there.
    pub rows_max: u32,
}

impl ListKeys {
    /// The first page of all keys of a place.
    #[must_use]
    pub const fn of(place: Place) -> Self {
        Self {
            place,
            owner: None,
            filter: KeyFilter::everything(),
            now: Timestamp::EPOCH,
            after: Position::START,
            limit: PAGE_MAX,
            rows_max: ROWS_MAX,
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the list goes on, if it may: a page that looked at all it might is followed by
    /// another, be it empty. What is deleted meanwhile moves no position.
    pub next: Option<Position>,
}

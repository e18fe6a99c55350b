//! Enables, disables or deletes many keys in one step: all that have to be, or none. No verification
//! sent after the answer finds one of them as it was.
//!
//! The keys are named, or a filter finds them. Must not change a key without an event that tells of
//! it: so it looks first which keys there are, and the store looks at each again.

use std::collections::HashSet;

use domain::audit::{Action, Event, EventKind};
use domain::ids::{AccountId, EventId, KeyId};
use domain::key::{DisabledCause, Key, KeyAction, KeySwitch};
use domain::key_filter::KeyFilter;
use domain::time::Timestamp;
use store::command::{ChangeKeys, ChangeKeysRejection, PAGE_MAX, Position, Trail};
use store::fault::{Failure, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::list_keys::KeySearch;
use crate::place::PlaceRef;

/// Most keys that one step changes.
pub const KEYS_MAX: u32 = 1_000;

/// What is to be done with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManyKeysAction {
    /// They are deleted for good.
    Delete,
    /// They are switched off by hand.
    Disable,
    /// They are switched on.
    Enable,
}

/// Which keys.
#[derive(Clone, Debug)]
pub enum KeyChoice {
    /// These, at most [`KEYS_MAX`]; each has to be there.
    Named(Vec<KeyId>),
    /// Those that the filter finds, until so many have changed.
    Found {
        /// What they have to meet.
        filter: KeyFilter,
        /// Most keys to change, [`KEYS_MAX`] at most.
        limit: u32,
    },
}

/// What is to be done with which keys of whom.
#[derive(Clone, Debug)]
pub struct ManyKeys {
    /// Whose they have to be; `None` for anybody's in the place.
    pub owner: Option<AccountId>,
    /// Which.
    pub choice: KeyChoice,
    /// What is done to each.
    pub action: ManyKeysAction,
}

/// What became of the keys, or what would.
#[derive(Clone, Debug)]
pub struct ManyKeysChanged {
    /// How many keys were named or found. Those that are deleted do not count.
    pub matched: u32,
    /// Those of them that changed, as they stand now; or those that would, as they still are. What
    /// was so already and what is over for good is not among them.
    pub changed: Vec<Key>,
    /// Whether the filter finds others that would change.
    pub more: bool,
}

/// One of the named keys is not there: it is elsewhere, somebody else's, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of the keys does not exist")]
pub struct NoSuchKeyAmongThem;

impl Engine {
    /// What a change of many keys would do now. Nothing is changed.
    ///
    /// # Errors
    /// A named key that is not there, or a fault of the store.
    pub async fn preview_keys(
        &self,
        place: &PlaceRef,
        wish: &ManyKeys,
        now: Timestamp,
    ) -> Outcome<ManyKeysChanged, NoSuchKeyAmongThem> {
        let Looked { matched, keys, more } = self.look(place, wish, now).await?;
        let changed = keys.into_iter().filter(|key| would_change(key, wish.action, now));
        Ok(ManyKeysChanged { matched, changed: changed.collect(), more })
    }

    /// Does it. Whatever the number of keys, it is one change with one audit entry.
    ///
    /// # Errors
    /// A named key that is not there, and then nothing is done; or a fault of the store.
    pub async fn change_keys(
        &self,
        place: &PlaceRef,
        wish: ManyKeys,
        mut context: Context<'_>,
    ) -> Outcome<ManyKeysChanged, NoSuchKeyAmongThem> {
        let Looked { matched, keys, more } = self.look(place, &wish, context.now).await?;
        if keys.is_empty() {
            return Ok(ManyKeysChanged { matched, changed: Vec::new(), more });
        }
        let looked_at = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        let trail = trail(place, &wish, &keys, &mut context);
        let filter = match wish.choice {
            KeyChoice::Named(_) => KeyFilter::everything(),
            KeyChoice::Found { filter, .. } => filter,
        };
        let command = ChangeKeys {
            place: place.place().clone(),
            owner: wish.owner,
            keys: keys.iter().map(|key| key.id).collect(),
            filter,
            action: wish.action.of_a_key(),
            at: context.now,
            trail,
        };
        let done = self.store.change_keys(command).await;
        let mut done = done.map_err(|failure| failure.map_rejection(absent))?;
        for key in &mut done.changed {
            self.keyring.freshen(key);
        }
        // Those that were found but had nothing to change were not given to the store.
        let left_alone = matched.saturating_sub(looked_at);
        Ok(ManyKeysChanged { matched: left_alone + done.matched, changed: done.changed, more })
    }

    async fn look(
        &self,
        place: &PlaceRef,
        wish: &ManyKeys,
        now: Timestamp,
    ) -> Outcome<Looked, NoSuchKeyAmongThem> {
        match &wish.choice {
            KeyChoice::Named(keys) => self.look_at(place, wish.owner, keys, now).await,
            KeyChoice::Found { filter, limit } => {
                let search = KeySearch {
                    owner: wish.owner,
                    filter: filter.clone(),
                    now,
                    after: Position::START,
                    limit: PAGE_MAX,
                };
                self.look_for(place, search, wish.action, *limit).await
            }
        }
    }

    /// The named keys, each once, if all are there.
    async fn look_at(
        &self,
        place: &PlaceRef,
        owner: Option<AccountId>,
        named: &[KeyId],
        now: Timestamp,
    ) -> Outcome<Looked, NoSuchKeyAmongThem> {
        let mut seen = HashSet::new();
        let mut looked = Looked { matched: 0, keys: Vec::new(), more: false };
        for id in named.iter().filter(|id| seen.insert(**id)) {
            let found = self.store.find_key(place.place().clone(), *id).await?;
            let found = found.filter(|key| owner.is_none_or(|owner| key.owner == owner));
            let key = found.ok_or(Failure::Rejected(NoSuchKeyAmongThem))?;
            looked.matched += u32::from(KeyFilter::everything().matches(&key, now));
            looked.keys.push(key);
        }
        Ok(looked)
    }

    /// The keys that the filter finds and that would change, so many of them.
    async fn look_for(
        &self,
        place: &PlaceRef,
        mut search: KeySearch,
        action: ManyKeysAction,
        limit: u32,
    ) -> Outcome<Looked, NoSuchKeyAmongThem> {
        let limit = limit.min(KEYS_MAX) as usize;
        let now = search.now;
        let mut looked = Looked { matched: 0, keys: Vec::new(), more: false };
        loop {
            let page = self.list_keys(place, search.clone()).await?;
            for key in page.items {
                let changes = would_change(&key, action, now);
                if changes && looked.keys.len() == limit {
                    looked.more = true;
                    return Ok(looked);
                }
                looked.matched += 1;
                looked.keys.extend(Some(key).filter(|_| changes));
            }
            match page.next {
                Some(next) => search.after = next,
                None => return Ok(looked),
            }
        }
    }
}

/// The keys that a change is about, as they were met.
struct Looked {
    matched: u32,
    keys: Vec<Key>,
    more: bool,
}

impl ManyKeysAction {
    const fn of_a_key(self) -> KeyAction {
        match self {
            Self::Delete => KeyAction::Delete,
            Self::Disable => KeyAction::Switch(KeySwitch::Off(DisabledCause::Manual)),
            Self::Enable => KeyAction::Switch(KeySwitch::On),
        }
    }

    const fn told_as(self) -> (Action, EventKind) {
        match self {
            Self::Delete => (Action::DeleteKeys, EventKind::Deleted),
            Self::Disable => (Action::DisableKeys, EventKind::Disabled),
            Self::Enable => (Action::EnableKeys, EventKind::Enabled),
        }
    }
}

fn would_change(key: &Key, action: ManyKeysAction, now: Timestamp) -> bool {
    key.clone().undergo(action.of_a_key(), now)
}

/// One entry, and an event for each key; the store keeps those of keys that changed.
fn trail(place: &PlaceRef, wish: &ManyKeys, keys: &[Key], context: &mut Context<'_>) -> Trail {
    let (action, kind) = wish.action.told_as();
    let place = place.place();
    let target = match wish.owner {
        Some(owner) => owner.to_string(),
        None => format!("{}/{}", place.realm, place.environment),
    };
    let mut trail = context.trail(action, Some(place), target);
    trail.events.extend(keys.iter().map(|key| Event {
        id: EventId::fresh(context.now, context.entropy),
        at: context.now,
        kind,
        place: place.clone(),
        account: key.owner,
        key: key.id,
    }));
    trail
}

const fn absent(rejection: ChangeKeysRejection) -> NoSuchKeyAmongThem {
    match rejection {
        ChangeKeysRejection::NoSuchKey => NoSuchKeyAmongThem,
    }
}

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
use store::command::{ChangeKeys, ChangeKeysRejection, ChangedKeys, PAGE_MAX, Position, Trail};
use store::fault::{Failure, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::list_keys::KeySearch;
use crate::place::PlaceRef;

/// Most keys that one step changes.
pub const KEYS_MAX: u32 = 1_000;

/// Most keys that one step looks at where a filter has to find them.
pub const LOOKED_AT_MAX: u32 = 100_000;

/// How many of them are looked at for one page.
const ROWS: u32 = 1_000;

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
        /// Where to look first.
        after: Position,
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
    /// Where to look for others that the filter may find; they were left for another step.
    pub next: Option<Position>,
}

/// One of the named keys is not there: it is elsewhere, somebody else's, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of the keys does not exist")]
pub struct NoSuchKeyAmongThem;

/// Why none of many keys was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManyKeysRejection {
    /// One of the named keys is not there.
    #[error("one of the keys does not exist")]
    NoSuchKey,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request: choose a new one")]
    OtherRequest,
    /// A request with this idempotency key is running.
    #[error("a request with this idempotency key is still running: try again in a moment")]
    StillRunning,
}

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
        let Looked { matched, keys, next } = self.look(place, wish, now).await?;
        let changed = keys.into_iter().filter(|key| would_change(key, wish.action, now));
        Ok(ManyKeysChanged { matched, changed: changed.collect(), next })
    }

    /// Does it. Whatever the number of keys, it is one change with one audit entry. Where the same
    /// is asked again, nothing is done, and the answer is what the first time did.
    ///
    /// # Errors
    /// See [`ManyKeysRejection`], and then nothing is done; or a fault of the store.
    pub async fn change_keys(
        &self,
        place: &PlaceRef,
        wish: ManyKeys,
        mut context: Context<'_>,
    ) -> Outcome<ManyKeysChanged, ManyKeysRejection> {
        let once = context.once;
        let Ok(_turn) = self.running.enter(once.as_ref()) else {
            return Err(Failure::Rejected(ManyKeysRejection::StillRunning));
        };
        let looked = self.look(place, &wish, context.now).await;
        let Looked { matched, keys, next } =
            looked.map_err(|failure| failure.map_rejection(ManyKeysRejection::from))?;
        // What was asked before may be why there is nothing to do now; the store knows.
        if keys.is_empty() && once.is_none() {
            return Ok(ManyKeysChanged { matched, changed: Vec::new(), next });
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
            // Those that were found but have nothing to change are not given to the store.
            left_alone: matched.saturating_sub(looked_at),
            next,
            action: wish.action.of_a_key(),
            at: context.now,
            once,
            trail,
        };
        let done = self.store.change_keys(command).await;
        let mut done = done.map_err(|failure| failure.map_rejection(why))?;
        for key in &mut done.changed {
            self.keyring.freshen(key);
        }
        let ChangedKeys { matched, changed, next } = done;
        Ok(ManyKeysChanged { matched, changed, next })
    }

    async fn look(
        &self,
        place: &PlaceRef,
        wish: &ManyKeys,
        now: Timestamp,
    ) -> Outcome<Looked, NoSuchKeyAmongThem> {
        match &wish.choice {
            KeyChoice::Named(keys) => self.look_at(place, wish.owner, keys, now).await,
            KeyChoice::Found { filter, limit, after } => {
                let search = KeySearch {
                    owner: wish.owner,
                    filter: filter.clone(),
                    now,
                    after: *after,
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
        let mut looked = Looked { matched: 0, keys: Vec::new(), next: None };
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
        let mut looked = Looked { matched: 0, keys: Vec::new(), next: None };
        for _ in 0..LOOKED_AT_MAX / ROWS {
            let page = self.page_of_keys(place, search.clone(), ROWS).await?;
            for key in page.items {
                let changes = would_change(&key, action, now);
                if changes && looked.keys.len() == limit {
                    // From here on again: those of this page that changed are left alone then.
                    looked.next = Some(search.after);
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
        looked.next = Some(search.after);
        Ok(looked)
    }
}

/// The keys that a change is about, as they were met.
struct Looked {
    matched: u32,
    keys: Vec<Key>,
    next: Option<Position>,
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
        exposure: None,
    }));
    trail
}

impl From<NoSuchKeyAmongThem> for ManyKeysRejection {
    fn from(NoSuchKeyAmongThem: NoSuchKeyAmongThem) -> Self {
        Self::NoSuchKey
    }
}

const fn why(rejection: ChangeKeysRejection) -> ManyKeysRejection {
    match rejection {
        ChangeKeysRejection::NoSuchKey => ManyKeysRejection::NoSuchKey,
        ChangeKeysRejection::OtherRequest => ManyKeysRejection::OtherRequest,
    }
}

//! An observer that writes down what it is told.
//!
//! Must not wait or call back: stores hold their writer while they tell.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::account::Account;
use domain::key::Key;
use domain::operator::OperatorKey;
use store::port::{Change, Observer, Store};

/// Everything that was told, in order.
#[derive(Default)]
pub(crate) struct Recorder {
    told: Mutex<Vec<Change>>,
}

impl Recorder {
    /// A recorder that is told of what this store commits from now on.
    pub(crate) fn watching(store: &Arc<dyn Store>) -> Arc<Self> {
        let recorder = Arc::new(Self::default());
        store.watch(Arc::<Self>::clone(&recorder));
        recorder
    }

    /// What was told so far.
    pub(crate) fn told(&self) -> Vec<Change> {
        self.lock().clone()
    }

    /// How much was told so far.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// The epochs that were told so far; changes without one are left out.
    pub(crate) fn epochs(&self) -> Vec<u64> {
        self.lock().iter().filter_map(epoch_of).collect()
    }

    /// The account told of last, if the last change was one.
    pub(crate) fn last_account(&self) -> Option<Account> {
        match self.lock().last()? {
            Change::Account(account) => Some(account.clone()),
            Change::AccountWithKey(_)
            | Change::Key(_)
            | Change::Keys(_)
            | Change::Reissued { .. }
            | Change::OperatorKey(_)
            | Change::Clock(_) => None,
        }
    }

    /// The key told of last, if the last change was one.
    pub(crate) fn last_key(&self) -> Option<Key> {
        match self.lock().last()? {
            Change::Key(key) => Some(Key::clone(key)),
            Change::Account(_)
            | Change::AccountWithKey(_)
            | Change::Keys(_)
            | Change::Reissued { .. }
            | Change::OperatorKey(_)
            | Change::Clock(_) => None,
        }
    }

    /// The operator's key told of last, if the last change was one.
    pub(crate) fn last_operator_key(&self) -> Option<OperatorKey> {
        match self.lock().last()? {
            Change::OperatorKey(key) => Some(OperatorKey::clone(key)),
            Change::Account(_)
            | Change::AccountWithKey(_)
            | Change::Key(_)
            | Change::Keys(_)
            | Change::Reissued { .. }
            | Change::Clock(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Change>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Recorder {
    fn committed(&self, change: &Change) {
        self.lock().push(change.clone());
    }
}

/// The epoch that a change carries.
pub(crate) fn epoch_of(change: &Change) -> Option<u64> {
    match change {
        Change::Account(account) => Some(account.epoch),
        Change::AccountWithKey(made) => Some(made.0.epoch),
        Change::Key(key) | Change::Reissued { key, old: _ } => Some(key.epoch),
        Change::Keys(keys) => keys.first().map(|key| key.epoch),
        Change::Clock(clock) => Some(clock.epoch),
        Change::OperatorKey(_) => None,
    }
}

//! Stands between the model and the observers, and tells them what the lie allows.
//!
//! Must pass every change on at once unless the lie says otherwise.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::account::AccountState;
use domain::ids::AccountId;
use domain::key::KeyState;
use domain::operator::OperatorKeyState;
use domain::secret::SecretEnd;
use store::port::{Change, Observer};

use super::{AgingLie, Lie};

/// The only observer of the model behind a liar.
pub(super) struct Relay {
    lie: Option<Lie>,
    observers: Mutex<Vec<Arc<dyn Observer>>>,
    held: Mutex<Vec<Change>>,
    accounts: Mutex<HashSet<AccountId>>,
    /// Whether nobody is told of anything.
    quiet: AtomicBool,
}

impl Relay {
    pub(super) fn of(lie: Option<Lie>) -> Self {
        Self {
            lie,
            observers: Mutex::default(),
            held: Mutex::default(),
            accounts: Mutex::default(),
            quiet: AtomicBool::new(false),
        }
    }

    pub(super) fn watch(&self, observer: Arc<dyn Observer>) {
        self.observers().push(observer);
    }

    /// Tells nobody of anything, or everybody again.
    pub(super) fn be_quiet(&self, quiet: bool) {
        self.quiet.store(quiet, Ordering::Relaxed);
    }

    /// Takes what was held back so far.
    pub(super) fn take_held(&self) -> Vec<Change> {
        std::mem::take(&mut *self.held())
    }

    pub(super) fn tell(&self, change: &Change) {
        let as_a_change = match change {
            Change::Reissued { key, old: _ } => Change::Key(key.clone()),
            Change::Account(_)
            | Change::AccountWithKey(_)
            | Change::Key(_)
            | Change::Keys(_)
            | Change::OperatorKey(_)
            | Change::Clock(_) => change.clone(),
        };
        let lies = self.lie == Some(Lie::TellsOfAReissueAsAChange);
        let change = if lies { &as_a_change } else { change };
        let only_the_first = self.lie == Some(Lie::TellsTheFirstOnly);
        let observers = self.observers();
        let told = if only_the_first { 1 } else { observers.len() };
        observers.iter().take(told).for_each(|observer| observer.committed(change));
    }

    /// Whether this is an account that was committed before, and is still there.
    fn is_account_update(&self, change: &Change) -> bool {
        match change {
            Change::Account(account) => {
                let mut known = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
                !known.insert(account.id) && account.state.is_there()
            }
            Change::AccountWithKey(_)
            | Change::Key(_)
            | Change::Keys(_)
            | Change::Reissued { .. }
            | Change::OperatorKey(_)
            | Change::Clock(_) => false,
        }
    }

    /// The change as somebody tells of it who tells of one key at a time, and of one alone.
    fn first_alone(&self, change: &Change) -> Option<Change> {
        match change {
            Change::Keys(keys) if self.lie == Some(Lie::TellsOfOneOfManyKeys) => {
                keys.first().map(|key| Change::Keys(vec![key.clone()]))
            }
            Change::Account(_)
            | Change::AccountWithKey(_)
            | Change::Key(_)
            | Change::Keys(_)
            | Change::Reissued { .. }
            | Change::OperatorKey(_)
            | Change::Clock(_) => None,
        }
    }

    fn observers(&self) -> MutexGuard<'_, Vec<Arc<dyn Observer>>> {
        self.observers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, Vec<Change>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lie about secrets that hides this change, if any does.
fn told_of_secrets(change: &Change) -> Option<Lie> {
    let key = match change {
        Change::Key(key) => key,
        Change::Account(_)
        | Change::AccountWithKey(_)
        | Change::Keys(_)
        | Change::Reissued { .. }
        | Change::OperatorKey(_)
        | Change::Clock(_) => return None,
    };
    match (key.previous.as_ref()?.end, key.secret.last_used_at) {
        (SecretEnd::At(_), Some(_)) => Some(Lie::TellsNobodyOfClocks),
        (SecretEnd::At(_), None) | (SecretEnd::AfterFirstUse(_), _) => {
            Some(Lie::TellsNobodyOfRotations)
        }
    }
}

impl Observer for Relay {
    fn committed(&self, change: &Change) {
        let is_deletion = match change {
            Change::Key(key) => key.state == KeyState::Deleted,
            Change::Keys(keys) => keys.iter().any(|key| key.state == KeyState::Deleted),
            Change::Account(account) => account.state == AccountState::Deleted,
            Change::AccountWithKey(_)
            | Change::Reissued { .. }
            | Change::OperatorKey(_)
            | Change::Clock(_) => false,
        };
        let is_operator_deletion = match change {
            Change::OperatorKey(key) => key.state == OperatorKeyState::Deleted,
            Change::Account(_)
            | Change::AccountWithKey(_)
            | Change::Key(_)
            | Change::Keys(_)
            | Change::Reissued { .. }
            | Change::Clock(_) => false,
        };
        let is_account_update = self.is_account_update(change);
        let is_operator = matches!(change, Change::OperatorKey(_));
        let is_clock = matches!(change, Change::Clock(_));
        let lie = self.lie;
        let quiet = self.quiet.load(Ordering::Relaxed);
        if quiet || told_of_secrets(change) == lie && lie.is_some() {
            return;
        }
        let is_idle = matches!(change, Change::Key(key) if key.state.was_idle());
        if is_deletion && lie == Some(Lie::TellsNobodyOfDeletions)
            || is_idle && lie == Some(Lie::Aging(AgingLie::TellsNobodyOfIdleKeys))
            || is_operator && lie == Some(Lie::TellsNobodyOfOperators)
            || is_operator_deletion && lie == Some(Lie::TellsNobodyOfDeletedOperators)
            || is_clock && lie == Some(Lie::TellsNobodyOfMovedClocks)
            || is_account_update && lie == Some(Lie::TellsNobodyOfAccountUpdates)
        {
            return;
        }
        let first = self.first_alone(change);
        let change = first.as_ref().unwrap_or(change);
        let without_key = match change {
            Change::AccountWithKey(made) => Some(Change::Account(made.0.clone())),
            Change::Account(_)
            | Change::Key(_)
            | Change::Keys(_)
            | Change::Reissued { .. }
            | Change::OperatorKey(_)
            | Change::Clock(_) => None,
        };
        let without_key = without_key.filter(|_| lie == Some(Lie::TellsOfAccountsWithoutTheirKeys));
        let change = without_key.as_ref().unwrap_or(change);
        if lie == Some(Lie::TellsInAnyOrder) || lie == Some(Lie::ForgetsAbsentCallers) {
            self.held().push(change.clone());
        } else if lie == Some(Lie::TellsAfterAnswering) {
            // One behind: by the time this one is told, its caller has long been answered.
            let late = std::mem::replace(&mut *self.held(), vec![change.clone()]);
            late.iter().for_each(|change| self.tell(change));
        } else {
            self.tell(change);
        }
    }
}

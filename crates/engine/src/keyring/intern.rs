//! Shares equal permission sets, address lists and owners' views: most have one of few, and what
//! many share is near when it is read.
//!
//! Must not keep what no key refers to any more for long.

use std::collections::HashMap;
use std::sync::Arc;

use domain::account::{Account, AccountState, UserAgentRule};
use domain::ip_list::IpList;
use domain::permission::PermissionSet;

use super::owners::OwnerView;

/// Entries below which nothing is swept out.
const SWEEP_AT_LEAST: usize = 1_024;

/// One shared copy of every value in use, by its compact text.
#[derive(Debug)]
pub(crate) struct Interner {
    permissions: HashMap<Box<str>, Arc<PermissionSet>>,
    ip_lists: HashMap<Box<str>, Arc<IpList>>,
    views: HashMap<(Box<str>, UserAgentRule, AccountState), Arc<OwnerView>>,
    sweep_at: usize,
}

impl Default for Interner {
    fn default() -> Self {
        Self {
            permissions: HashMap::new(),
            ip_lists: HashMap::new(),
            views: HashMap::new(),
            sweep_at: SWEEP_AT_LEAST,
        }
    }
}

impl Interner {
    /// The set that this compact text spells; `None` when it is damaged.
    pub(crate) fn permissions(&mut self, compact: &str) -> Option<Arc<PermissionSet>> {
        if let Some(shared) = self.permissions.get(compact) {
            return Some(Arc::clone(shared));
        }
        let set = Arc::new(PermissionSet::from_compact(compact)?);
        self.sweep_if_large();
        self.permissions.insert(compact.into(), Arc::clone(&set));
        Some(set)
    }

    /// The list that this text spells (rules joined by commas); `None` when it is damaged.
    pub(crate) fn ip_list(&mut self, joined: &str) -> Option<Arc<IpList>> {
        if let Some(shared) = self.ip_lists.get(joined) {
            return Some(Arc::clone(shared));
        }
        let rules = joined.split(',').filter(|rule| !rule.is_empty());
        let list = Arc::new(IpList::parse(rules).ok()?);
        self.sweep_if_large();
        self.ip_lists.insert(joined.into(), Arc::clone(&list));
        Some(list)
    }

    /// The view of this owner.
    pub(crate) fn view(&mut self, account: &Account) -> Arc<OwnerView> {
        let Account { ip_list, user_agent, state, .. } = account;
        let name = (ip_list.to_texts().join(",").into_boxed_str(), *user_agent, *state);
        if let Some(shared) = self.views.get(&name) {
            return Arc::clone(shared);
        }
        let view = Arc::new(OwnerView {
            ip_list: ip_list.clone(),
            user_agent: *user_agent,
            state: *state,
        });
        self.sweep_if_large();
        self.views.insert(name, Arc::clone(&view));
        view
    }

    fn len(&self) -> usize {
        self.permissions.len() + self.ip_lists.len() + self.views.len()
    }

    fn sweep_if_large(&mut self) {
        if self.len() < self.sweep_at {
            return;
        }
        self.permissions.retain(|_, shared| Arc::strong_count(shared) > 1);
        self.ip_lists.retain(|_, shared| Arc::strong_count(shared) > 1);
        self.views.retain(|_, shared| Arc::strong_count(shared) > 1);
        self.sweep_at = SWEEP_AT_LEAST.max(self.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_are_one_in_memory() {
        let mut interner = Interner::default();
        let one = interner.permissions("PAYMENT:R").expect("a set");
        let two = interner.permissions("PAYMENT:R").expect("a set");
        assert!(Arc::ptr_eq(&one, &two));
    }

    #[test]
    fn what_nobody_uses_is_swept_out() {
        let mut interner = Interner::default();
        for number in 0..10 * SWEEP_AT_LEAST {
            interner.permissions(&format!("R{number}:R")).expect("a set");
        }
        assert!(interner.permissions.len() <= SWEEP_AT_LEAST);
    }
}

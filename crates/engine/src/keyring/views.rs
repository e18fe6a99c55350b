//! Shares equal views of owners: most have one of few, and what many share is near when it is read.
//!
//! Must not keep what no owner refers to any more for long.

use std::collections::HashMap;
use std::sync::Arc;

use domain::account::{Account, AccountState, UserAgentRule};

use super::owners::OwnerView;

/// Views below which nothing is swept out.
const SWEEP_AT_LEAST: usize = 1_024;

/// One shared copy of every view in use.
#[derive(Debug)]
pub(super) struct Views {
    views: HashMap<(Box<str>, UserAgentRule, AccountState), Arc<OwnerView>>,
    sweep_at: usize,
}

impl Default for Views {
    fn default() -> Self {
        Self { views: HashMap::new(), sweep_at: SWEEP_AT_LEAST }
    }
}

impl Views {
    /// The view of this owner.
    pub(super) fn of(&mut self, account: &Account) -> Arc<OwnerView> {
        let Account { ip_list, user_agent, state, .. } = account;
        let name = (ip_list.to_texts().join(",").into_boxed_str(), *user_agent, *state);
        if let Some(shared) = self.views.get(&name) {
            return Arc::clone(shared);
        }
        let view = OwnerView { ip_list: ip_list.clone(), user_agent: *user_agent, state: *state };
        let view = Arc::new(view);
        if self.views.len() >= self.sweep_at {
            self.views.retain(|_, shared| Arc::strong_count(shared) > 1);
            self.sweep_at = SWEEP_AT_LEAST.max(self.views.len() * 2);
        }
        self.views.insert(name, Arc::clone(&view));
        view
    }
}

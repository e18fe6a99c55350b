//! Owners in memory: one slot for each account, shared by all its keys, so that one swap changes
//! what holds for all of them at once.
//!
//! Must not make a reader wait: views are swapped whole.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::account::{Account, AccountKind, UserAgentRule};
use domain::ids::AccountId;
use domain::ip_list::IpList;
use domain::verdict::OwnerFacts;

use crate::place::PlaceIndex;

/// What of an owner may change.
#[derive(Debug)]
pub(crate) struct OwnerView {
    ip_list: IpList,
    user_agent: UserAgentRule,
    epoch: u64,
}

impl OwnerView {
    pub(crate) const fn facts(&self) -> OwnerFacts<'_> {
        OwnerFacts { ip_list: &self.ip_list, user_agent: self.user_agent }
    }
}

/// An account as its keys refer to it.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) id: AccountId,
    pub(crate) place: PlaceIndex,
    pub(crate) kind: AccountKind,
    pub(crate) parent: Option<Arc<Owner>>,
    view: ArcSwap<OwnerView>,
}

impl Owner {
    pub(crate) fn new(account: &Account, place: PlaceIndex, parent: Option<Arc<Self>>) -> Self {
        Self {
            id: account.id,
            place,
            kind: account.kind,
            parent,
            view: ArcSwap::from_pointee(view_of(account)),
        }
    }

    /// What holds now.
    pub(crate) fn view(&self) -> arc_swap::Guard<Arc<OwnerView>> {
        self.view.load()
    }

    /// Takes in a later state; an earlier one is passed over.
    pub(crate) fn update(&self, account: &Account) {
        if account.epoch > self.view.load().epoch {
            self.view.store(Arc::new(view_of(account)));
        }
    }

    /// The account that is billed for it: itself, or the root above a project.
    pub(crate) const fn account(&self) -> AccountId {
        match self.kind {
            AccountKind::Root | AccountKind::Subaccount { .. } => self.id,
            AccountKind::Project { parent } => parent,
        }
    }

    /// Itself, where it is a project.
    pub(crate) const fn project(&self) -> Option<AccountId> {
        match self.kind {
            AccountKind::Root | AccountKind::Subaccount { .. } => None,
            AccountKind::Project { .. } => Some(self.id),
        }
    }
}

fn view_of(account: &Account) -> OwnerView {
    OwnerView {
        ip_list: account.ip_list.clone(),
        user_agent: account.user_agent,
        epoch: account.epoch,
    }
}

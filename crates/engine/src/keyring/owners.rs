//! Owners in memory: one for each account, to which all its keys refer, so that one swap changes
//! what holds for all of them at once.
//!
//! Must not make a reader wait: views are swapped whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use domain::account::{Account, AccountKind, AccountState, UserAgentRule};
use domain::ids::AccountId;
use domain::ip_list::IpList;
use domain::refusal::{Refusal, SwitchedOff};
use domain::verdict::OwnerFacts;

use super::slab::At;
use crate::place::PlaceIndex;

/// What of an owner may change; equal ones are shared between owners.
#[derive(Debug)]
pub(crate) struct OwnerView {
    pub(super) ip_list: IpList,
    pub(super) user_agent: UserAgentRule,
    pub(super) state: AccountState,
}

/// Why no key of an owner works, nor of those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It was deleted for good.
    Deleted,
    /// It is suspended.
    Suspended,
}

impl Closed {
    /// What its keys are answered, whatever their own states.
    pub(crate) const fn refusal(self) -> Refusal {
        match self {
            Self::Deleted => Refusal::Deleted,
            Self::Suspended => Refusal::Disabled(SwitchedOff::Account),
        }
    }
}

/// Allows every address.
static NO_LIST: IpList = IpList::Any;

/// What holds for an owner at one moment.
pub(crate) enum Holds {
    /// What most owners have: no list of addresses, and this rule.
    Plain(UserAgentRule),
    /// Nothing: it is out of force, and every key of it.
    Closed(Closed),
    /// Everything, as it is in the view.
    View(arc_swap::Guard<Arc<OwnerView>>),
}

impl Holds {
    /// What the verdict needs to know, of an owner that is in force.
    pub(crate) fn facts(&self) -> Result<OwnerFacts<'_>, Closed> {
        let (ip_list, user_agent) = match self {
            Self::Plain(user_agent) => (&NO_LIST, *user_agent),
            Self::Closed(why) => return Err(*why),
            Self::View(view) => match view.state {
                AccountState::Active => (&view.ip_list, view.user_agent),
                AccountState::Suspended => return Err(Closed::Suspended),
                AccountState::Deleted => return Err(Closed::Deleted),
            },
        };
        Ok(OwnerFacts { ip_list, user_agent })
    }
}

/// The whole of a view in one byte, where one byte is enough for it.
const IN_THE_VIEW: u8 = 0;
const NO_LIST_NAME_OPTIONAL: u8 = 1;
const NO_LIST_NAME_REQUIRED: u8 = 2;
const DELETED: u8 = 3;
const SUSPENDED: u8 = 4;

fn brief(view: &OwnerView) -> u8 {
    match (view.state, &view.ip_list, view.user_agent) {
        (AccountState::Deleted, _, _) => DELETED,
        (AccountState::Suspended, _, _) => SUSPENDED,
        (AccountState::Active, IpList::Only(_), _) => IN_THE_VIEW,
        (AccountState::Active, IpList::Any, UserAgentRule::Optional) => NO_LIST_NAME_OPTIONAL,
        (AccountState::Active, IpList::Any, UserAgentRule::Required) => NO_LIST_NAME_REQUIRED,
    }
}

/// Where an owner stands; who is above it, its own field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Root,
    Subaccount,
    Project,
}

/// An account as its keys refer to it, no larger than a line of the processor's cache.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) id: AccountId,
    pub(crate) place: PlaceIndex,
    pub(crate) standing: Standing,
    pub(super) parent: Option<At>,
    view: ArcSwap<OwnerView>,
    /// A view that needs no list, in short: most readers need not go further. It and the view are
    /// both whole states, so it does not matter which of them a reader meets during a change.
    brief: AtomicU8,
    /// That of the view; read and written by writers alone.
    epoch: AtomicU64,
}

impl Owner {
    pub(super) fn new(
        account: &Account,
        place: PlaceIndex,
        parent: Option<At>,
        view: Arc<OwnerView>,
    ) -> Self {
        Self {
            id: account.id,
            place,
            standing: match account.kind {
                AccountKind::Root => Standing::Root,
                AccountKind::Subaccount { .. } => Standing::Subaccount,
                AccountKind::Project { .. } => Standing::Project,
            },
            parent,
            brief: AtomicU8::new(brief(&view)),
            view: ArcSwap::new(view),
            epoch: AtomicU64::new(account.epoch),
        }
    }

    /// What holds now.
    pub(crate) fn holds(&self) -> Holds {
        match self.brief.load(Ordering::Acquire) {
            NO_LIST_NAME_OPTIONAL => Holds::Plain(UserAgentRule::Optional),
            NO_LIST_NAME_REQUIRED => Holds::Plain(UserAgentRule::Required),
            DELETED => Holds::Closed(Closed::Deleted),
            SUSPENDED => Holds::Closed(Closed::Suspended),
            _ => Holds::View(self.view.load()),
        }
    }

    /// Takes in a later state; an earlier one is passed over. Writers come one at a time.
    pub(crate) fn update(&self, epoch: u64, view: Arc<OwnerView>) {
        if epoch > self.epoch.load(Ordering::Relaxed) {
            self.epoch.store(epoch, Ordering::Relaxed);
            let brief = brief(&view);
            self.view.store(view);
            self.brief.store(brief, Ordering::Release);
        }
    }

    /// The account that is billed for it: itself, or the root above a project.
    pub(crate) const fn billed<'k>(&'k self, parent: Option<&'k Self>) -> &'k Self {
        match (self.standing, parent) {
            (Standing::Project, Some(root)) => root,
            (Standing::Root | Standing::Subaccount | Standing::Project, _) => self,
        }
    }

    /// Whether it is in force: neither suspended nor deleted.
    pub(crate) fn is_in_force(&self) -> bool {
        self.holds().facts().is_ok()
    }

    /// Whether it was not deleted; it may be suspended.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self.holds().facts(), Err(Closed::Deleted))
    }

    /// Itself, where it is a project.
    pub(crate) const fn project(&self) -> Option<AccountId> {
        match self.standing {
            Standing::Root | Standing::Subaccount => None,
            Standing::Project => Some(self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_in_its_place_is_no_larger_than_a_cache_line() {
        assert_eq!(size_of::<std::sync::OnceLock<Owner>>(), 56);
    }
}

//! Accounts: who owns keys. A root account may have sub-accounts or projects; no deeper.
//!
//! Must not hold personal data beyond a name.

use crate::ids::{AccountId, Place};
use crate::ip_list::IpList;
use crate::name::DisplayName;
use crate::time::Timestamp;

/// Where an account stands in its tree of two levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// At the top.
    Root,
    /// An account of its own, made by a root account.
    Subaccount {
        /// The root account.
        parent: AccountId,
    },
    /// A project of a root account.
    Project {
        /// The root account.
        parent: AccountId,
    },
}

impl AccountKind {
    /// The account above, where there is one.
    #[must_use]
    pub const fn parent(self) -> Option<AccountId> {
        match self {
            Self::Root => None,
            Self::Subaccount { parent } | Self::Project { parent } => Some(parent),
        }
    }
}

/// Whether requests must name the program that sends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserAgentRule {
    /// They may leave it out.
    Optional,
    /// They must send it.
    Required,
}

/// Whether an account is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountState {
    /// It is, and its keys may work.
    Active,
    /// It was deleted for good, and all its keys with it.
    Deleted,
}

/// An owner of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its identity.
    pub id: AccountId,
    /// The realm and environment it belongs to.
    pub place: Place,
    /// Where it stands.
    pub kind: AccountKind,
    /// What people call it.
    pub name: DisplayName,
    /// From where its keys may be used, besides each key's own list.
    pub ip_list: IpList,
    /// Whether its requests must name their program.
    pub user_agent: UserAgentRule,
    /// Until when keys of the accounts below it may be managed with its own keys; `None` where
    /// that was never opened.
    pub release_until: Option<Timestamp>,
    /// Whether it is still there.
    pub state: AccountState,
    /// When it was made.
    pub created_at: Timestamp,
    /// The epoch of its last change.
    pub epoch: u64,
}

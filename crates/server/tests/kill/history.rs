//! What clients asked for, and what they were told: the past as everybody outside knows it.

use std::collections::BTreeMap;

/// A change of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Disabled,
    Enabled,
    Deleted,
}

impl Change {
    pub(crate) const ALL: [Self; 4] = [Self::Created, Self::Disabled, Self::Enabled, Self::Deleted];

    /// Its name in the trail.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Created => "key.created",
            Self::Disabled => "key.disabled",
            Self::Enabled => "key.enabled",
            Self::Deleted => "key.deleted",
        }
    }

    /// The state it leaves the key in.
    pub(crate) const fn state(self) -> &'static str {
        match self {
            Self::Created | Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

/// One key.
#[derive(Clone, Debug)]
pub(crate) struct KeyPast {
    /// Where it is, as a position in the list of places.
    pub(crate) place: usize,
    /// Whose it is.
    pub(crate) account: String,
    /// Who changes it; one client at a time, so that its changes have an order.
    pub(crate) worker: usize,
    /// Its text; unknown where nobody received it.
    pub(crate) text: Option<String>,
    /// The changes that were acknowledged, in their order.
    pub(crate) done: Vec<Change>,
    /// A change that was asked for and not answered: it may have been made or not.
    pub(crate) open: Option<Change>,
    /// Whether a verification of it was answered with a grant.
    pub(crate) used: bool,
    /// Whether an earlier look saw that it is deleted.
    pub(crate) gone: bool,
}

impl KeyPast {
    /// What the last acknowledged change left.
    pub(crate) fn state(&self) -> &'static str {
        self.done.last().map_or("absent", |change| change.state())
    }
}

/// One account or project.
#[derive(Clone, Debug)]
pub(crate) struct AccountPast {
    pub(crate) place: usize,
    /// Who makes keys in it; nobody for one that all share.
    pub(crate) worker: Option<usize>,
    /// Keys that were asked for and not answered.
    pub(crate) open_keys: usize,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) accounts: BTreeMap<String, AccountPast>,
    pub(crate) keys: BTreeMap<String, KeyPast>,
    /// Accounts that were asked for and not answered.
    pub(crate) open_accounts: usize,
}

impl History {
    /// How many keys of this account towards its limit this worker holds.
    pub(crate) fn held(&self, account: &str, worker: usize) -> usize {
        let holds = |key: &&KeyPast| {
            key.account == account && key.worker == worker && key.state() != "deleted"
        };
        self.keys.values().filter(holds).count()
    }
}

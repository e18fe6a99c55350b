//! What clients asked for, and what they were told: the past as everybody outside knows it.

use std::collections::BTreeMap;

/// A change of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Disabled,
    Enabled,
    Rotated,
    Deleted,
}

impl Change {
    pub(crate) const ALL: [Self; 5] =
        [Self::Created, Self::Disabled, Self::Enabled, Self::Rotated, Self::Deleted];

    /// Its name in the trail.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Created => "key.created",
            Self::Disabled => "key.disabled",
            Self::Enabled => "key.enabled",
            Self::Rotated => "key.rotated",
            Self::Deleted => "key.deleted",
        }
    }

    /// The state it leaves the key in; `None` where it leaves the state alone.
    pub(crate) const fn state(self) -> Option<&'static str> {
        match self {
            Self::Created | Self::Enabled => Some("enabled"),
            Self::Disabled => Some("disabled"),
            Self::Deleted => Some("deleted"),
            Self::Rotated => None,
        }
    }
}

/// Whether a text was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Never,
    /// It was verified, and nobody knows with which answer.
    Perhaps,
    Certainly,
}

/// Most dead texts of a key that are remembered.
const DEAD_MAX: usize = 3;

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
    /// Whether that text was used.
    pub(crate) text_used: Use,
    /// The text before, which goes on working.
    pub(crate) old: Option<String>,
    /// Texts that must never work again.
    pub(crate) dead: Vec<String>,
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
    /// A key that was just made.
    pub(crate) fn made(place: usize, account: String, worker: usize, text: Option<String>) -> Self {
        Self {
            place,
            account,
            worker,
            text,
            text_used: Use::Never,
            old: None,
            dead: Vec::new(),
            done: vec![Change::Created],
            open: None,
            used: false,
            gone: false,
        }
    }

    /// What the last acknowledged change of its state left.
    pub(crate) fn state(&self) -> &'static str {
        self.done.iter().rev().find_map(|change| change.state()).unwrap_or("absent")
    }

    /// Notes a change that was acknowledged.
    pub(crate) fn note(&mut self, change: Change) {
        self.done.push(change);
        self.open = None;
        self.bury();
    }

    /// A deleted key keeps one text, by which it is known.
    pub(crate) fn bury(&mut self) {
        if self.state() == "deleted"
            && let Some(old) = self.old.take()
        {
            self.die(old);
        }
    }

    /// Whether a rotation ends the text in use and not the one before it: nobody used it.
    pub(crate) fn loses_its_newest(&self) -> bool {
        self.old.is_some() && self.text_used == Use::Never
    }

    /// Takes another text; unknown where nobody received it.
    pub(crate) fn rotate(&mut self, text: Option<String>) {
        let loses = self.loses_its_newest();
        let before = std::mem::replace(&mut self.text, text);
        let dead = if loses { before } else { std::mem::replace(&mut self.old, before) };
        dead.into_iter().for_each(|text| self.die(text));
        self.text_used = Use::Never;
    }

    /// Takes another text for the same rotation.
    pub(crate) fn reissue(&mut self, text: String) {
        let dead = self.text.replace(text);
        dead.into_iter().for_each(|text| self.die(text));
    }

    fn die(&mut self, text: String) {
        self.dead.push(text);
        let many = self.dead.len().saturating_sub(DEAD_MAX);
        self.dead.drain(..many);
    }
}

/// Something that was asked for under a name, and not answered.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Which keys it is about.
    pub(crate) keys: Vec<String>,
    pub(crate) change: Change,
    /// Its path, body and name, to ask the same again.
    pub(crate) path: String,
    pub(crate) body: serde_json::Value,
    pub(crate) once: String,
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
    /// What was asked for under a name, and not answered.
    pub(crate) asked: Vec<Asked>,
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

//! Accounts: who owns keys. A root account may have sub-accounts or projects; no deeper.
//!
//! Must not read what a dialect keeps about one, nor hold other personal data than a name and the
//! addresses of those who are written to.

use crate::contacts::Contacts;
use crate::ids::{AccountId, Place};
use crate::ip_list::IpList;
use crate::language::LanguageRule;
use crate::mail::MailAddress;
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
    /// Whether an account that stands here may bear this branding.
    #[must_use]
    pub const fn allows(self, branding: Branding) -> bool {
        match (self, branding) {
            (_, Branding::Ours) | (Self::Subaccount { .. }, Branding::WhiteLabel) => true,
            (Self::Root | Self::Project { .. }, Branding::WhiteLabel) => false,
        }
    }

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

/// Under whose name a sub-account meets the people who use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Branding {
    /// Ours.
    Ours,
    /// The name of the account above: its people never hear of us. Sub-accounts alone can be so.
    WhiteLabel,
}

/// Whether an account is still there, and in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountState {
    /// It is, and its keys may work.
    Active,
    /// It is, but an operator took it out of force: until that is undone, no key of it works, nor
    /// of the accounts below it, whatever their own states.
    Suspended,
    /// It was deleted for good, and all its keys with it.
    Deleted,
}

impl AccountState {
    /// Whether the account is still there, in force or not.
    #[must_use]
    pub const fn is_there(self) -> bool {
        match self {
            Self::Active | Self::Suspended => true,
            Self::Deleted => false,
        }
    }

    /// The state after this switch. What is so already stays as it is, and what was deleted stays
    /// deleted.
    #[must_use]
    pub const fn after(self, switch: AccountSwitch) -> Self {
        match (self, switch) {
            (Self::Active | Self::Suspended, AccountSwitch::Resume) => Self::Active,
            (Self::Active | Self::Suspended, AccountSwitch::Suspend) => Self::Suspended,
            (Self::Deleted, AccountSwitch::Resume | AccountSwitch::Suspend) => Self::Deleted,
        }
    }
}

/// Taking an account out of force, or undoing that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountSwitch {
    /// In force again.
    Resume,
    /// Out of force.
    Suspend,
}

/// Most keys, or projects, that an account may be given.
pub const LIMIT_MAX: u32 = 100_000;

/// Whose word holds on how many of something an account may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitRule {
    /// The realm's.
    OfRealm,
    /// This one, for this account alone; [`LIMIT_MAX`] at most.
    Own(u32),
}

impl LimitRule {
    /// The limit that holds where the realm says this.
    #[must_use]
    pub const fn or(self, of_realm: u32) -> u32 {
        match self {
            Self::OfRealm => of_realm,
            Self::Own(limit) => limit,
        }
    }
}

/// Most bytes of what a dialect keeps about an account.
pub const DETAILS_MAX: usize = 16_384;

/// What a dialect keeps about an account, in a form that only the dialect reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details(Box<str>);

/// There is more to keep than there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {DETAILS_MAX} bytes of details")]
pub struct TooManyDetails;

impl Details {
    /// Details of at most [`DETAILS_MAX`] bytes.
    ///
    /// # Errors
    /// More than that.
    pub fn new(text: &str) -> Result<Self, TooManyDetails> {
        if text.len() > DETAILS_MAX { Err(TooManyDetails) } else { Ok(Self(text.into())) }
    }

    /// What the dialect wrote.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
    /// Under whose name it meets its people.
    pub branding: Branding,
    /// How many keys it may hold.
    pub keys_max: LimitRule,
    /// How many projects it may have.
    pub projects_max: LimitRule,
    /// Who is written to about it.
    pub contacts: Contacts,
    /// The address that it was opened with, where it was; written to while it has no contacts.
    pub mail: Option<MailAddress>,
    /// In which language they are written to.
    pub language: LanguageRule,
    /// Whether it is still there, and in force.
    pub state: AccountState,
    /// What its dialect keeps about it, if anything.
    pub details: Option<Details>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The epoch of its last change.
    pub epoch: u64,
}

impl Account {
    /// Who is written to about its keys: its contacts, or else the address that it was
    /// opened with, or nobody.
    #[must_use]
    pub fn written_to(&self) -> &[MailAddress] {
        match self.contacts.as_slice() {
            [] => self.mail.as_slice(),
            contacts => contacts,
        }
    }
}

//! The commands and questions about accounts, as plain data.
//!
//! Must not hold anything that a store would have to make up.

use domain::account::{Account, AccountSwitch, Branding, LimitRule, UserAgentRule};
use domain::contacts::Contacts;
use domain::idempotence::Idempotence;
use domain::ids::{AccountId, KeyId, Place};
use domain::ip_list::IpList;
use domain::key::Key;
use domain::label::{Label, LabelName, LabelValue};
use domain::language::LanguageRule;
use domain::name::DisplayName;
use domain::time::Timestamp;
use domain::webhook::Webhook;

use super::Trail;

/// Makes an account, and all that it begins with. Epochs are set by the store: one for all of it.
///
/// A command that carries an [`Idempotence`] which is kept from an earlier one, with the same
/// fingerprint, makes nothing and is answered as that one was: what it would make differs in
/// nothing but its identity, its instant and its epoch.
#[derive(Clone, Debug)]
pub struct CreateAccount {
    /// The account.
    pub account: Account,
    /// What it begins with.
    pub belongings: Belongings,
    /// Most projects that its parent may have with it, where it is a project and the parent has no
    /// limit of its own.
    pub projects_max: Option<u32>,
    /// By which it is done once.
    pub once: Option<Idempotence>,
    /// What tells of it.
    pub trail: Trail,
}

/// What an account begins with; most begin with nothing.
#[derive(Clone, Debug, Default)]
pub struct Belongings {
    /// By what it is found and kept apart from others; each name once.
    pub labels: Vec<Label>,
    /// Its first key.
    pub key: Option<Box<Key>>,
    /// Its webhooks, in their order.
    pub webhooks: Vec<Webhook>,
    /// Most webhooks that it may have.
    pub webhooks_max: u32,
}

/// Why an account was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateAccountRejection {
    /// The parent does not exist in this place.
    #[error("there is no such parent account")]
    NoSuchParent,
    /// The parent is itself a sub-account or project.
    #[error("the parent is not a root account")]
    ParentNotRoot,
    /// The parent has as many projects as it may.
    #[error("the account already has {limit} projects: delete one first")]
    LimitReached {
        /// How many it may have.
        limit: u32,
    },
    /// A root account or a project was to be white-label.
    #[error("only a sub-account can be white-label")]
    NotASubaccount,
    /// An active account of this place carries a label that only one may carry.
    #[error("another account has the same {}", .0.as_str())]
    LabelTaken(LabelName),
    /// It was to begin with more webhooks than it may have.
    #[error("an account has at most {limit} webhooks")]
    TooManyWebhooks {
        /// How many it may have.
        limit: u32,
    },
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    OtherRequest,
}

/// Which fields of an account change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// A new name.
    pub name: Option<DisplayName>,
    /// A new list of addresses.
    pub ip_list: Option<IpList>,
    /// A new rule.
    pub user_agent: Option<UserAgentRule>,
    /// A new end of the release, or none.
    pub release_until: Option<Option<Timestamp>>,
    /// A new branding.
    pub branding: Option<Branding>,
    /// Another word on how many keys it may hold. What is there already stays.
    pub keys_max: Option<LimitRule>,
    /// Another word on how many projects it may have. What is there already stays.
    pub projects_max: Option<LimitRule>,
    /// Others who are written to; the address that it was opened with stays.
    pub contacts: Option<Contacts>,
    /// Another word on the language in which they are.
    pub language: Option<LanguageRule>,
    /// Out of force, or in force again.
    pub switch: Option<AccountSwitch>,
}

impl AccountChange {
    /// The account with this change.
    #[must_use]
    pub fn applied_to(self, account: &Account) -> Account {
        let Self { name, ip_list, user_agent, release_until, branding, .. } = self;
        let Self { keys_max, projects_max, contacts, language, switch, .. } = self;
        let mut new = account.clone();
        new.name = name.unwrap_or(new.name);
        new.ip_list = ip_list.unwrap_or(new.ip_list);
        new.user_agent = user_agent.unwrap_or(new.user_agent);
        new.release_until = release_until.unwrap_or(new.release_until);
        new.branding = branding.unwrap_or(new.branding);
        new.keys_max = keys_max.unwrap_or(new.keys_max);
        new.projects_max = projects_max.unwrap_or(new.projects_max);
        new.contacts = contacts.unwrap_or(new.contacts);
        new.language = language.unwrap_or(new.language);
        new.state = switch.map_or(new.state, |switch| new.state.after(switch));
        new
    }
}

/// Changes fields of an account that was not deleted.
#[derive(Clone, Debug)]
pub struct UpdateAccount {
    /// Where the account is.
    pub place: Place,
    /// Which account.
    pub account: AccountId,
    /// What changes.
    pub change: AccountChange,
    /// What tells of it.
    pub trail: Trail,
}

/// Why an account was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateAccountRejection {
    /// There is no such account in this place, or it was deleted.
    #[error("there is no such account")]
    NoSuchAccount,
    /// A root account or a project was to be white-label.
    #[error("only a sub-account can be white-label")]
    NotASubaccount,
}

/// Deletes an account below another one for good, and all its keys and webhooks with it; its labels
/// are free again. Everything takes the epoch of the change.
#[derive(Clone, Debug)]
pub struct DeleteAccount {
    /// Where the account is.
    pub place: Place,
    /// Which account.
    pub account: AccountId,
    /// The keys of it that the trail tells of: all that were not deleted yet, in any order.
    pub keys: Vec<KeyId>,
    /// What tells of it.
    pub trail: Trail,
}

/// Why an account was not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteAccountRejection {
    /// There is no such account in this place, or it was deleted.
    #[error("there is no such account")]
    NoSuchAccount,
    /// It is a root account.
    #[error("a root account cannot be deleted")]
    IsRoot,
    /// Its keys are others by now; whoever asks looks again.
    #[error("the keys of the account changed meanwhile: try again")]
    KeysChanged,
}

/// Asks for a slice of the active sub-accounts of one account, in the order of their making, for
/// contracts that count and skip.
#[derive(Clone, Debug)]
pub struct BrowseSubaccounts {
    /// Which place.
    pub place: Place,
    /// The account above them.
    pub parent: AccountId,
    /// Only those that carry all of these labels.
    pub labels: Vec<(LabelName, LabelValue)>,
    /// Only those whose name contains this text, letter case counted; empty for any.
    pub name_part: String,
    /// How many to skip.
    pub offset: u32,
    /// How many, [`super::PAGE_MAX`] at most.
    pub limit: u32,
}

/// A slice of a list, and how long the list is.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The items.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
}

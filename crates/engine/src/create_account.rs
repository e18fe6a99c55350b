//! Makes an account: a root account, a sub-account or a project.
//!
//! Must not make keys: `create_key` does, and `open_subaccount` where both are one command.

use domain::account::{
    Account, AccountKind, AccountState, Branding, Details, LimitRule, UserAgentRule,
};
use domain::audit::Action;
use domain::contacts::Contacts;
use domain::ids::AccountId;
use domain::ip_list::IpList;
use domain::language::LanguageRule;
use domain::name::DisplayName;
use domain::realm::ProjectScheme;
use store::command::{Belongings, CreateAccount, CreateAccountRejection};
use store::fault::{Failure, Fault, FaultKind, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// What an account is to be below its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountWish {
    /// At the top.
    Root,
    /// A sub-account of this root account.
    Subaccount(AccountId),
    /// A project of this root account.
    Project(AccountId),
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Where it stands.
    pub wish: AccountWish,
    /// What people call it.
    pub name: DisplayName,
    /// From where its keys may be used.
    pub ip_list: IpList,
    /// Whether its requests must name their program; `None` takes the realm's rule.
    pub user_agent: Option<UserAgentRule>,
    /// Under whose name it meets its people.
    pub branding: Branding,
    /// Who is written to about it.
    pub contacts: Contacts,
    /// In which language.
    pub language: LanguageRule,
    /// What the dialect keeps about it.
    pub details: Option<Details>,
}

/// Why an account was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewAccountRejection {
    /// The realm has no projects.
    #[error("this realm has no projects")]
    NoProjectsHere,
    /// The parent does not exist in this place.
    #[error("there is no such parent account")]
    NoSuchParent,
    /// The parent is itself a sub-account or project.
    #[error("the parent is not a root account: accounts are two levels deep")]
    ParentNotRoot,
    /// The parent has as many projects as it may.
    #[error("the account already has {limit} projects, which is its limit: delete one first")]
    LimitReached {
        /// How many it may have.
        limit: u32,
    },
    /// A root account or a project was to be white-label.
    #[error("only a sub-account can be white-label")]
    NotASubaccount,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request: choose a new one")]
    OtherRequest,
    /// A request with this idempotency key is running.
    #[error("a request with this idempotency key is still running: try again in a moment")]
    StillRunning,
}

impl Engine {
    /// Makes an account.
    ///
    /// # Errors
    /// A parent that does not exist or is no root account, a project where the realm has none or
    /// the account has as many as it may; or a fault of the store.
    pub async fn create_account(
        &self,
        place: &PlaceRef,
        wish: NewAccount,
        mut context: Context<'_>,
    ) -> Outcome<Account, NewAccountRejection> {
        let once = context.once;
        let Ok(_turn) = self.running.enter(once.as_ref()) else {
            return Err(Failure::Rejected(NewAccountRejection::StillRunning));
        };
        let (kind, projects_max) = match wish.wish {
            AccountWish::Root => (AccountKind::Root, None),
            AccountWish::Subaccount(parent) => (AccountKind::Subaccount { parent }, None),
            AccountWish::Project(parent) => match place.realm().projects {
                ProjectScheme::Projects { per_account, .. } => {
                    (AccountKind::Project { parent }, Some(per_account))
                }
                ProjectScheme::None => {
                    return Err(Failure::Rejected(NewAccountRejection::NoProjectsHere));
                }
            },
        };
        let id = match kind {
            AccountKind::Root | AccountKind::Subaccount { .. } => {
                AccountId::fresh_uuid(context.now, context.entropy)
            }
            AccountKind::Project { .. } => AccountId::fresh_object(context.now, context.entropy),
        };
        let account = Account {
            id,
            place: place.place().clone(),
            kind,
            name: wish.name,
            ip_list: wish.ip_list,
            user_agent: wish.user_agent.unwrap_or(place.realm().user_agent),
            branding: wish.branding,
            details: wish.details,
            release_until: None,
            keys_max: LimitRule::OfRealm,
            projects_max: LimitRule::OfRealm,
            contacts: wish.contacts,
            mail: None,
            language: wish.language,
            state: AccountState::Active,
            created_at: context.now,
            epoch: 0,
        };
        let trail = context.trail(Action::CreateAccount, Some(place.place()), id.to_string());
        let belongings = Belongings::default();
        let command = CreateAccount { account, belongings, projects_max, once, trail };
        let outcome = self.store.create_account(command).await;
        outcome.map_err(|failure| match failure {
            Failure::Fault(fault) => Failure::Fault(fault),
            Failure::Rejected(rejection) => told(rejection),
        })
    }
}

fn told(rejection: CreateAccountRejection) -> Failure<NewAccountRejection> {
    Failure::Rejected(match rejection {
        CreateAccountRejection::NoSuchParent => NewAccountRejection::NoSuchParent,
        CreateAccountRejection::ParentNotRoot => NewAccountRejection::ParentNotRoot,
        CreateAccountRejection::NotASubaccount => NewAccountRejection::NotASubaccount,
        CreateAccountRejection::LimitReached { limit } => {
            NewAccountRejection::LimitReached { limit }
        }
        CreateAccountRejection::OtherRequest => NewAccountRejection::OtherRequest,
        CreateAccountRejection::LabelTaken(_) | CreateAccountRejection::TooManyWebhooks { .. } => {
            let detail = "an account without labels and webhooks was refused for them";
            return Failure::Fault(Fault::new(FaultKind::Unavailable, detail));
        }
    })
}

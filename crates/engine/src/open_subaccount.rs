//! Opens a sub-account with its first key and its webhooks: one command, so that whoever asked has
//! all of it or nothing. The secret exists in the answer and nowhere else.
//!
//! Must not check labels and limits here: the store does, in the transaction that writes.

use domain::account::{Account, AccountKind, AccountState, Branding, Details, LimitRule};
use domain::audit::{Action, Event, EventKind};
use domain::contacts::Contacts;
use domain::ids::{AccountId, EventId};
use domain::ip_list::IpList;
use domain::key::Key;
use domain::label::{Label, LabelName};
use domain::language::LanguageRule;
use domain::mail::MailAddress;
use domain::name::DisplayName;
use domain::permission::PermissionSet;
use domain::webhook::Webhook;
use store::command::{Belongings, CreateAccount, CreateAccountRejection};
use store::fault::{Failure, Fault, FaultKind, Outcome};

use crate::context::Context;
use crate::create_key::{IssuedKey, NewKey, NewKeyRejection};
use crate::create_webhook::NewWebhook;
use crate::engine::Engine;
use crate::keyring::Standing;
use crate::place::PlaceRef;
use crate::verify::reach_of;

/// A sub-account to be opened.
#[derive(Clone, Debug)]
pub struct NewSubaccount {
    /// The root account above it.
    pub parent: AccountId,
    /// What people call it.
    pub name: DisplayName,
    /// Under whose name it meets its people.
    pub branding: Branding,
    /// Its own address, which is written to until it has contacts.
    pub mail: Option<MailAddress>,
    /// By what it is found and kept apart from others.
    pub labels: Vec<Label>,
    /// What the dialect keeps about it.
    pub details: Option<Details>,
    /// What people call its first key.
    pub key_name: DisplayName,
    /// What its first key may do; `None` where nobody said.
    pub permissions: Option<PermissionSet>,
    /// Its webhooks.
    pub webhooks: Vec<NewWebhook>,
}

/// A sub-account that was opened.
#[derive(Debug)]
pub struct OpenedSubaccount {
    /// The account.
    pub account: Account,
    /// Its first key, with its secret.
    pub issued: IssuedKey,
    /// Its webhooks.
    pub webhooks: Vec<Webhook>,
}

/// Why a sub-account was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningRejection {
    /// The parent does not exist in this place.
    #[error("there is no such parent account")]
    NoSuchParent,
    /// The parent is itself below another account.
    #[error("the parent is not a root account: accounts are two levels deep")]
    ParentNotRoot,
    /// Another active account carries a label that only one may carry.
    #[error("another account has the same {}", .0.as_str())]
    LabelTaken(LabelName),
    /// It was to begin with more webhooks than an account may have.
    #[error("an account has at most {limit} webhooks")]
    TooManyWebhooks {
        /// How many it may have.
        limit: u32,
    },
    /// Its first key cannot be made.
    #[error(transparent)]
    Key(NewKeyRejection),
}

impl Engine {
    /// Opens a sub-account. When this answers, its key works.
    ///
    /// # Errors
    /// See [`OpeningRejection`]; or a fault of the store.
    pub async fn open_subaccount(
        &self,
        place: &PlaceRef,
        wish: NewSubaccount,
        mut context: Context<'_>,
    ) -> Outcome<OpenedSubaccount, OpeningRejection> {
        let id = AccountId::fresh_uuid(context.now, context.entropy);
        let key = NewKey {
            owner: id,
            name: wish.key_name,
            permissions: wish.permissions,
            ip_list: IpList::Any,
            expires_at: None,
        };
        let reach = Some(reach_of(place, Standing::Subaccount));
        let issued = self.mint_key(place, key, reach, &mut context);
        let issued = issued.map_err(|why| Failure::Rejected(OpeningRejection::Key(why)))?;
        let made = |new: NewWebhook| new.of(place, id, &mut context);
        let webhooks: Vec<Webhook> = wish.webhooks.into_iter().map(made).collect();
        let account = Account {
            id,
            place: place.place().clone(),
            kind: AccountKind::Subaccount { parent: wish.parent },
            name: wish.name,
            ip_list: IpList::Any,
            user_agent: place.realm().user_agent,
            branding: wish.branding,
            details: wish.details,
            release_until: None,
            keys_max: LimitRule::OfRealm,
            projects_max: LimitRule::OfRealm,
            contacts: Contacts::none(),
            mail: wish.mail,
            language: LanguageRule::OfRealm,
            state: AccountState::Active,
            created_at: context.now,
            epoch: 0,
        };
        let mut trail = context.trail(Action::CreateAccount, Some(place.place()), id.to_string());
        trail.events.push(Event {
            id: EventId::fresh(context.now, context.entropy),
            at: context.now,
            kind: EventKind::Created,
            place: place.place().clone(),
            account: id,
            key: issued.key.id,
            exposure: None,
        });
        let belongings = Belongings {
            labels: wish.labels,
            key: Some(Box::new(issued.key.clone())),
            webhooks: webhooks.clone(),
            webhooks_max: place.realm().webhooks_per_account,
        };
        let command = CreateAccount { account, belongings, projects_max: None, once: None, trail };
        let outcome = self.store.create_account(command).await;
        let account = outcome.map_err(told)?;
        let epoch = account.epoch;
        let IssuedKey { key, text } = issued;
        let webhooks = webhooks.into_iter().map(|webhook| Webhook { epoch, ..webhook });
        Ok(OpenedSubaccount {
            issued: IssuedKey { key: Key { epoch, ..key }, text },
            webhooks: webhooks.collect(),
            account,
        })
    }
}

fn told(failure: Failure<CreateAccountRejection>) -> Failure<OpeningRejection> {
    let rejection = match failure {
        Failure::Rejected(rejection) => rejection,
        Failure::Fault(fault) => return Failure::Fault(fault),
    };
    Failure::Rejected(match rejection {
        CreateAccountRejection::NoSuchParent => OpeningRejection::NoSuchParent,
        CreateAccountRejection::ParentNotRoot => OpeningRejection::ParentNotRoot,
        CreateAccountRejection::LabelTaken(name) => OpeningRejection::LabelTaken(name),
        CreateAccountRejection::TooManyWebhooks { limit } => {
            OpeningRejection::TooManyWebhooks { limit }
        }
        // A sub-account may bear any branding, counts towards no limit of projects and comes without
        // an idempotency key: a store that says one of these is not to be believed.
        CreateAccountRejection::NotASubaccount
        | CreateAccountRejection::LimitReached { .. }
        | CreateAccountRejection::OtherRequest => {
            let detail = format!("a sub-account was rejected for another's reason: {rejection}");
            return Failure::Fault(Fault::new(FaultKind::Damaged, detail));
        }
    })
}

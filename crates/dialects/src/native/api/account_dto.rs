//! Accounts as they stand on the wire, and how one is asked for or changed.

use domain::account::{Account, AccountKind, AccountState, Branding, LimitRule, UserAgentRule};
use domain::contacts::Contacts;
use domain::ip_list::IpList;
use domain::language::LanguageRule;
use domain::name::DisplayName;
use domain::realm::Realm;
use domain::time::Timestamp;
use engine::outcome::AccountChange;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::object::{self, Object, Read, Wrong};
use super::problem::Problem;
use super::{describe_values, values};

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountDto {
    id: String,
    #[schema(value_type = KindBody)]
    kind: &'static str,
    /// The root account above it
    #[schema(required)]
    parent: Option<String>,
    name: String,
    state: AccountStateDto,
    /// From where its keys may be used, besides each key's own list; empty for anywhere
    ip_list: Vec<String>,
    /// Whether its requests must name their program
    require_user_agent: bool,
    /// Whether it meets its people under the name of the account above
    white_label: bool,
    /// Until when its keys may manage those of the accounts below it
    #[schema(required, format = DateTime)]
    release_until: Option<String>,
    /// How many keys it may hold; null where the realm says
    #[schema(required, maximum = 100_000)]
    keys_max: Option<u32>,
    /// How many projects it may have; null where the realm says
    #[schema(required, maximum = 100_000)]
    projects_max: Option<u32>,
    /// Who is written to about its keys
    contacts: Vec<String>,
    /// The address that it was opened with, written to while it has no contacts
    #[schema(required)]
    email: Option<String>,
    /// In which language they are written to; null where the realm says
    #[schema(required, schema_with = describe_values::language_or_null)]
    language: Option<&'static str>,
    #[schema(format = DateTime)]
    created_at: String,
    /// The epoch of its last change
    epoch: u64,
}

/// Whether an account is there and in force. While it is suspended, no key of it works, nor of the
/// accounts below it.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountState)]
#[serde(rename_all = "snake_case")]
enum AccountStateDto {
    Active,
    Suspended,
    Deleted,
}

/// Where an account stands in its tree.
#[derive(ToSchema)]
#[schema(as = AccountKind)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the three words below")]
enum KindBody {
    Root,
    Subaccount,
    Project,
}

/// The body that asks for an account.
#[derive(ToSchema)]
#[schema(as = NewAccount)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct NewAccountBody {
    /// What people call it
    #[schema(schema_with = describe_values::name)]
    name: String,
    /// Where it stands; root where it is left out
    #[schema(nullable = false)]
    kind: Option<KindBody>,
    /// The root account above it; null or left out for a root account
    parent: Option<String>,
    /// From where its keys may be used; empty for anywhere
    #[schema(schema_with = describe_values::ip_list)]
    ip_list: Option<Vec<String>>,
    /// Whether its requests must name their program; the realm's rule where it is left out
    #[schema(schema_with = describe_values::truth)]
    require_user_agent: Option<bool>,
    /// Whether it meets its people under the name of the account above; sub-accounts alone can
    #[schema(schema_with = describe_values::truth)]
    white_label: Option<bool>,
    /// Who is written to about its keys; nobody where it is left out
    #[schema(schema_with = describe_values::contacts)]
    contacts: Option<Vec<String>>,
    /// In which language they are written to; the realm's where it is null or left out
    #[schema(schema_with = describe_values::language_or_null)]
    language: Option<String>,
}

/// The body that changes an account.
#[derive(ToSchema)]
#[schema(as = AccountChange)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct AccountChangeBody {
    /// What people call it
    #[schema(schema_with = describe_values::name)]
    name: Option<String>,
    /// From where its keys may be used; empty for anywhere
    #[schema(schema_with = describe_values::ip_list)]
    ip_list: Option<Vec<String>>,
    /// Whether its requests must name their program
    #[schema(schema_with = describe_values::truth)]
    require_user_agent: Option<bool>,
    /// Whether it meets its people under the name of the account above; sub-accounts alone can
    #[schema(schema_with = describe_values::truth)]
    white_label: Option<bool>,
    /// How many keys it may hold; null for what the realm says. What is there already stays
    #[schema(schema_with = describe_values::limit_or_null)]
    keys_max: Option<u32>,
    /// How many projects it may have; null for what the realm says. What is there already stays
    #[schema(schema_with = describe_values::limit_or_null)]
    projects_max: Option<u32>,
    /// Who is written to about its keys; empty for the address that it was opened with
    #[schema(schema_with = describe_values::contacts)]
    contacts: Option<Vec<String>>,
    /// In which language they are written to; null for the realm's
    #[schema(schema_with = describe_values::language_or_null)]
    language: Option<String>,
}

impl AccountDto {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            kind: match account.kind {
                AccountKind::Root => ROOT,
                AccountKind::Subaccount { .. } => SUBACCOUNT,
                AccountKind::Project { .. } => PROJECT,
            },
            parent: account.kind.parent().map(|id| id.to_string()),
            name: account.name.to_string(),
            state: match account.state {
                AccountState::Active => AccountStateDto::Active,
                AccountState::Suspended => AccountStateDto::Suspended,
                AccountState::Deleted => AccountStateDto::Deleted,
            },
            ip_list: account.ip_list.to_texts(),
            require_user_agent: match account.user_agent {
                UserAgentRule::Optional => false,
                UserAgentRule::Required => true,
            },
            white_label: match account.branding {
                Branding::Ours => false,
                Branding::WhiteLabel => true,
            },
            release_until: account.release_until.map(Timestamp::to_rfc3339),
            keys_max: own_limit(account.keys_max),
            projects_max: own_limit(account.projects_max),
            contacts: account.contacts.as_slice().iter().map(ToString::to_string).collect(),
            email: account.mail.as_ref().map(ToString::to_string),
            language: match account.language {
                LanguageRule::OfRealm => None,
                LanguageRule::Own(language) => Some(values::language_word(language)),
            },
            created_at: account.created_at.to_rfc3339(),
            epoch: account.epoch,
        }
    }
}

const fn own_limit(rule: LimitRule) -> Option<u32> {
    match rule {
        LimitRule::OfRealm => None,
        LimitRule::Own(limit) => Some(limit),
    }
}

/// An account that is asked for. Parents are texts that may name nothing.
pub(super) struct AccountWishDto {
    pub(super) standing: StandingDto,
    pub(super) name: DisplayName,
    pub(super) ip_list: IpList,
    pub(super) user_agent: Option<UserAgentRule>,
    pub(super) branding: Branding,
    pub(super) contacts: Contacts,
    pub(super) language: LanguageRule,
}

/// Where a new account is to stand.
pub(super) enum StandingDto {
    Root,
    Subaccount { parent: String },
    Project { parent: String },
}

const ROOT: &str = "root";
const SUBACCOUNT: &str = "subaccount";
const PROJECT: &str = "project";

/// Reads the body that asks for an account.
pub(super) fn read(body: &str, realm: &Realm) -> Result<AccountWishDto, Problem> {
    object::body(body, |mut object| {
        let name = object.required("name", values::name);
        let standing = standing(&mut object);
        let ip_list = object.optional("ip_list", values::ip_list);
        let user_agent = object.optional("require_user_agent", user_agent);
        let branding = object.optional("white_label", branding).unwrap_or(Branding::Ours);
        let contacts = object.optional("contacts", |raw| values::contacts(raw, realm));
        let language = object.optional("language", values::language_or_null);
        let wish = name.zip(standing).map(|(name, standing)| AccountWishDto {
            standing,
            name,
            ip_list: ip_list.unwrap_or(IpList::Any),
            user_agent,
            branding,
            contacts: contacts.unwrap_or_default(),
            language: language.unwrap_or(LanguageRule::OfRealm),
        });
        object.finish(wish)
    })
}

/// Reads the body that changes an account. What is absent stays as it is; an empty list of
/// addresses takes the restriction away, and a limit of null gives way to the realm's. Opening a
/// release and suspending are no members: they have paths of their own.
pub(super) fn read_change(body: &str, realm: &Realm) -> Result<AccountChange, Problem> {
    object::body(body, |mut object| {
        let change = AccountChange {
            name: object.optional("name", values::name),
            ip_list: object.optional("ip_list", values::ip_list),
            user_agent: object.optional("require_user_agent", user_agent),
            branding: object.optional("white_label", branding),
            keys_max: object.optional("keys_max", values::limit_or_null),
            projects_max: object.optional("projects_max", values::limit_or_null),
            contacts: object.optional("contacts", |raw| values::contacts(raw, realm)),
            language: object.optional("language", values::language_or_null),
            ..AccountChange::default()
        };
        object.finish(Some(change))
    })
}

fn user_agent(raw: &RawValue) -> Read<UserAgentRule> {
    let required = values::truth(raw)?;
    Ok(if required { UserAgentRule::Required } else { UserAgentRule::Optional })
}

fn branding(raw: &RawValue) -> Read<Branding> {
    let white_label = values::truth(raw)?;
    Ok(if white_label { Branding::WhiteLabel } else { Branding::Ours })
}

fn standing(object: &mut Object<'_>) -> Option<StandingDto> {
    let kind = object.optional("kind", |raw| -> Read<&'static str> {
        let text = values::text(raw)?;
        let known = [ROOT, SUBACCOUNT, PROJECT].into_iter().find(|kind| *kind == text);
        known.ok_or_else(|| Wrong::here("must be root, subaccount or project"))
    });
    let parent = object.optional("parent", values::text_or_null);
    // What the two mean together can be judged only if each was right.
    if !object.is_right() {
        return None;
    }
    match (kind.unwrap_or(ROOT), parent.flatten()) {
        (SUBACCOUNT, Some(parent)) => Some(StandingDto::Subaccount { parent }),
        (PROJECT, Some(parent)) => Some(StandingDto::Project { parent }),
        (SUBACCOUNT | PROJECT, None) => {
            object.refuse("parent", "is missing: name the root account above it");
            None
        }
        (_, Some(_)) => {
            object.refuse("parent", "must be null or left out for a root account");
            None
        }
        (_, None) => Some(StandingDto::Root),
    }
}

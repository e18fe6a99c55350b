//! Accounts as they stand on the wire, and how a new one is asked for.

use domain::account::{Account, AccountKind, UserAgentRule};
use domain::ip_list::IpList;
use domain::name::DisplayName;
use serde::Serialize;

use super::object::{self, Object, Read, Wrong};
use super::problem::Problem;
use super::values;

/// An account.
#[derive(Serialize)]
pub(super) struct AccountDto {
    id: String,
    kind: &'static str,
    parent: Option<String>,
    name: String,
    ip_list: Vec<String>,
    require_user_agent: bool,
    created_at: String,
    epoch: u64,
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
            ip_list: account.ip_list.to_texts(),
            require_user_agent: match account.user_agent {
                UserAgentRule::Optional => false,
                UserAgentRule::Required => true,
            },
            created_at: account.created_at.to_rfc3339(),
            epoch: account.epoch,
        }
    }
}

/// An account that is asked for. Parents are texts that may name nothing.
pub(super) struct AccountWishDto {
    pub(super) standing: StandingDto,
    pub(super) name: DisplayName,
    pub(super) ip_list: IpList,
    pub(super) user_agent: Option<UserAgentRule>,
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
pub(super) fn read(body: &str) -> Result<AccountWishDto, Problem> {
    object::body(body, |mut object| {
        let name = object.required("name", values::name);
        let standing = standing(&mut object);
        let ip_list = object.optional("ip_list", values::ip_list);
        let user_agent = object.optional("require_user_agent", |raw| {
            let required = values::truth(raw)?;
            Ok(if required { UserAgentRule::Required } else { UserAgentRule::Optional })
        });
        let wish = name.zip(standing).map(|(name, standing)| AccountWishDto {
            standing,
            name,
            ip_list: ip_list.unwrap_or(IpList::Any),
            user_agent,
        });
        object.finish(wish)
    })
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

//! The verdict on a key that was found and whose secret matched: pure, in the order of the checks.
//!
//! Must not look anything up. What comes before (transport, shape, environment, secret) is
//! decided by the engine with the same refusals; what comes here begins with the key's state.

use std::net::IpAddr;

use crate::account::UserAgentRule;
use crate::ids::AccountId;
use crate::ip_list::IpList;
use crate::key::KeyState;
use crate::permission::{PermissionSet, Requirement};
use crate::prefix::Reach;
use crate::refusal::{ProjectFault, Refusal, SwitchedOff};
use crate::route::NeedRef;
use crate::secret::End;
use crate::time::Timestamp;

/// What the verdict needs to know about the key.
#[derive(Clone, Copy, Debug)]
pub struct KeyFacts<'a> {
    /// Its state as kept.
    pub state: KeyState,
    /// When what was presented ends by itself.
    pub end: Option<End>,
    /// What it may do.
    pub permissions: &'a PermissionSet,
    /// From where it may be used.
    pub ip_list: &'a IpList,
    /// For whom it may act.
    pub reach: Reach,
}

/// What the verdict needs to know about one owner above the key.
#[derive(Clone, Copy, Debug)]
pub struct OwnerFacts<'a> {
    /// From where its keys may be used.
    pub ip_list: &'a IpList,
    /// Whether requests must name their program.
    pub user_agent: UserAgentRule,
}

/// The project that a request names, as the engine resolved it for the key's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectClaim {
    /// None is named.
    None,
    /// What is named is not an id.
    Malformed,
    /// The key's own project.
    Own,
    /// A project of the key's account.
    Descendant(AccountId),
    /// No such project, or somebody else's.
    NotOwned,
}

/// What a route says about projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectRule {
    /// The realm has no projects.
    NoProjects,
    /// Keys of a whole account must name one.
    Named,
    /// Only keys of a whole account may come, and need not name one.
    AccountKeysOnly,
}

/// What the verdict needs to know about the request.
#[derive(Clone, Copy, Debug)]
pub struct RequestFacts<'a> {
    /// When it came.
    pub now: Timestamp,
    /// From where, if that is known.
    pub client: Option<IpAddr>,
    /// Whether it carries a `User-Agent` that is not empty.
    pub names_its_program: bool,
    /// The project it names.
    pub project: ProjectClaim,
    /// What the route says about projects.
    pub project_rule: ProjectRule,
    /// The permission that the route needs.
    pub need: NeedRef<'a>,
}

/// A request may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    /// The permission that was needed; `None` where no rule names one.
    pub permission: Option<&'a Requirement>,
    /// The project that the request acts for, where it named one besides the key's own.
    pub project: Option<AccountId>,
}

/// Judges the key's state alone: the checks that make a verification count as use.
///
/// # Errors
/// The refusal that the state asks for.
pub fn in_force(key: &KeyFacts<'_>, now: Timestamp) -> Result<(), Refusal> {
    let ended = key.end.filter(|end| end.at <= now);
    match (key.state, ended) {
        (KeyState::Deleted, _) => Err(Refusal::Deleted),
        (KeyState::Expired(cause), _) => Err(Refusal::Expired(cause.into())),
        (KeyState::Enabled | KeyState::Disabled(_), Some(end)) => Err(Refusal::Expired(end.cause)),
        (KeyState::Disabled(cause), None) => Err(Refusal::Disabled(SwitchedOff::Key(cause))),
        (KeyState::Enabled, None) => Ok(()),
    }
}

/// Judges everything after the state: address, program, project, permission.
///
/// `owners` are the key's owner and the account above it, where there is one.
///
/// # Errors
/// The first refusal in the order of the checks.
pub fn admit<'r>(
    key: &KeyFacts<'_>,
    owners: &[OwnerFacts<'_>],
    request: &RequestFacts<'r>,
) -> Result<Grant<'r>, Refusal> {
    let listed = key.ip_list.allows(request.client)
        && owners.iter().all(|owner| owner.ip_list.allows(request.client));
    if !listed {
        return Err(Refusal::IpNotAllowed);
    }
    let named = request.names_its_program
        || owners.iter().all(|owner| owner.user_agent == UserAgentRule::Optional);
    if !named {
        return Err(Refusal::UserAgentMissing);
    }
    let project = project(key.reach, request)?;
    let permission = permission(key.permissions, request.need)?;
    Ok(Grant { permission, project })
}

fn project(reach: Reach, request: &RequestFacts<'_>) -> Result<Option<AccountId>, Refusal> {
    let mismatch = |fault| Err(Refusal::ProjectMismatch(fault));
    match (request.project_rule, reach, request.project) {
        (ProjectRule::NoProjects, _, _) => Ok(None),
        (ProjectRule::AccountKeysOnly, Reach::Own, _) => mismatch(ProjectFault::AccountKeyNeeded),
        (ProjectRule::AccountKeysOnly, Reach::Descendants, ProjectClaim::None)
        | (ProjectRule::Named, Reach::Own, ProjectClaim::None | ProjectClaim::Own) => Ok(None),
        (ProjectRule::Named, Reach::Descendants, ProjectClaim::None) => {
            Err(Refusal::ProjectMissing)
        }
        (_, Reach::Descendants, ProjectClaim::Descendant(id)) => Ok(Some(id)),
        (_, Reach::Descendants, ProjectClaim::Malformed) => mismatch(ProjectFault::Malformed),
        (
            ProjectRule::AccountKeysOnly,
            Reach::Descendants,
            ProjectClaim::Own | ProjectClaim::NotOwned,
        ) => mismatch(ProjectFault::Absent),
        (ProjectRule::Named, Reach::Descendants, ProjectClaim::Own | ProjectClaim::NotOwned)
        | (
            ProjectRule::Named,
            Reach::Own,
            ProjectClaim::Malformed | ProjectClaim::Descendant(_) | ProjectClaim::NotOwned,
        ) => mismatch(ProjectFault::NotOwned),
    }
}

fn permission<'r>(
    granted: &PermissionSet,
    need: NeedRef<'r>,
) -> Result<Option<&'r Requirement>, Refusal> {
    match (need, granted) {
        (NeedRef::Permission(required), _) if granted.covers(required) => Ok(Some(required)),
        (NeedRef::Unnamed(_), PermissionSet::Unrestricted) => Ok(None),
        (NeedRef::Permission(_) | NeedRef::NoPermission | NeedRef::Unnamed(_), _) => {
            need.to_need().map_or(Ok(None), |need| Err(Refusal::PermissionMissing(need)))
        }
    }
}

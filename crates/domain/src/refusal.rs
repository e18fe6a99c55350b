//! Every reason for which a request may be turned away: a closed list, in the order of the checks.
//!
//! Must not say how a refusal looks on the wire; dialects do, each by a complete `match`.

use crate::diagnosis::Diagnosis;
use crate::key::{DisabledCause, ExpiredCause};
use crate::limit::SpentLimit;
use crate::permission::{RequiredAccess, Requirement};

/// What a narrowed key would have needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// This permission.
    Permission(Requirement),
    /// Everything: no rule names the route, so only unrestricted keys pass.
    FullAccess(RequiredAccess),
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Permission(requirement) => write!(f, "{requirement}"),
            Self::FullAccess(access) => write!(f, "*:{}", access.as_str()),
        }
    }
}

/// What is wrong with the project that a request named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProjectFault {
    /// The name of the project is not an id.
    Malformed,
    /// There is no such project, or it belongs to somebody else; the two are not told apart.
    NotOwned,
    /// The same, on a route of the whole account: there the project is what is asked about.
    Absent,
    /// A project's key where only a key of the whole account may act.
    AccountKeyNeeded,
}

/// What has come to its end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The key: its own expiry date came.
    Date,
    /// The key: it was not used for too long.
    LackOfUse,
    /// The secret: it was replaced by a newer one, and its time is over.
    Replaced,
}

impl From<ExpiredCause> for Ending {
    fn from(cause: ExpiredCause) -> Self {
        match cause {
            ExpiredCause::Date => Self::Date,
            ExpiredCause::LackOfUse => Self::LackOfUse,
        }
    }
}

/// What is switched off, so that a key does not work now and may work later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SwitchedOff {
    /// The account that owns the key, or the one above it, is suspended.
    Account,
    /// The key itself.
    Key(DisabledCause),
}

/// Why a request was turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Plain HTTP where TLS is required.
    InsecureTransport,
    /// No credential of ours.
    NoCredential(Diagnosis),
    /// More than one credential, or one twice; none was looked at.
    Ambiguous,
    /// A credential whose shape is wrong.
    Malformed(Diagnosis),
    /// A key of another environment.
    WrongEnvironment,
    /// Well formed, but no such key, or its secret is wrong.
    Unknown,
    /// Switched off.
    Disabled(SwitchedOff),
    /// Over for good.
    Expired(Ending),
    /// Taken back for good.
    Deleted,
    /// From an address that is not on the list.
    IpNotAllowed,
    /// Without the `User-Agent` that the account demands.
    UserAgentMissing,
    /// A key of a whole account must name the project.
    ProjectMissing,
    /// The project named is not one that the key may act for.
    ProjectMismatch(ProjectFault),
    /// The key was not granted what the route needs.
    PermissionMissing(Need),
    /// Over a limit.
    RateLimited {
        /// When it is worth asking again, in milliseconds from now: when the same request would be
        /// admitted, where that is known.
        retry_after_ms: u64,
        /// Which limit.
        spent: SpentLimit,
    },
    /// We cannot decide safely now; nothing is known against the key.
    Undecidable,
}

impl Refusal {
    /// The stable name that the native API uses.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InsecureTransport => "insecure_transport",
            Self::NoCredential(_) => "no_credential",
            Self::Ambiguous => "ambiguous",
            Self::Malformed(_) => "malformed",
            Self::WrongEnvironment => "wrong_environment",
            Self::Unknown => "unknown",
            Self::Disabled(_) => "disabled",
            Self::Expired(_) => "expired",
            Self::Deleted => "deleted",
            Self::IpNotAllowed => "ip_not_allowed",
            Self::UserAgentMissing => "user_agent_missing",
            Self::ProjectMissing => "project_missing",
            Self::ProjectMismatch(_) => "project_mismatch",
            Self::PermissionMissing(_) => "permission_missing",
            Self::RateLimited { .. } => "rate_limited",
            Self::Undecidable => "undecidable",
        }
    }

    /// The limit that is used up, where that is the reason.
    #[must_use]
    pub const fn spent(&self) -> Option<&SpentLimit> {
        match self {
            Self::RateLimited { spent, .. } => Some(spent),
            Self::InsecureTransport
            | Self::NoCredential(_)
            | Self::Ambiguous
            | Self::Malformed(_)
            | Self::WrongEnvironment
            | Self::Unknown
            | Self::Disabled(_)
            | Self::Expired(_)
            | Self::Deleted
            | Self::IpNotAllowed
            | Self::UserAgentMissing
            | Self::ProjectMissing
            | Self::ProjectMismatch(_)
            | Self::PermissionMissing(_)
            | Self::Undecidable => None,
        }
    }

    /// What happened and what to do next, in one or two sentences of printable ASCII.
    ///
    /// The state of a key is told only in refusals that are made after its secret matched.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::InsecureTransport => {
                "The request came without TLS. Use https, and replace a key that was sent in the clear."
            }
            Self::NoCredential(diagnosis) | Self::Malformed(diagnosis) => diagnosis.advice(),
            Self::Ambiguous => {
                "More than one credential was sent. Send exactly one key, in one header, once."
            }
            Self::WrongEnvironment => {
                "The key belongs to another environment. Use a key of this one, or the other environment's address."
            }
            Self::Unknown => {
                "No such key is known here. Check that it was copied from the right account, or make a new one."
            }
            Self::Disabled(SwitchedOff::Account) => {
                "The account of this key is suspended. Ask the operator of this API to resume it; until then none of its keys work."
            }
            Self::Disabled(SwitchedOff::Key(DisabledCause::Manual)) => {
                "The key is switched off. An administrator of the account can switch it on again."
            }
            Self::Disabled(SwitchedOff::Key(DisabledCause::LackOfUse)) => {
                "The key was switched off because it was not used for long. An administrator of the account can switch it on again."
            }
            Self::Disabled(SwitchedOff::Key(DisabledCause::OwnerArrangementChanged)) => {
                "The key was switched off because the arrangement with the account's owner changed."
            }
            Self::Expired(Ending::Date) => "The key has passed its expiry date. Make a new one.",
            Self::Expired(Ending::LackOfUse) => {
                "The key expired because it was not used for long. Make a new one."
            }
            Self::Expired(Ending::Replaced) => {
                "The key was given a newer secret, and the time of this one is over. Use the newer one."
            }
            Self::Deleted => "The key was deleted. Make a new one.",
            Self::IpNotAllowed => {
                "The request came from an address that is not on the list of the key or its account. Send it from one that is, or have the address added that your network shows to others."
            }
            Self::UserAgentMissing => {
                "The account demands a User-Agent header. Send the name of your application in it."
            }
            Self::ProjectMissing => {
                "A key of the whole account must name a project in each request."
            }
            Self::ProjectMismatch(ProjectFault::Malformed) => {
                "The project id is not well formed. It has 24 hexadecimal digits."
            }
            Self::ProjectMismatch(ProjectFault::NotOwned) => {
                "The key may not act for the project that the request names."
            }
            Self::ProjectMismatch(ProjectFault::Absent) => {
                "The account has no such project. Check the id, or leave it out on this route."
            }
            Self::ProjectMismatch(ProjectFault::AccountKeyNeeded) => {
                "This route needs a key of the whole account, not of one project."
            }
            Self::PermissionMissing(Need::FullAccess(_)) => {
                "No rule of this API names this route, so no key that is narrowed to permissions may use it. Use one that is not, or ask the operator of this API for a rule."
            }
            Self::PermissionMissing(Need::Permission(_)) => {
                "The key lacks a permission that this route needs. Grant it, or use another key."
            }
            Self::RateLimited { .. } => "A limit is used up. Wait, then send the request again.",
            Self::Undecidable => {
                "The server cannot decide safely right now. Send the request again in a moment."
            }
        }
    }
}

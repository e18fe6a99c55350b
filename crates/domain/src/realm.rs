//! A realm: one API whose keys are managed, as configuration and its dialect describe it.
//!
//! Must not hold what changes while the server runs (accounts, keys), nor anything of the wire.

use jiff::tz::TimeZone;

use crate::account::UserAgentRule;
use crate::clock::ClockKind;
use crate::ids::{EnvironmentName, RealmName};
use crate::language::Language;
use crate::lifecycle::Lifecycle;
use crate::limit::LimitRules;
use crate::permission::Catalogue;
use crate::prefix::KeyPrefixes;
use crate::route::RouteTable;
use crate::verdict::ProjectRule;
use crate::webhook::EventName;

/// What a key gets when nobody says what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsentPermissions {
    /// Everything.
    MeanUnrestricted,
    /// The command is rejected: permissions must be named.
    AreRejected,
}

/// Whether routes know projects, and which of them are for the whole account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectScheme {
    /// Accounts have no projects.
    None,
    /// Accounts have projects; paths below these prefixes are for keys of the whole account.
    Projects {
        /// Path prefixes such as `/v1/account`, matched by whole segments.
        account_paths: Vec<String>,
        /// Most projects that an account may have, deleted ones not counted.
        per_account: u32,
    },
}

impl ProjectScheme {
    /// What the path says about projects.
    #[must_use]
    pub fn rule_for(&self, path: &str) -> ProjectRule {
        match self {
            Self::None => ProjectRule::NoProjects,
            Self::Projects { account_paths, .. } => {
                let below = |prefix: &String| {
                    path.strip_prefix(prefix.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                if account_paths.iter().any(below) {
                    ProjectRule::AccountKeysOnly
                } else {
                    ProjectRule::Named
                }
            }
        }
    }
}

/// One of a realm's environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// What its clock follows.
    pub clock: ClockKind,
}

impl Environment {
    /// One whose clock is the system's.
    #[must_use]
    pub const fn real(name: EnvironmentName) -> Self {
        Self { name, clock: ClockKind::Real }
    }
}

/// One API whose keys are managed.
#[derive(Debug)]
pub struct Realm {
    /// Its name.
    pub name: RealmName,
    /// Its environments.
    pub environments: Vec<Environment>,
    /// The prefixes of its keys.
    pub prefixes: KeyPrefixes,
    /// What keys can be granted.
    pub catalogue: Catalogue,
    /// Which permission each route needs.
    pub routes: RouteTable,
    /// How many requests may pass.
    pub limits: LimitRules,
    /// How its keys age.
    pub lifecycle: Lifecycle,
    /// Whether it has projects.
    pub projects: ProjectScheme,
    /// Most keys that an account may hold, expired and deleted ones not counted.
    pub keys_per_account: u32,
    /// Most webhooks that an account may have, deleted ones not counted.
    pub webhooks_per_account: u32,
    /// The events that its webhooks can be told of, in the words of its dialect.
    pub webhook_events: Vec<EventName>,
    /// What a key gets when nobody says.
    pub absent_permissions: AbsentPermissions,
    /// What an account demands when nobody says.
    pub user_agent: UserAgentRule,
    /// The zone of its local dates.
    pub time_zone: TimeZone,
    /// In which language people are written to when nobody says.
    pub language: Language,
}

impl Realm {
    /// Whether it has this environment.
    #[must_use]
    pub fn has(&self, environment: &EnvironmentName) -> bool {
        self.environments.iter().any(|known| known.name == *environment)
    }
}

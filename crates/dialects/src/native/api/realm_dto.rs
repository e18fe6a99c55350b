//! Realms as they stand on the wire: what configuration made of each, for those who manage keys.

use domain::account::UserAgentRule;
use domain::ids::EnvironmentName;
use domain::permission::Resource;
use domain::prefix::Reach;
use domain::realm::{AbsentPermissions, ProjectScheme, Realm};
use serde::Serialize;

/// A realm.
#[derive(Serialize)]
pub(super) struct RealmDto<'a> {
    name: &'a str,
    dialect: Option<&'static str>,
    environments: Vec<&'a str>,
    permissions: Vec<&'a str>,
    permissions_required: bool,
    projects: bool,
    projects_per_account: Option<u32>,
    key_prefixes: Vec<KeyPrefixDto<'a>>,
    keys_per_account: u32,
    require_user_agent: bool,
}

/// A prefix of a realm's keys.
#[derive(Serialize)]
struct KeyPrefixDto<'a> {
    prefix: &'a str,
    environment: Option<&'a str>,
    reach: &'static str,
}

impl<'a> RealmDto<'a> {
    pub(super) fn of(realm: &'a Realm, dialect: Option<&'static str>) -> Self {
        let prefixes = realm.prefixes.own().iter();
        Self {
            name: realm.name.as_str(),
            dialect,
            environments: realm.environments.iter().map(EnvironmentName::as_str).collect(),
            permissions: realm.catalogue.resources().iter().map(Resource::as_str).collect(),
            permissions_required: match realm.absent_permissions {
                AbsentPermissions::AreRejected => true,
                AbsentPermissions::MeanUnrestricted => false,
            },
            projects: match realm.projects {
                ProjectScheme::None => false,
                ProjectScheme::Projects { .. } => true,
            },
            projects_per_account: match realm.projects {
                ProjectScheme::None => None,
                ProjectScheme::Projects { per_account, .. } => Some(per_account),
            },
            key_prefixes: prefixes
                .map(|prefix| KeyPrefixDto {
                    prefix: prefix.as_str(),
                    environment: prefix.environment().map(EnvironmentName::as_str),
                    reach: match prefix.reach() {
                        Reach::Own => "own",
                        Reach::Descendants => "descendants",
                    },
                })
                .collect(),
            keys_per_account: realm.keys_per_account,
            require_user_agent: match realm.user_agent {
                UserAgentRule::Optional => false,
                UserAgentRule::Required => true,
            },
        }
    }
}

//! Realms as they stand on the wire: what configuration made of each, for those who manage keys.

use domain::account::UserAgentRule;
use domain::ids::EnvironmentName;
use domain::permission::Resource;
use domain::realm::{AbsentPermissions, ProjectScheme, Realm};
use domain::webhook::EventName;
use serde::Serialize;
use utoipa::ToSchema;

use super::key_dto::ReachDto;

/// A realm.
#[derive(Serialize, ToSchema)]
#[schema(as = Realm)]
pub(super) struct RealmDto<'a> {
    name: &'a str,
    /// How it speaks on the wire
    #[schema(required)]
    dialect: Option<&'static str>,
    environments: Vec<&'a str>,
    /// Its catalogue
    permissions: Vec<&'a str>,
    /// Whether a key must be told its permissions when it is made
    permissions_required: bool,
    /// Whether its accounts may have projects
    projects: bool,
    /// Most projects of an account, where it has any
    #[schema(required)]
    projects_per_account: Option<u32>,
    key_prefixes: Vec<KeyPrefixDto<'a>>,
    /// Most keys of an account that work or could be enabled again
    keys_per_account: u32,
    /// Most webhooks of an account
    webhooks_per_account: u32,
    /// What its webhooks can be told of
    webhook_events: Vec<&'a str>,
    /// Whether requests of new accounts must name their program
    require_user_agent: bool,
}

/// A prefix of a realm's keys.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyPrefix)]
struct KeyPrefixDto<'a> {
    prefix: &'a str,
    /// The environment that it belongs to, where it names one
    #[schema(required)]
    environment: Option<&'a str>,
    reach: ReachDto,
}

impl<'a> RealmDto<'a> {
    pub(super) fn of(realm: &'a Realm, dialect: Option<&'static str>) -> Self {
        let prefixes = realm.prefixes.own().iter();
        Self {
            name: realm.name.as_str(),
            dialect,
            environments: realm.environments.iter().map(|known| known.name.as_str()).collect(),
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
                    reach: prefix.reach().into(),
                })
                .collect(),
            keys_per_account: realm.keys_per_account,
            webhooks_per_account: realm.webhooks_per_account,
            webhook_events: realm.webhook_events.iter().map(EventName::as_str).collect(),
            require_user_agent: match realm.user_agent {
                UserAgentRule::Optional => false,
                UserAgentRule::Required => true,
            },
        }
    }
}

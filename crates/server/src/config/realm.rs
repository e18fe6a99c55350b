//! Reads one `[[realm]]` and asks its dialect whether the settings fit.
//!
//! Must not look at other realms; what concerns several is settled when all are read.

use std::path::Path;
use std::sync::Arc;

use dialects::dialect::{Dialect, DialectSettings, EnvironmentSettings, SettingsError};
use dialects::registry;
use domain::account::UserAgentRule;
use domain::delivery::SuccessRule;
use domain::ids::RealmName;
use domain::language::Language;
use domain::nearest::nearest;
use domain::realm::AbsentPermissions;
use jiff::tz::TimeZone;

use super::environment::{self, EnvironmentDraft};
use super::fault::{FaultList, Place, quoted};
use super::lifecycle::{self, LifecycleDraft};
use super::permissions::{self, CatalogueDraft, RouteDraft};
use super::rate_limits::{self, LimitsDraft};
use super::section::{Section, Spotted, unknown_word};
use super::values;

/// Most keys that an account may be allowed to hold.
const KEYS_PER_ACCOUNT_MAX: u64 = 10_000;
/// As many as one page of a list shows: webhooks of an account are shown whole.
const WEBHOOKS_PER_ACCOUNT_MAX: u64 = 100;
/// More projects than this would not fit one answer that lists them.
const PROJECTS_PER_ACCOUNT_MAX: u64 = 10_000;
const WEBHOOK_SUCCESS: [(&str, SuccessRule); 2] =
    [("2xx", SuccessRule::Any2xx), ("200", SuccessRule::Only200)];
const LANGUAGES: [(&str, Language); 2] = [("pt", Language::Portuguese), ("en", Language::English)];
const ABSENT_PERMISSIONS: [(&str, AbsentPermissions); 2] = [
    ("unrestricted", AbsentPermissions::MeanUnrestricted),
    ("rejected", AbsentPermissions::AreRejected),
];

/// What the file says of a realm.
#[derive(Debug)]
pub(super) struct RealmDraft {
    /// Where its header stands.
    pub(super) place: Place,
    /// Its name; `None` where that has a fault.
    pub(super) name: Option<Spotted<RealmName>>,
    /// Its dialect with the settings inside; `None` where they do not fit.
    pub(super) dialect: Option<Spotted<Arc<dyn Dialect>>>,
    /// The zone of its local dates, where the file names one.
    pub(super) time_zone: Option<TimeZone>,
    /// In which language people are written to, where the file says.
    pub(super) language: Option<Language>,
    /// Whether refusals carry a hint.
    pub(super) hints: bool,
    /// Which answers of webhooks' receivers count as delivered.
    pub(super) webhook_success: SuccessRule,
    /// Most keys of an account, where the file says.
    pub(super) keys_per_account: Option<u32>,
    /// Most webhooks of an account, where the file says.
    pub(super) webhooks_per_account: Option<u32>,
    /// Most projects of an account, where the file says.
    pub(super) projects_per_account: Option<Spotted<u32>>,
    /// What a key gets when nobody says, where the file says.
    pub(super) absent_permissions: Option<AbsentPermissions>,
    /// What its keys can be granted.
    pub(super) catalogue: CatalogueDraft,
    /// The file's rules.
    pub(super) routes: Vec<RouteDraft>,
    /// How many requests may pass.
    pub(super) limits: LimitsDraft,
    /// How its keys age, where the file says.
    pub(super) lifecycle: Option<LifecycleDraft>,
    /// Whether new accounts demand a `User-Agent`.
    pub(super) user_agent: UserAgentRule,
    /// Its environments.
    pub(super) environments: Vec<EnvironmentDraft>,
}

/// Reads the section.
pub(super) fn read(mut section: Section, base: &Path, faults: &mut FaultList) -> RealmDraft {
    section.require("name", "name = \"payments\"", faults);
    section.require("dialect", "dialect = \"native\"", faults);
    let name = section.parsed("name", realm_name, faults);
    let dialect_name = section.parsed("dialect", dialect_name, faults);
    let time_zone = section.parsed("time_zone", values::time_zone, faults);
    let language = section.choice("language", &LANGUAGES, faults);
    let header = section.text("header", faults);
    let alias_header = section.boolean("alias_header", faults);
    let hints = section.boolean("hints", faults);
    let webhook_success = section.choice("webhook_success", &WEBHOOK_SUCCESS, faults);
    let keys = section.number("keys_per_account", 1..=KEYS_PER_ACCOUNT_MAX, faults);
    let webhooks = section.number("webhooks_per_account", 1..=WEBHOOKS_PER_ACCOUNT_MAX, faults);
    let projects = section.number("projects_per_account", 1..=PROJECTS_PER_ACCOUNT_MAX, faults);
    let absent_permissions = section.choice("absent_permissions", &ABSENT_PERMISSIONS, faults);
    let catalogue = permissions::catalogue(&mut section, faults);
    let user_agent = section.boolean("require_user_agent_default", faults);
    let routes = permissions::routes(&mut section, faults);
    let limits = rate_limits::read(&mut section, faults);
    let lifecycle = lifecycle::read(&mut section, faults);
    if !section.has("environment") {
        faults.add(&section.place, "The realm has no environment. Add one: [[realm.environment]] with name, listen and upstream.");
    }
    let environments: Vec<EnvironmentDraft> = section
        .sections("environment", faults)
        .into_iter()
        .map(|environment| environment::read(environment, base, faults))
        .collect();
    let place = section.place.clone();
    section.finish(faults);

    distinct_names(&environments, faults);
    let parts = Parts {
        realm: name.as_ref(),
        header: header.map(|header| header.map(|text| text.to_string())),
        alias_header,
        environments: &environments,
    };
    let dialect = dialect_name.and_then(|dialect| parts.build(dialect, faults));
    RealmDraft {
        place,
        name,
        dialect,
        time_zone: time_zone.map(|zone| zone.value),
        language,
        hints: hints.is_none_or(|hints| hints.value),
        webhook_success: webhook_success.unwrap_or_default(),
        keys_per_account: keys.and_then(|keys| u32::try_from(keys.value).ok()),
        webhooks_per_account: webhooks.and_then(|count| u32::try_from(count.value).ok()),
        projects_per_account: projects
            .map(|projects| projects.map(|count| u32::try_from(count).unwrap_or(u32::MAX))),
        absent_permissions,
        catalogue,
        routes,
        limits,
        lifecycle,
        user_agent: match user_agent {
            Some(demanded) if demanded.value => UserAgentRule::Required,
            Some(_) | None => UserAgentRule::Optional,
        },
        environments,
    }
}

fn realm_name(text: &str) -> Result<RealmName, String> {
    RealmName::parse(text).map_err(|error| format!("`name` cannot be {}: {error}.", quoted(text)))
}

fn dialect_name(text: &str) -> Result<&'static str, String> {
    let names: Vec<&'static str> = registry::names().collect();
    let found = names.iter().find(|name| **name == text).copied();
    found.ok_or_else(|| unknown_word("dialect", text, names.into_iter()))
}

fn distinct_names(environments: &[EnvironmentDraft], faults: &mut FaultList) {
    let named = environments.iter().filter_map(|environment| environment.name.as_ref());
    for (at, name) in named.clone().enumerate() {
        if let Some(first) = named.clone().take(at).find(|first| first.value == name.value) {
            let (name_text, first) = (&name.value, first.place.mention());
            faults.add(&name.place, format!("The realm has two environments named `{name_text}` (the first is {first}). Give each its own name."));
        }
    }
}

/// The settings that a dialect judges.
struct Parts<'a> {
    realm: Option<&'a Spotted<RealmName>>,
    header: Option<Spotted<String>>,
    alias_header: Option<Spotted<bool>>,
    environments: &'a [EnvironmentDraft],
}

impl Parts<'_> {
    /// Builds the dialect, or notes everything that it does not accept.
    fn build(
        &self,
        dialect: Spotted<&'static str>,
        faults: &mut FaultList,
    ) -> Option<Spotted<Arc<dyn Dialect>>> {
        // A stand-in keeps a fault of the name from hiding what the dialect has to say.
        let stand_in = || RealmName::parse("unnamed").ok();
        let realm = self.realm.map(|name| name.value.clone()).or_else(stand_in)?;
        let settings = |environments: &[EnvironmentDraft]| DialectSettings {
            realm: realm.clone(),
            environments: environments.iter().filter_map(settings_of).collect(),
            header: self.header.as_ref().map(|header| header.value.clone()),
            alias_header: self.alias_header.as_ref().is_some_and(|alias| alias.value),
        };
        let error = match registry::build(&dialect, &settings(self.environments)) {
            Ok(built) => return Some(dialect.map(|_| built)),
            Err(error) => error,
        };
        // A dialect stops at the first thing it does not accept. Asked without environments and
        // for one at a time, it says what it has against the realm and against each of them.
        let mut noted: Vec<(SettingsError, Place)> = Vec::new();
        let none = (&[][..], None);
        let single = |environment| (std::slice::from_ref(environment), Some(environment));
        for (alone, environment) in
            std::iter::once(none).chain(self.environments.iter().map(single))
        {
            if let Err(error) = registry::build(&dialect, &settings(alone)) {
                let place = self.place_of(&error, environment, &dialect.place);
                noted.push((error, place));
            }
        }
        if noted.is_empty() {
            // It is about two environments; the later one is to be changed.
            let place = self.place_of(&error, self.environments.last(), &dialect.place);
            noted.push((error, place));
        }
        for (error, place) in noted {
            faults.add(&place, sentence(&error));
        }
        None
    }

    /// Where the setting stands that the dialect does not accept.
    fn place_of(
        &self,
        error: &SettingsError,
        environment: Option<&EnvironmentDraft>,
        dialect: &Place,
    ) -> Place {
        let prefix_of = |draft: &EnvironmentDraft| draft.key_prefix.clone();
        let place = match error {
            SettingsError::UnknownDialect { .. } => None,
            SettingsError::UnknownEnvironment { .. } => {
                environment.and_then(|draft| draft.name.as_ref()).map(|name| name.place.clone())
            }
            SettingsError::FixedPrefix { .. } => {
                environment.and_then(prefix_of).map(|prefix| prefix.place)
            }
            SettingsError::BadPrefix { prefix, .. } => {
                let mut prefixes = self.environments.iter().rev().filter_map(prefix_of);
                prefixes.find(|found| found.value == *prefix).map(|prefix| prefix.place)
            }
            SettingsError::PrefixNeeded { .. } => environment.map(|draft| draft.place.clone()),
            SettingsError::BadHeader { header, .. } => {
                let written = self.header.as_ref().filter(|written| written.value == *header);
                let alias = self.alias_header.as_ref().map(|alias| alias.place.clone());
                written.map(|written| written.place.clone()).or(alias)
            }
        };
        place.unwrap_or_else(|| dialect.clone())
    }
}

fn settings_of(environment: &EnvironmentDraft) -> Option<EnvironmentSettings> {
    let name = environment.name.as_ref()?.value.clone();
    let key_prefix = environment.key_prefix.as_ref().map(|prefix| prefix.value.clone());
    Some(EnvironmentSettings { name, key_prefix })
}

/// What a dialect has against the settings, as a sentence of this file.
fn sentence(error: &SettingsError) -> String {
    match error {
        SettingsError::UnknownEnvironment { dialect, name, known } => {
            let meant = nearest(name, known.split(", "))
                .map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
            format!(
                "The dialect {dialect} has no environment named {}. It has {known}.{meant}",
                quoted(name)
            )
        }
        SettingsError::FixedPrefix { dialect } => {
            format!("The dialect {dialect} has its own key prefixes. Remove `key_prefix`.")
        }
        SettingsError::PrefixNeeded { environment } => {
            format!(
                "Environment {environment} needs a `key_prefix` of its own. Add it, as in key_prefix = \"acme_live_\"."
            )
        }
        SettingsError::BadPrefix { prefix, reason } => {
            format!("`key_prefix` cannot be {}: {reason}.", quoted(prefix))
        }
        SettingsError::BadHeader { header, reason } if header == "alias_header" => {
            format!("`alias_header` cannot be true: {reason}.")
        }
        SettingsError::BadHeader { header, reason } => {
            format!("`header` cannot be {}: {reason}.", quoted(header))
        }
        SettingsError::UnknownDialect { .. } => format!("{error}."),
    }
}

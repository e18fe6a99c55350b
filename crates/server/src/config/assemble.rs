//! Puts the realms together: names, prefixes and addresses have to fit each other, and each realm
//! becomes what the rules and the edge work with.
//!
//! Must not read the file; everything here was read before.

use std::sync::Arc;

use dialects::dialect::Preset;
use domain::operator::OperatorRole;
use domain::prefix::{KeyPrefix, KeyPrefixes};
use domain::realm::{AbsentPermissions, Environment, ProjectScheme, Realm};

use super::environment::EnvironmentDraft;
use super::fault::{FaultList, Place};
use super::lifecycle;
use super::listeners::Listeners;
use super::model::{EnvironmentConfig, RealmConfig, Upstream};
use super::permissions::{CatalogueDraft, ruled};
use super::rate_limits;
use super::realm::RealmDraft;
use super::section::Spotted;
use super::values;

/// Makes the realms, or notes why they cannot stand together.
pub(super) fn realms(
    drafts: Vec<RealmDraft>,
    mut listeners: Listeners,
    faults: &mut FaultList,
) -> Vec<RealmConfig> {
    distinct_names(&drafts, faults);
    distinct_listeners(&drafts, &mut listeners, faults);
    let issued = issued(&drafts);
    distinct_prefixes(&issued, faults);
    drafts.into_iter().filter_map(|draft| realm(draft, &issued, faults)).collect()
}

fn distinct_names(drafts: &[RealmDraft], faults: &mut FaultList) {
    let named = drafts.iter().filter_map(|draft| draft.name.as_ref());
    for (at, name) in named.clone().enumerate() {
        if let Some(first) = named.clone().take(at).find(|first| first.value == name.value) {
            let (text, first) = (&name.value, first.place.mention());
            faults.add(&name.place, format!("There are two realms named `{text}` (the first is {first}). Give each its own name."));
        }
    }
}

fn distinct_listeners(drafts: &[RealmDraft], listeners: &mut Listeners, faults: &mut FaultList) {
    let all = || drafts.iter().flat_map(|draft| &draft.environments);
    for draft in drafts {
        for environment in &draft.environments {
            if let Some(listener) = &environment.listener {
                listeners.add(listener, &whose(draft, environment), faults);
            }
        }
    }
    for upstream in all().flat_map(|environment| &environment.upstreams) {
        if let Some(ours) = listeners.at(&upstream.host, upstream.port) {
            faults.add(&upstream.place, format!("`upstream` is {}, where {ours} listens, so requests would go round in circles. Name the server behind this one.", upstream.value));
        }
    }
}

fn whose(draft: &RealmDraft, environment: &EnvironmentDraft) -> String {
    let realm = draft.name.as_ref().map_or("without a name", |name| name.as_str());
    let name = environment.name.as_ref().map_or("without a name", |name| name.as_str());
    format!("environment {name} of realm {realm}")
}

/// A prefix that a realm issues.
struct Issued {
    realm: String,
    prefix: KeyPrefix,
    place: Place,
}

fn issued(drafts: &[RealmDraft]) -> Vec<Issued> {
    let mut issued = Vec::new();
    for draft in drafts {
        let (Some(name), Some(dialect)) = (&draft.name, &draft.dialect) else { continue };
        for prefix in &dialect.preset().prefixes {
            let chosen = draft.environments.iter().filter_map(|draft| draft.key_prefix.as_ref());
            let chosen = chosen.clone().find(|chosen| chosen.value == prefix.as_str());
            let place = chosen.map_or(&dialect.place, |chosen| &chosen.place).clone();
            issued.push(Issued { realm: name.to_string(), prefix: prefix.clone(), place });
        }
    }
    issued
}

/// A key's prefix has to say whose it is: none may begin like one of another realm or like the
/// keys of operators. Longer and shorter ones of the same realm are told apart by the longest.
fn distinct_prefixes(issued: &[Issued], faults: &mut FaultList) {
    let alike = |one: &str, other: &str| one.starts_with(other) || other.starts_with(one);
    let mut noted: Vec<(&str, &str)> = Vec::new();
    for (at, this) in issued.iter().enumerate() {
        let text = this.prefix.as_str();
        if OperatorRole::ALL.iter().any(|role| alike(text, role.prefix())) {
            faults.add(&this.place, format!("`key_prefix` cannot be `{text}`: keys of operators begin like this. Choose another."));
        }
        let clash = issued[..at]
            .iter()
            .find(|other| other.realm != this.realm && alike(text, other.prefix.as_str()));
        let Some(other) = clash else { continue };
        // Two realms of one dialect share all their prefixes; one sentence says enough.
        if noted.contains(&(&other.realm, &this.realm)) {
            continue;
        }
        noted.push((&other.realm, &this.realm));
        let (theirs, first) = (other.prefix.as_str(), other.place.mention());
        faults.add(&this.place, format!(
            "Keys of realm {} begin with `{text}` and those of realm {} with `{theirs}` ({first}), so it cannot be told whose they are. Choose another `key_prefix`; a dialect with its own prefixes fits one realm only.",
            this.realm, other.realm
        ));
    }
}

fn realm(draft: RealmDraft, issued: &[Issued], faults: &mut FaultList) -> Option<RealmConfig> {
    let name = draft.name?.value;
    let dialect = draft.dialect?;
    let preset: &Preset = dialect.preset();
    let catalogue = match draft.catalogue {
        CatalogueDraft::OfDialect => preset.catalogue.clone(),
        CatalogueDraft::Own(catalogue) => catalogue,
        CatalogueDraft::Faulty => return None,
    };
    let ruled = ruled(&preset.routes, draft.routes, &catalogue, faults)?;
    let absent_permissions = draft.absent_permissions.unwrap_or(preset.absent_permissions);
    if absent_permissions == AbsentPermissions::AreRejected && catalogue.resources().is_empty() {
        faults.add(&draft.place, format!("Keys of realm {name} have to name their permissions, and there are none to name. List some in `permissions`, or set absent_permissions = \"unrestricted\"."));
    }
    let projects = projects(&preset.projects, draft.projects_per_account, faults)?;
    let limits = rate_limits::together(&draft.limits, &preset.limits, &draft.place, faults)?;
    let lifecycle = lifecycle::together(draft.lifecycle.as_ref(), &preset.lifecycle, faults)?;
    let environments: Option<Vec<EnvironmentConfig>> =
        draft.environments.into_iter().map(environment).collect();
    let time_zone = match draft.time_zone {
        Some(zone) => zone,
        None => match values::time_zone(preset.time_zone) {
            Ok(zone) => zone,
            Err(sentence) => {
                faults.add(&dialect.place, sentence);
                return None;
            }
        },
    };
    // Operators' keys count as foreign ones: in a request they are recognized, refused, and never
    // passed on to the upstream.
    let foreign = issued.iter().filter(|other| other.realm != name.as_str());
    let foreign = foreign.map(|other| other.prefix.as_str());
    let foreign =
        foreign.chain(OperatorRole::ALL.iter().map(|role| role.prefix())).map(str::to_owned);
    let environments = environments?;
    let realm = Realm {
        environments: environments
            .iter()
            .map(|one| Environment { name: one.name.clone(), clock: one.clock })
            .collect(),
        prefixes: KeyPrefixes::new(preset.prefixes.clone(), foreign),
        catalogue,
        routes: ruled.routes,
        limits,
        lifecycle,
        projects,
        keys_per_account: draft.keys_per_account.unwrap_or(preset.keys_per_account),
        webhooks_per_account: draft.webhooks_per_account.unwrap_or(preset.webhooks_per_account),
        webhook_events: preset.webhook_events.clone(),
        absent_permissions,
        user_agent: draft.user_agent,
        time_zone: time_zone.clone(),
        language: draft.language.unwrap_or(preset.language),
        name,
    };
    Some(RealmConfig {
        realm: Arc::new(realm),
        dialect: dialect.value,
        time_zone,
        hints: draft.hints,
        webhook_success: draft.webhook_success,
        routes_without_permission: ruled.dropped,
        environments,
    })
}

/// The dialect's projects, with the operator's limit where there is one.
fn projects(
    preset: &ProjectScheme,
    limit: Option<Spotted<u32>>,
    faults: &mut FaultList,
) -> Option<ProjectScheme> {
    match (preset, limit) {
        (preset, None) => Some(preset.clone()),
        (ProjectScheme::Projects { account_paths, .. }, Some(limit)) => {
            let account_paths = account_paths.clone();
            Some(ProjectScheme::Projects { account_paths, per_account: limit.value })
        }
        (ProjectScheme::None, Some(limit)) => {
            faults.add(
                &limit.place,
                "This realm's dialect has no projects. Remove `projects_per_account`.",
            );
            None
        }
    }
}

fn environment(draft: EnvironmentDraft) -> Option<EnvironmentConfig> {
    let upstreams: Vec<Upstream> =
        draft.upstreams.into_iter().map(|upstream| upstream.value).collect();
    Some(EnvironmentConfig {
        name: draft.name?.value,
        listener: draft.listener?.value,
        clock: draft.clock,
        front: draft.front,
        upstreams: (!upstreams.is_empty()).then_some(upstreams)?,
        rules: draft.rules,
    })
}

//! The dialect of the AutoSend API: `Authorization: Bearer`, projects named in `x-project-id`.
//!
//! Must not decide anything, and must never answer 204: the vendor's client takes an empty body
//! for a failure and repeats the request (contract, section 1.0).

mod errors;
mod limits;
mod projects;

use std::sync::Arc;

use domain::audit::EventKind;
use domain::ids::EventId;
use domain::language::Language;
use domain::lifecycle::LifecyclePolicy;
use domain::limit::LimitStanding;
use domain::permission::Catalogue;
use domain::prefix::{KeyPrefix, KeyPrefixes, Reach};
use domain::realm::{AbsentPermissions, ProjectScheme};
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use engine::ports::courier::Parcel;
use engine::ports::herald::{Herald, Told};
use engine::verify::ProjectName;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::answer::Challenges;
use crate::carrier::{Carrier, Carriers, Form, is_same};
use crate::dialect::{
    Answer, Dialect, DialectSettings, Extraction, Preset, RequestHead, SettingsError, Trouble,
};
use crate::office::{Answering, GrantedRequest, Office};
use crate::own_events;
use crate::own_route::OwnRoute;
use crate::own_told;
use crate::sample;

/// The name in configuration.
pub(crate) const NAME: &str = "autosend";

/// Prefixes of keys (section 1.1): the contract has one pair for all environments.
const PREFIXES: [(&str, Reach); 2] =
    [(PROJECT_KEY_PREFIX, Reach::Own), (ACCOUNT_KEY_PREFIX, Reach::Descendants)];
const PROJECT_KEY_PREFIX: &str = "AS_";
const ACCOUNT_KEY_PREFIX: &str = "ASA_";

/// Below this path act keys of the whole account, and need not name a project (section 1.1).
const ACCOUNT_PATH: &str = "/v1/account";

/// Ours: the contract sets no maximum. A hundred projects with a key each is far from any limit of
/// the store and still stops a loop that makes keys.
const KEYS_PER_ACCOUNT: u32 = 100;
/// Most webhooks of an account or project; the contract names none.
const WEBHOOKS_PER_ACCOUNT: u32 = 10;

/// Ours: the contract speaks of plans, which this server does not know. A realm can set its own.
const PROJECTS_PER_ACCOUNT: u32 = 1_000;

/// Seen once in the wild (section 1.1), not published: a switch of the realm.
static ALIAS: HeaderName = HeaderName::from_static("x-api-key");
static PROJECT: HeaderName = HeaderName::from_static("x-project-id");
/// What a server that hands headers on as variables takes for the same; nobody has verified it.
static UNVERIFIED_PROJECTS: [HeaderName; 3] = [
    HeaderName::from_static("x_project_id"),
    HeaderName::from_static("x-project_id"),
    HeaderName::from_static("x_project-id"),
];

/// What the dialect answers itself (contract, section 1.3).
pub(crate) static OWN_ROUTES: [OwnRoute; 4] = [
    OwnRoute::new(Method::GET, "/v1/account/projects"),
    OwnRoute::new(Method::POST, "/v1/account/projects"),
    OwnRoute::new(Method::GET, "/v1/account/projects/{project}"),
    OwnRoute::new(Method::DELETE, "/v1/account/projects/{project}"),
];

#[derive(Debug)]
struct Autosend {
    preset: Preset,
    carriers: Carriers,
    challenges: Challenges,
}

/// Builds the dialect for a realm.
///
/// # Errors
/// A prefix or header of the operator's own.
pub(crate) fn build(settings: &DialectSettings) -> Result<Arc<dyn Dialect>, SettingsError> {
    if settings.environments.iter().any(|environment| environment.key_prefix.is_some()) {
        return Err(SettingsError::FixedPrefix { dialect: NAME });
    }
    if let Some(header) = &settings.header {
        return Err(SettingsError::BadHeader {
            header: header.clone(),
            reason: "the dialect autosend reads Authorization and no other: remove header",
        });
    }
    let mut own = vec![Carrier { name: AUTHORIZATION, form: Form::Bearer }];
    if settings.alias_header {
        own.push(Carrier { name: ALIAS.clone(), form: Form::Bare });
    }
    Ok(Arc::new(Autosend {
        preset: preset(),
        carriers: Carriers::new(own),
        challenges: Challenges::bearer(&settings.realm),
    }))
}

fn preset() -> Preset {
    Preset {
        prefixes: PREFIXES.map(|(prefix, reach)| key_prefix(prefix, reach)).into(),
        catalogue: Catalogue::default(),
        routes: Vec::new(),
        limits: limits::preset(),
        // Its vendor publishes no ageing; whoever wants one writes it.
        lifecycle: LifecyclePolicy::default(),
        projects: ProjectScheme::Projects {
            account_paths: vec![ACCOUNT_PATH.to_owned()],
            per_account: PROJECTS_PER_ACCOUNT,
        },
        keys_per_account: KEYS_PER_ACCOUNT,
        webhooks_per_account: WEBHOOKS_PER_ACCOUNT,
        webhook_events: own_events::names(),
        // The contract knows no permissions: every key may do everything in its project.
        absent_permissions: AbsentPermissions::MeanUnrestricted,
        time_zone: "UTC",
        language: Language::English,
    }
}

fn key_prefix(prefix: &str, reach: Reach) -> KeyPrefix {
    KeyPrefix::new(prefix, None, reach).expect("the table holds prefixes")
}

/// The project that a request names; an empty header names none, like an unset variable.
fn project(headers: &HeaderMap) -> ProjectName<'_> {
    let mut values = headers.get_all(&PROJECT).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => ProjectName::Absent,
        (Some(Ok(text)), None) => match text.trim_matches([' ', '\t']) {
            "" => ProjectName::Absent,
            name => ProjectName::Named(name),
        },
        (Some(Err(_)), None) | (Some(_), Some(_)) => ProjectName::Ambiguous,
    }
}

impl Herald for Autosend {
    fn event_name(&self, kind: EventKind) -> Option<&'static str> {
        Some(kind.name())
    }

    fn body(&self, told: &Told<'_>) -> Box<str> {
        own_told::body(told)
    }

    fn parcel(&self, webhook: &Webhook, event: EventId, body: &str, at: Timestamp) -> Parcel {
        own_told::parcel(webhook, event, body, at)
    }
}

impl Dialect for Autosend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn preset(&self) -> &Preset {
        &self.preset
    }

    fn extract<'a>(&self, head: &RequestHead<'a>, prefixes: &'a KeyPrefixes) -> Extraction<'a> {
        let credential = self.carriers.extract(head, prefixes);
        Extraction { credential, project: project(head.headers) }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        errors::refuse(refusal, &self.challenges).with_limit(self, refusal)
    }

    fn limit_lines(
        &self,
        standings: &mut dyn Iterator<Item = LimitStanding<'_>>,
        at: Timestamp,
    ) -> Vec<(HeaderName, HeaderValue)> {
        limits::lines(standings, at)
    }

    fn refusal_status(&self, refusal: &Refusal) -> StatusCode {
        errors::status(refusal)
    }

    fn trouble(&self, trouble: Trouble) -> Answer {
        errors::trouble(trouble)
    }

    fn allows_body(&self, method: &Method) -> bool {
        // The contract is silent; HTTP forbids it to TRACE alone (RFC 9110, section 9.3.8).
        method != Method::TRACE
    }

    fn strip_credential(&self, headers: &mut HeaderMap, prefixes: &KeyPrefixes) {
        self.carriers.strip(headers, prefixes);
        for name in &UNVERIFIED_PROJECTS {
            headers.remove(name);
        }
    }

    fn reads(&self, name: &HeaderName) -> bool {
        self.carriers.reads(name) || is_same(&PROJECT, name)
    }

    fn own_routes(&self) -> &'static [OwnRoute] {
        &OWN_ROUTES
    }

    fn answer<'a>(&'a self, office: Office<'a>, request: GrantedRequest) -> Answering<'a> {
        Box::pin(projects::answer(office, request))
    }

    fn sample_request(&self, base_url: &str, key: &str, project: Option<&str>) -> String {
        let bearer = format!("Bearer {key}");
        let authorization = ("Authorization", bearer.as_str());
        match project {
            Some(project) => {
                let headers = [authorization, (PROJECT.as_str(), project)];
                sample::curl(base_url, "/v1/contacts", &headers)
            }
            // A key of the whole account can do nothing else without a project.
            None if key.starts_with(ACCOUNT_KEY_PREFIX) => {
                sample::curl(base_url, "/v1/account/projects", &[authorization])
            }
            None => sample::curl(base_url, "/v1/contacts", &[authorization]),
        }
    }
}

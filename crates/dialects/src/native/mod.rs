//! The dialect of our own making, for APIs that have no contract yet: prefixes of the operator's,
//! `Authorization: Bearer` or a header of the operator's, refusals as RFC 9457 problem details. A key
//! can look at itself, be given a new secret and end itself.
//!
//! Must not decide anything.

pub mod api;
mod problem;
mod settings;

use std::sync::Arc;

use domain::audit::EventKind;
use domain::ids::EventId;
use domain::language::Language;
use domain::lifecycle::LifecyclePolicy;
use domain::limit::LimitRules;
use domain::permission::Catalogue;
use domain::prefix::KeyPrefixes;
use domain::realm::{AbsentPermissions, ProjectScheme};
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use engine::ports::courier::Parcel;
use engine::ports::herald::{Herald, Told};
use engine::verify::ProjectName;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, Method, StatusCode};

use self::api::own_key;
use crate::answer::{Challenges, api_key_challenge};
use crate::carrier::{Carrier, Carriers, Form};
use crate::dialect::{
    Answer, Dialect, DialectSettings, Extraction, Preset, RequestHead, SettingsError, Trouble,
};
use crate::office::{Answering, GrantedRequest, Office};
use crate::own_events;
use crate::own_route::OwnRoute;
use crate::own_told;
use crate::sample;

/// The name in configuration.
pub(crate) const NAME: &str = "native";

/// A generous bound that still stops a loop that makes keys.
const KEYS_PER_ACCOUNT: u32 = 100;
/// Most webhooks of an account.
const WEBHOOKS_PER_ACCOUNT: u32 = 10;

/// What the dialect answers itself: what a key may do with itself. Everything else on the listener of
/// a realm is its upstream's.
pub(crate) static OWN_ROUTES: [OwnRoute; 3] = [
    OwnRoute::new(Method::GET, own_key::KEY),
    OwnRoute::new(Method::DELETE, own_key::KEY),
    OwnRoute::new(Method::POST, own_key::ROTATION),
];

#[derive(Debug)]
struct Native {
    preset: Preset,
    header: HeaderName,
    carriers: Carriers,
    challenges: Challenges,
}

/// Builds the dialect for a realm.
///
/// # Errors
/// An environment without a prefix of its own, or a header that cannot carry keys.
pub(crate) fn build(settings: &DialectSettings) -> Result<Arc<dyn Dialect>, SettingsError> {
    let header = settings::header(settings)?;
    let bearer = header == AUTHORIZATION;
    let form = if bearer { Form::Bearer } else { Form::Bare };
    let challenges = if bearer {
        Challenges::bearer(&settings.realm)
    } else {
        Challenges::always(api_key_challenge(&settings.realm, &header))
    };
    Ok(Arc::new(Native {
        preset: Preset {
            prefixes: settings::prefixes(settings)?,
            catalogue: Catalogue::default(),
            routes: own_key::routes(),
            limits: LimitRules::default(),
            // Nobody's keys stop working of their own accord before somebody wrote when.
            lifecycle: LifecyclePolicy::default(),
            projects: ProjectScheme::None,
            keys_per_account: KEYS_PER_ACCOUNT,
            webhooks_per_account: WEBHOOKS_PER_ACCOUNT,
            webhook_events: own_events::names(),
            // Nobody relies on an older habit here: what a key may do is always said.
            absent_permissions: AbsentPermissions::AreRejected,
            time_zone: "UTC",
            language: Language::English,
        },
        carriers: Carriers::new(vec![Carrier { name: header.clone(), form }]),
        header,
        challenges,
    }))
}

impl Herald for Native {
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

impl Dialect for Native {
    fn name(&self) -> &'static str {
        NAME
    }

    fn preset(&self) -> &Preset {
        &self.preset
    }

    fn extract<'a>(&self, head: &RequestHead<'a>, prefixes: &'a KeyPrefixes) -> Extraction<'a> {
        let credential = self.carriers.extract(head, prefixes);
        Extraction { credential, project: ProjectName::Absent }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        problem::refuse(refusal, self.challenges.for_refusal(refusal)).with_limit(self, refusal)
    }

    fn refusal_status(&self, refusal: &Refusal) -> StatusCode {
        problem::status(refusal)
    }

    fn trouble(&self, trouble: Trouble) -> Answer {
        problem::trouble(trouble)
    }

    fn allows_body(&self, method: &Method) -> bool {
        // HTTP forbids it to TRACE alone (RFC 9110, section 9.3.8).
        method != Method::TRACE
    }

    fn strip_credential(&self, headers: &mut HeaderMap, prefixes: &KeyPrefixes) {
        self.carriers.strip(headers, prefixes);
    }

    fn reads(&self, name: &HeaderName) -> bool {
        self.carriers.reads(name)
    }

    fn own_routes(&self) -> &'static [OwnRoute] {
        &OWN_ROUTES
    }

    fn answer<'a>(&'a self, office: Office<'a>, request: GrantedRequest) -> Answering<'a> {
        Box::pin(own_key::answer(office, request))
    }

    fn sample_request(&self, base_url: &str, key: &str, _project: Option<&str>) -> String {
        if self.header == AUTHORIZATION {
            sample::curl(base_url, "/", &[("Authorization", &format!("Bearer {key}"))])
        } else {
            sample::curl(base_url, "/", &[(self.header.as_str(), key)])
        }
    }
}

//! The dialect of the Asaas API: the key alone in `access_token`, errors in Portuguese.
//!
//! Must not decide anything, and must not read a key from anywhere but its header.

mod access_tokens;
mod accounts;
mod answers;
mod data;
mod dates;
mod errors;
mod key_view;
mod lifecycle;
mod limits;
mod lists;
mod members;
mod permissions;
mod texts;
mod told;
mod webhooks;

use std::sync::Arc;

use domain::ids::EnvironmentName;
use domain::language::Language;
use domain::limit::LimitStanding;
use domain::prefix::{KeyPrefix, KeyPrefixes, Reach};
use domain::realm::{AbsentPermissions, ProjectScheme};
use domain::refusal::Refusal;
use domain::time::Timestamp;
use engine::verify::ProjectName;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::answer::api_key_challenge;
use crate::carrier::{Carrier, Carriers, Form};
use crate::dialect::{
    Answer, Dialect, DialectSettings, Extraction, Preset, RequestHead, SettingsError, Trouble,
};
use crate::office::{Answering, GrantedRequest, Office};
use crate::own_route::{self, OwnRoute};
use crate::sample;

/// The name in configuration.
pub(crate) const NAME: &str = "asaas";

/// The environments of the contract and the prefixes of their keys (section 7.5).
const ENVIRONMENTS: [(&str, &str); 2] = [("production", "$aact_prod_"), ("sandbox", "$aact_hmlg_")];
const ENVIRONMENT_NAMES: &str = "production, sandbox";

/// Most keys of an account (section 2.4).
const KEYS_PER_ACCOUNT: u32 = 10;
/// Most webhooks of an account (section 6.1).
const WEBHOOKS_PER_ACCOUNT: u32 = 10;

static HEADER: HeaderName = HeaderName::from_static("access_token");
/// For clients behind proxies that drop names with underscores; a switch of the realm.
static ALIAS: HeaderName = HeaderName::from_static("access-token");

/// What the dialect answers itself (contract, sections 2, 3 and 6).
pub(crate) static OWN_ROUTES: [OwnRoute; 15] = [
    OwnRoute::new(Method::GET, "/v3/accounts"),
    OwnRoute::new(Method::POST, "/v3/accounts"),
    OwnRoute::new(Method::GET, "/v3/accounts/{account}"),
    OwnRoute::new(Method::DELETE, "/v3/accounts/{account}"),
    OwnRoute::new(Method::GET, "/v3/accounts/{account}/accessTokens"),
    OwnRoute::new(Method::POST, "/v3/accounts/{account}/accessTokens"),
    OwnRoute::new(Method::PUT, "/v3/accounts/{account}/accessTokens/{key}"),
    OwnRoute::new(Method::DELETE, "/v3/accounts/{account}/accessTokens/{key}"),
    OwnRoute::new(Method::GET, "/v3/webhooks"),
    OwnRoute::new(Method::POST, "/v3/webhooks"),
    OwnRoute::new(Method::GET, "/v3/webhooks/{webhook}"),
    OwnRoute::new(Method::POST, "/v3/webhooks/{webhook}"),
    OwnRoute::new(Method::PUT, "/v3/webhooks/{webhook}"),
    OwnRoute::new(Method::DELETE, "/v3/webhooks/{webhook}"),
    OwnRoute::new(Method::POST, "/v3/webhooks/{webhook}/removeBackoff"),
];

#[derive(Debug)]
struct Asaas {
    preset: Preset,
    carriers: Carriers,
    challenge: HeaderValue,
}

/// Builds the dialect for a realm.
///
/// # Errors
/// Other environments than the contract's, or a prefix or header of the operator's own.
pub(crate) fn build(settings: &DialectSettings) -> Result<Arc<dyn Dialect>, SettingsError> {
    for environment in &settings.environments {
        let name = environment.name.as_str();
        if ENVIRONMENTS.iter().all(|(known, _)| *known != name) {
            return Err(SettingsError::UnknownEnvironment {
                dialect: NAME,
                name: name.to_owned(),
                known: ENVIRONMENT_NAMES,
            });
        }
        if environment.key_prefix.is_some() {
            return Err(SettingsError::FixedPrefix { dialect: NAME });
        }
    }
    if let Some(header) = &settings.header {
        return Err(SettingsError::BadHeader {
            header: header.clone(),
            reason: "the dialect asaas reads access_token and no other: remove header",
        });
    }
    let mut own = vec![Carrier { name: HEADER.clone(), form: Form::Bare }];
    if settings.alias_header {
        own.push(Carrier { name: ALIAS.clone(), form: Form::Bare });
    }
    Ok(Arc::new(Asaas {
        preset: preset(),
        carriers: Carriers::new(own),
        challenge: api_key_challenge(&settings.realm, &HEADER),
    }))
}

fn preset() -> Preset {
    Preset {
        // Both, whichever environments the realm has: a key of the other one is to be recognized.
        prefixes: ENVIRONMENTS.map(|(environment, prefix)| key_prefix(environment, prefix)).into(),
        catalogue: data::catalogue(),
        routes: data::routes(),
        limits: limits::preset(),
        lifecycle: lifecycle::preset(),
        projects: ProjectScheme::None,
        keys_per_account: KEYS_PER_ACCOUNT,
        webhooks_per_account: WEBHOOKS_PER_ACCOUNT,
        webhook_events: webhooks::events::all(),
        absent_permissions: AbsentPermissions::MeanUnrestricted,
        time_zone: "America/Sao_Paulo",
        language: Language::Portuguese,
    }
}

fn key_prefix(environment: &str, prefix: &str) -> KeyPrefix {
    let environment = EnvironmentName::parse(environment).expect("the table holds short names");
    KeyPrefix::new(prefix, Some(environment), Reach::Own).expect("the table holds prefixes")
}

impl Dialect for Asaas {
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
        errors::refuse(refusal, &self.challenge).with_limit(self, refusal)
    }

    fn limit_lines(
        &self,
        standings: &mut dyn Iterator<Item = LimitStanding<'_>>,
        _at: Timestamp,
    ) -> Vec<(HeaderName, HeaderValue)> {
        limits::lines(standings)
    }

    fn refusal_status(&self, refusal: &Refusal) -> StatusCode {
        errors::status(refusal)
    }

    fn trouble(&self, trouble: Trouble) -> Answer {
        errors::trouble(trouble)
    }

    fn allows_body(&self, method: &Method) -> bool {
        // A GET with a body is refused by contract (section 1.2); a HEAD is ruled like a GET.
        method != Method::GET && method != Method::HEAD
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

    fn serves(&self, path: &str) -> bool {
        own_route::serves(&OWN_ROUTES, path) && !accounts::is_the_upstreams(path)
    }

    fn answer<'a>(&'a self, office: Office<'a>, request: GrantedRequest) -> Answering<'a> {
        let path = request.uri.path();
        if accounts::serves(path) {
            Box::pin(accounts::answer(office, request))
        } else if webhooks::serves(path) {
            Box::pin(webhooks::answer(office, request))
        } else {
            Box::pin(access_tokens::answer(office, request))
        }
    }

    fn sample_request(&self, base_url: &str, key: &str, _project: Option<&str>) -> String {
        sample::curl(base_url, "/v3/customers", &[(HEADER.as_str(), key)])
    }
}

//! What a dialect is: how one kind of API reads a credential and answers a refusal.
//!
//! Must not decide anything: a dialect translates between the wire and the engine's words.

use crate::office::{Answering, GrantedRequest, Office};
use crate::own_route::{self, OwnRoute};
use crate::rate_lines;
use bytes::Bytes;
use domain::ids::{EnvironmentName, RealmName};
use domain::language::Language;
use domain::lifecycle::LifecyclePolicy;
use domain::limit::{LimitRules, LimitStanding};
use domain::permission::Catalogue;
use domain::prefix::{KeyPrefix, KeyPrefixes};
use domain::realm::{AbsentPermissions, ProjectScheme};
use domain::refusal::Refusal;
use domain::route::RouteRule;
use domain::time::Timestamp;
use domain::webhook::EventName;
use engine::ports::herald::Herald;
use engine::verify::{Credential, ProjectName};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

/// The head of a request, as it came.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its target.
    pub uri: &'a Uri,
    /// Its header.
    pub headers: &'a HeaderMap,
}

/// What a dialect found in the head.
#[derive(Clone, Copy, Debug)]
pub struct Extraction<'a> {
    /// The credential.
    pub credential: Credential<'a>,
    /// The project that is named, where the dialect knows projects.
    pub project: ProjectName<'a>,
}

/// A whole answer, ready to send.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its header, content type included.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Its body.
    pub body: Bytes,
}

/// Trouble that is no refusal: the request itself cannot be served, or we cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The path could be read in more than one way (400).
    AmbiguousPath,
    /// Our own fault (500).
    Internal,
    /// The upstream cannot be reached or broke off (502).
    UpstreamUnreachable,
    /// The upstream took too long (504).
    UpstreamTimeout,
    /// As many requests are under way as there may be (503).
    Overloaded,
    /// The body is larger than allowed (413).
    BodyTooLarge,
    /// The method cannot be served here (405), such as CONNECT and TRACE.
    MethodNotAllowed,
    /// A body where the dialect forbids one, such as a GET with a body in the Asaas contract.
    UnexpectedBody,
    /// The dialect answers the path itself, and this door forwards nothing to it (421).
    NotServedHere,
}

impl Trouble {
    /// What happened and what to do, in printable ASCII, where a contract may leave the answer empty so
    /// that nothing else says it.
    #[must_use]
    pub const fn advice(self) -> Option<&'static str> {
        match self {
            Self::UnexpectedBody => Some(
                "This method takes no body here. Send the request without one, and without Content-Length.",
            ),
            Self::AmbiguousPath
            | Self::BodyTooLarge
            | Self::Internal
            | Self::MethodNotAllowed
            | Self::NotServedHere
            | Self::Overloaded
            | Self::UpstreamTimeout
            | Self::UpstreamUnreachable => None,
        }
    }
}

/// What a dialect brings to a realm; configuration may override each part.
#[derive(Clone, Debug)]
pub struct Preset {
    /// The prefixes of its keys.
    pub prefixes: Vec<KeyPrefix>,
    /// What keys can be granted.
    pub catalogue: Catalogue,
    /// Which permission each route needs.
    pub routes: Vec<RouteRule>,
    /// How many requests may pass.
    pub limits: LimitRules,
    /// How its keys age.
    pub lifecycle: LifecyclePolicy,
    /// Whether it has projects.
    pub projects: ProjectScheme,
    /// Most keys that an account may hold.
    pub keys_per_account: u32,
    /// Most webhooks that an account may have.
    pub webhooks_per_account: u32,
    /// The events that webhooks can be told of.
    pub webhook_events: Vec<EventName>,
    /// What a key gets when nobody says.
    pub absent_permissions: AbsentPermissions,
    /// The time zone of local dates, an IANA name.
    pub time_zone: &'static str,
    /// In which language people are written to.
    pub language: Language,
}

/// An environment as configuration describes it to a dialect.
#[derive(Clone, Debug)]
pub struct EnvironmentSettings {
    /// Its name.
    pub name: EnvironmentName,
    /// The prefix of its keys, where the operator chooses one.
    pub key_prefix: Option<String>,
}

/// A realm as configuration describes it to a dialect.
#[derive(Clone, Debug)]
pub struct DialectSettings {
    /// The realm.
    pub realm: RealmName,
    /// Its environments.
    pub environments: Vec<EnvironmentSettings>,
    /// The header that carries the key, where the operator chooses one (native only).
    pub header: Option<String>,
    /// Whether the dialect's alternative header is read too (`access-token`, `x-api-key`).
    pub alias_header: bool,
}

/// A realm's settings do not fit its dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No dialect has this name.
    #[error("there is no dialect named {name}: expected one of {known}")]
    UnknownDialect {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The dialect knows certain environments only.
    #[error("the dialect {dialect} has no environment named {name}: expected one of {known}")]
    UnknownEnvironment {
        /// The dialect.
        dialect: &'static str,
        /// What was asked for.
        name: String,
        /// The names there are.
        known: &'static str,
    },
    /// The dialect fixes the prefixes of its keys.
    #[error("the dialect {dialect} has its own key prefixes: remove key_prefix")]
    FixedPrefix {
        /// The dialect.
        dialect: &'static str,
    },
    /// The dialect needs a prefix from the operator.
    #[error("environment {environment} needs a key_prefix of its own, such as acme_live_")]
    PrefixNeeded {
        /// The environment.
        environment: String,
    },
    /// A prefix cannot begin a key.
    #[error("key_prefix `{prefix}`: {reason}")]
    BadPrefix {
        /// What was asked for.
        prefix: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The dialect fixes its header, or the name is not one.
    #[error("header `{header}`: {reason}")]
    BadHeader {
        /// What was asked for.
        header: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// How one realm speaks on the wire. Made once at start, with the realm's settings inside.
pub trait Dialect: Herald {
    /// Its name in configuration.
    fn name(&self) -> &'static str;

    /// What it brings to the realm.
    fn preset(&self) -> &Preset;

    /// Finds the credential and the project in the head of a request.
    ///
    /// Finding more than one credential is [`Credential::Ambiguous`]. A header that is not the
    /// dialect's own counts as a credential only if its value begins with a prefix that this
    /// server issues; anything else in it is meant for the upstream.
    fn extract<'a>(&self, head: &RequestHead<'a>, prefixes: &'a KeyPrefixes) -> Extraction<'a>;

    /// Renders a refusal, with `WWW-Authenticate` on every 401.
    fn refuse(&self, refusal: &Refusal) -> Answer;

    /// The status that [`Dialect::refuse`] answers with.
    fn refusal_status(&self, refusal: &Refusal) -> StatusCode;

    /// The lines that say where the limits stand that a request was about which came at this
    /// instant: those of the IETF's draft, and the dialect's own. None where there is no such limit.
    fn limit_lines(
        &self,
        standings: &mut dyn Iterator<Item = LimitStanding<'_>>,
        _at: Timestamp,
    ) -> Vec<(HeaderName, HeaderValue)> {
        rate_lines::of(standings).0
    }

    /// Renders trouble that is no refusal.
    fn trouble(&self, trouble: Trouble) -> Answer;

    /// Whether a request with this method may carry a body.
    fn allows_body(&self, method: &Method) -> bool;

    /// Takes the credential out of a header before it is forwarded, wherever
    /// [`Dialect::extract`] looks for it, and every line that could be taken for one that was
    /// verified with it. A foreign `Authorization` stays.
    fn strip_credential(&self, headers: &mut HeaderMap, prefixes: &KeyPrefixes);

    /// Whether [`Dialect::extract`] reads this header, or people put keys into it by mistake. `_`
    /// counts as `-`: servers that hand headers on as variables do not tell them apart. Said behind
    /// a body such a line comes when everything was decided, and must not pass.
    fn reads(&self, name: &HeaderName) -> bool;

    /// What the dialect answers itself.
    fn own_routes(&self) -> &'static [OwnRoute];

    /// Whether the dialect answers granted requests to this path itself, so that none of them
    /// reaches the upstream.
    fn serves(&self, path: &str) -> bool {
        own_route::serves(self.own_routes(), path)
    }

    /// Whether it has this method at such a path.
    ///
    /// # Errors
    /// The value of `Allow`: the methods that it has there.
    fn admits(&self, method: &Method, path: &str) -> Result<(), HeaderValue> {
        own_route::admits(self.own_routes(), method, path)
    }

    /// Answers a granted request to such a path.
    fn answer<'a>(&'a self, office: Office<'a>, request: GrantedRequest) -> Answering<'a>;

    /// A `curl` line that a person can paste into a shell: the key in single quotes.
    fn sample_request(&self, base_url: &str, key: &str, project: Option<&str>) -> String;
}

//! A stand-in for the server behind a dialect: a few keys, the domain's verdict, and an upstream
//! that echoes. It shows that the goldens fit the dialects before any server is started.
//!
//! Must not become a second engine: it has one account, no store and no limits.

use std::sync::Arc;

use dialects::dialect::{Answer, Dialect, Extraction, RequestHead, Trouble};
use domain::account::UserAgentRule;
use domain::entropy::Entropy;
use domain::ids::{AccountId, EnvironmentName};
use domain::ip_list::IpList;
use domain::key::{DisabledCause, ExpiredCause, KeyState};
use domain::key_text::mint;
use domain::method::Method;
use domain::permission::{
    Catalogue, GrantedAccess, PermissionSet, RequiredAccess, Requirement, Resource,
};
use domain::prefix::{KeyPrefixes, Reach};
use domain::refusal::{Refusal, SwitchedOff};
use domain::route::{RouteNeed, RouteRule, RouteTable};
use domain::time::Timestamp;
use domain::verdict::{KeyFacts, OwnerFacts, ProjectClaim, RequestFacts, admit, in_force};
use engine::verify::{Credential, ProjectName};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::golden::{Came, Request, fill, unescaped};
use crate::refusals::dialect;

const PROJECT_ID: &str = "60d5ec49f1b2c72d9c8b1234";
const FOREIGN_PROJECT_ID: &str = "60d5ec49f1b2c72d9c8b9999";

/// A key of the world, under the name of its placeholder.
struct Issued {
    placeholder: &'static str,
    text: String,
    /// Whether the realm and environment under test know it.
    known: bool,
    reach: Reach,
    state: KeyState,
    permissions: PermissionSet,
    ip_list: IpList,
    user_agent: UserAgentRule,
}

/// A realm with keys in one environment.
pub(crate) struct World {
    pub(crate) dialect: Arc<dyn Dialect>,
    pub(crate) prefixes: KeyPrefixes,
    routes: RouteTable,
    keys: Vec<Issued>,
    environment: EnvironmentName,
}

/// Bytes that never repeat within a test; nobody guesses at these keys.
struct Steps(u64);

impl Entropy for Steps {
    fn fill(&mut self, buffer: &mut [u8]) {
        for slot in buffer {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *slot = self.0.to_be_bytes()[0];
        }
    }
}

impl World {
    /// The world of the goldens of this dialect.
    pub(crate) fn new(name: &str) -> Self {
        Self::with(name, dialect(name))
    }

    /// The same behind a dialect with other settings.
    pub(crate) fn with(name: &str, dialect: Arc<dyn Dialect>) -> Self {
        let others = ["asaas", "autosend", "native"].into_iter().filter(|other| *other != name);
        let foreign = others.flat_map(|other| {
            let preset = crate::refusals::dialect(other).preset().clone();
            preset.prefixes.into_iter().map(|prefix| prefix.as_str().to_owned())
        });
        let prefixes = KeyPrefixes::new(dialect.preset().prefixes.clone(), foreign);
        let (environment, other) = match name {
            "asaas" => ("sandbox", "production"),
            "autosend" => ("production", "staging"),
            _ => ("live", "test"),
        };
        let slug = |text| EnvironmentName::parse(text).expect("a slug");
        let environment = slug(environment);
        let routes = routes(name, &dialect.preset().routes);
        let keys = keys(name, &prefixes, &environment, &slug(other));
        Self { dialect, prefixes, routes, keys, environment }
    }

    /// The value of a placeholder.
    pub(crate) fn value_of(&self, placeholder: &str) -> Option<String> {
        match placeholder {
            "project_id" => Some(PROJECT_ID.to_owned()),
            "foreign_project_id" => Some(FOREIGN_PROJECT_ID.to_owned()),
            _ => {
                let key = self.keys.iter().find(|key| key.placeholder == placeholder);
                key.map(|key| key.text.clone())
            }
        }
    }

    /// The texts of all keys.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.text.as_str())
    }

    /// Answers a request of a golden file.
    pub(crate) fn serve(&self, request: &Request) -> Came {
        let value_of = |name: &str| self.value_of(name);
        let uri: Uri = fill(&request.target, &value_of).parse().expect("a target");
        let method: http::Method = request.method.parse().expect("a method");
        let body = fill(&request.body, &value_of);
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("the name of a header");
            let value = unescaped(&fill(value, &value_of));
            headers.append(name, HeaderValue::from_bytes(&value).expect("a value"));
        }
        if !body.is_empty() && !self.dialect.allows_body(&method) {
            let trouble = Trouble::UnexpectedBody;
            return came(&self.dialect.trouble(trouble), trouble.advice());
        }
        let head = RequestHead { method: &method, uri: &uri, headers: &headers };
        match self.judge(&head) {
            Err(refusal) => came(&self.dialect.refuse(&refusal), Some(refusal.advice())),
            Ok(()) => {
                self.dialect.strip_credential(&mut headers, &self.prefixes);
                let kept = headers.values().any(|value| self.holds_a_key(value.as_bytes()));
                assert!(!kept, "the upstream is told a key");
                echo(&headers, body)
            }
        }
    }

    fn holds_a_key(&self, value: &[u8]) -> bool {
        let value = String::from_utf8_lossy(value);
        self.texts().any(|text| value.contains(text))
    }

    fn judge(&self, head: &RequestHead<'_>) -> Result<(), Refusal> {
        let Extraction { credential, project } = self.dialect.extract(head, &self.prefixes);
        let presented = match credential {
            Credential::Absent(diagnosis) => return Err(Refusal::NoCredential(diagnosis)),
            Credential::Ambiguous => return Err(Refusal::Ambiguous),
            Credential::Malformed(diagnosis) => return Err(Refusal::Malformed(diagnosis)),
            Credential::Presented(key) => key,
        };
        if presented.prefix().environment().is_some_and(|named| *named != self.environment) {
            return Err(Refusal::WrongEnvironment);
        }
        let matches = |key: &&Issued| key.known && key.text.as_bytes() == presented.expose();
        let key = self.keys.iter().find(matches).ok_or(Refusal::Unknown)?;
        let facts = KeyFacts {
            state: key.state,
            end: None,
            permissions: &key.permissions,
            ip_list: &key.ip_list,
            reach: key.reach,
        };
        // As the engine does: what stops an account comes before the state of its keys.
        if key.placeholder == "suspended" {
            return Err(Refusal::Disabled(SwitchedOff::Account));
        }
        let now = Timestamp::from_millis(0);
        in_force(&facts, now)?;
        let anywhere = IpList::Any;
        let owner = OwnerFacts { ip_list: &anywhere, user_agent: key.user_agent };
        let path = head.uri.path();
        let request = RequestFacts {
            now,
            client: Some([127, 0, 0, 1].into()),
            names_its_program: head.headers.get("user-agent").is_some_and(|v| !v.is_empty()),
            project: claim(project, key.reach)?,
            project_rule: self.dialect.preset().projects.rule_for(path),
            need: self.routes.need(Method::parse(head.method.as_str()), path),
        };
        admit(&facts, &[owner], &request).map(|_| ())
    }
}

fn claim(project: ProjectName<'_>, reach: Reach) -> Result<ProjectClaim, Refusal> {
    let name = match project {
        ProjectName::Absent => return Ok(ProjectClaim::None),
        ProjectName::Ambiguous => return Err(Refusal::Ambiguous),
        ProjectName::Named(name) => name,
    };
    Ok(match AccountId::parse(name) {
        Err(_) | Ok(AccountId::Uuid(_)) => ProjectClaim::Malformed,
        Ok(_) if name != PROJECT_ID => ProjectClaim::NotOwned,
        Ok(id) => match reach {
            Reach::Own => ProjectClaim::Own,
            Reach::Descendants => ProjectClaim::Descendant(id),
        },
    })
}

/// The dialect's routes, and two for the realm that has none of its own.
fn routes(name: &str, preset: &[RouteRule]) -> RouteTable {
    let report = |method, access| RouteRule {
        method,
        pattern: "/v1/reports".to_owned(),
        need: RouteNeed::Permission(Requirement { resource: resource("REPORT"), access }),
    };
    let mut rules = preset.to_vec();
    if name == "native" {
        rules.push(report(Method::Get, RequiredAccess::Read));
        rules.push(report(Method::Post, RequiredAccess::Write));
    }
    RouteTable::new(rules).expect("patterns")
}

fn resource(name: &str) -> Resource {
    Resource::parse(name).expect("the name of a resource")
}

fn keys(
    name: &str,
    prefixes: &KeyPrefixes,
    environment: &EnvironmentName,
    other: &EnvironmentName,
) -> Vec<Issued> {
    let mut entropy = Steps(1);
    let mut key = |placeholder, environment: &EnvironmentName, reach| {
        let prefix = prefixes.for_new_key(environment, reach).expect("a prefix");
        Issued {
            placeholder,
            text: mint(prefix, &mut entropy).text.expose().to_owned(),
            known: !matches!(placeholder, "unknown" | "other_env"),
            reach,
            state: match placeholder {
                "disabled" => KeyState::Disabled(DisabledCause::Manual),
                "expired" => KeyState::Expired(ExpiredCause::Date),
                "deleted" => KeyState::Deleted,
                _ => KeyState::Enabled,
            },
            permissions: if placeholder == "narrow" {
                let name = if name == "asaas" { "CUSTOMER" } else { "REPORT" };
                let catalogue = Catalogue::new(vec![resource(name)]);
                let grants = catalogue.grants([(name, GrantedAccess::Read)]);
                PermissionSet::Only(grants.expect("a grant"))
            } else {
                PermissionSet::Unrestricted
            },
            ip_list: if placeholder == "ip_listed" {
                IpList::parse(["203.0.113.9"]).expect("an address")
            } else {
                IpList::Any
            },
            user_agent: if placeholder == "ua_required" {
                UserAgentRule::Required
            } else {
                UserAgentRule::Optional
            },
        }
    };
    let mut keys: Vec<_> =
        ["enabled", "disabled", "expired", "deleted", "unknown", "ip_listed", "ua_required"]
            .map(|placeholder| key(placeholder, environment, Reach::Own))
            .into();
    keys.push(key("other_env", other, Reach::Own));
    keys.push(key("suspended", environment, Reach::Own));
    if name == "autosend" {
        keys.push(key("project_key", environment, Reach::Own));
        keys.push(key("account_key", environment, Reach::Descendants));
    } else {
        keys.push(key("narrow", environment, Reach::Own));
    }
    keys
}

fn came(answer: &Answer, hint: Option<&str>) -> Came {
    let text = |value: &HeaderValue| value.to_str().expect("plain ASCII").to_owned();
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    // The doors add the hint; the dialects know nothing of it.
    headers.extend(hint.map(|hint| ("chaveiro-hint".to_owned(), hint.to_owned())));
    Came { status: answer.status.as_u16(), headers, body: answer.body.to_vec() }
}

/// The upstream of the walk: status and body as the request asks, or 200 with some JSON.
fn echo(headers: &HeaderMap, body: String) -> Came {
    let text = |name| headers.get(name).map(|value| value.to_str().expect("ASCII").to_owned());
    let Some(status) = text("x-echo-status") else {
        let json = ("content-type".to_owned(), "application/json".to_owned());
        return Came { status: 200, headers: vec![json], body: b"{}".to_vec() };
    };
    let content_type = text("content-type").map(|value| ("content-type".to_owned(), value));
    let status = status.parse().expect("a status");
    Came { status, headers: content_type.into_iter().collect(), body: body.into_bytes() }
}

//! A dialect for tests: a header of its own, short answers.

use bytes::Bytes;
use dialects::dialect::{Answer, Dialect, Extraction, Preset, RequestHead, Trouble};
use dialects::office::{Answering, GrantedRequest, Office};
use domain::diagnosis::Diagnosis;
use domain::permission::Catalogue;
use domain::prefix::KeyPrefixes;
use domain::realm::{AbsentPermissions, ProjectScheme};
use domain::refusal::Refusal;
use engine::verify::{Credential, ProjectName};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// The header that carries keys.
pub(crate) const KEY_HEADER: &str = "x-test-key";
/// Paths below this one are answered by the dialect itself.
pub(crate) const OWN: &str = "/own/";
const PROJECT_HEADER: &str = "x-test-project";

#[derive(Debug)]
pub(crate) struct TestDialect(Preset);

impl TestDialect {
    pub(crate) fn new() -> Self {
        Self(Preset {
            prefixes: Vec::new(),
            catalogue: Catalogue::default(),
            routes: Vec::new(),
            projects: ProjectScheme::None,
            keys_per_account: 10,
            absent_permissions: AbsentPermissions::MeanUnrestricted,
            time_zone: "UTC",
        })
    }
}

fn answer(status: StatusCode, body: String) -> Answer {
    let text = HeaderValue::from_static("text/plain");
    Answer { status, headers: vec![(CONTENT_TYPE, text)], body: Bytes::from(body) }
}

impl Dialect for TestDialect {
    fn name(&self) -> &'static str {
        "test"
    }

    fn preset(&self) -> &Preset {
        &self.0
    }

    fn extract<'a>(&self, head: &RequestHead<'a>, prefixes: &'a KeyPrefixes) -> Extraction<'a> {
        let credential = match head.headers.get(KEY_HEADER) {
            None => Credential::Absent(Diagnosis::Missing),
            Some(value) => Credential::read(value.as_bytes(), prefixes),
        };
        let project = head.headers.get(PROJECT_HEADER).and_then(|value| value.to_str().ok());
        Extraction { credential, project: project.map_or(ProjectName::Absent, ProjectName::Named) }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        answer(self.refusal_status(refusal), refusal.name().to_owned())
    }

    fn refusal_status(&self, refusal: &Refusal) -> StatusCode {
        match refusal {
            Refusal::InsecureTransport
            | Refusal::WrongEnvironment
            | Refusal::IpNotAllowed
            | Refusal::UserAgentMissing
            | Refusal::ProjectMissing
            | Refusal::ProjectMismatch(_)
            | Refusal::PermissionMissing(_) => StatusCode::FORBIDDEN,
            Refusal::NoCredential(_)
            | Refusal::Malformed(_)
            | Refusal::Unknown
            | Refusal::Disabled(_)
            | Refusal::Expired(_)
            | Refusal::Deleted => StatusCode::UNAUTHORIZED,
            Refusal::Ambiguous => StatusCode::BAD_REQUEST,
            Refusal::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Undecidable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn trouble(&self, trouble: Trouble) -> Answer {
        let status = match trouble {
            Trouble::AmbiguousPath | Trouble::UnexpectedBody => StatusCode::BAD_REQUEST,
            Trouble::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Trouble::UpstreamUnreachable => StatusCode::BAD_GATEWAY,
            Trouble::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
            Trouble::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Trouble::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        };
        answer(status, format!("{trouble:?}"))
    }

    fn allows_body(&self, method: &Method) -> bool {
        method != Method::GET
    }

    fn strip_credential(&self, headers: &mut HeaderMap, prefixes: &KeyPrefixes) {
        headers.remove(KEY_HEADER);
        let ours = |value: &HeaderValue| {
            value
                .as_bytes()
                .strip_prefix(b"Bearer ")
                .is_some_and(|key| prefixes.is_issued_here(key))
        };
        if headers.get(AUTHORIZATION).is_some_and(ours) {
            headers.remove(AUTHORIZATION);
        }
    }

    fn serves(&self, path: &str) -> bool {
        path.starts_with(OWN)
    }

    /// Says what it was given, so that a test can look at it.
    fn answer<'a>(&'a self, office: Office<'a>, request: GrantedRequest) -> Answering<'a> {
        let GrantedRequest { method, uri, headers, body, key, account } = request;
        let said = format!(
            "{method} {uri} for {account} with {key} at {}: {}, {} credentials",
            office.context.now,
            String::from_utf8_lossy(&body),
            headers.get_all(KEY_HEADER).iter().count(),
        );
        let answer = Answer { status: StatusCode::CREATED, headers: Vec::new(), body: said.into() };
        Box::pin(std::future::ready(answer))
    }

    fn sample_request(&self, base_url: &str, _: &str, _: Option<&str>) -> String {
        base_url.to_owned()
    }
}

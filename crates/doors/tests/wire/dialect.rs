//! A dialect for tests: a header of its own, short answers, and one that waits at a gate.
//!
//! Must not know who listens: a test holds the gate and watches how far the answer behind it got.

use std::sync::Arc;

use bytes::Bytes;
use dialects::dialect::{Answer, Dialect, Extraction, Preset, RequestHead, Trouble};
use dialects::office::{Answering, GrantedRequest, Office};
use dialects::own_route::OwnRoute;
use domain::audit::EventKind;
use domain::diagnosis::Diagnosis;
use domain::ids::EventId;
use domain::limit::LimitRules;
use domain::permission::Catalogue;
use domain::prefix::KeyPrefixes;
use domain::realm::{AbsentPermissions, ProjectScheme};
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use engine::ports::courier::Parcel;
use engine::ports::herald::{Herald, Told};
use engine::verify::{Credential, ProjectName};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::sync::{Notify, watch};

/// The header that carries keys.
pub(crate) const KEY_HEADER: &str = "x-test-key";
/// Paths below this one are answered by the dialect itself.
pub(crate) const OWN: &str = "/own/";
/// One of them, whose answer waits at the gate.
pub(crate) const GATED: &str = "/own/behind-the-gate";
pub(crate) const PROJECT_HEADER: &str = "x-test-project";

/// How far the answer behind the gate got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    NotBegun,
    Waiting,
    Finished,
    /// Nobody waited for it any more.
    Dropped,
}

/// Holds one answer back until a test opens it.
#[derive(Debug)]
pub(crate) struct Gate {
    progress: watch::Sender<Progress>,
    opened: Notify,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { progress: watch::Sender::new(Progress::NotBegun), opened: Notify::new() }
    }

    /// Returns when an answer waits here.
    pub(crate) async fn reached(&self) {
        let mut progress = self.progress.subscribe();
        let reached = |progress: &Progress| *progress != Progress::NotBegun;
        progress.wait_for(reached).await.expect("the gate is there");
    }

    /// Lets the answer go on, also one that comes later.
    pub(crate) fn open(&self) {
        self.opened.notify_one();
    }

    /// How the answer ended.
    pub(crate) async fn end(&self) -> Progress {
        let mut progress = self.progress.subscribe();
        let ended = |progress: &Progress| match progress {
            Progress::NotBegun | Progress::Waiting => false,
            Progress::Finished | Progress::Dropped => true,
        };
        *progress.wait_for(ended).await.expect("the gate is there")
    }

    async fn pass(&self) {
        let mut visit = Visit { gate: self, end: Progress::Dropped };
        self.progress.send_replace(Progress::Waiting);
        self.opened.notified().await;
        visit.end = Progress::Finished;
    }
}

/// Tells how an answer ended, also where nobody polls it any more.
struct Visit<'g> {
    gate: &'g Gate,
    end: Progress,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.gate.progress.send_replace(self.end);
    }
}

#[derive(Debug)]
pub(crate) struct TestDialect {
    preset: Preset,
    gate: Arc<Gate>,
}

impl TestDialect {
    pub(crate) fn new(gate: Arc<Gate>) -> Self {
        let preset = Preset {
            prefixes: Vec::new(),
            catalogue: Catalogue::default(),
            routes: Vec::new(),
            limits: LimitRules::default(),
            lifecycle: domain::lifecycle::LifecyclePolicy::default(),
            projects: ProjectScheme::None,
            keys_per_account: 10,
            webhooks_per_account: 10,
            webhook_events: Vec::new(),
            absent_permissions: AbsentPermissions::MeanUnrestricted,
            time_zone: "UTC",
            language: domain::language::Language::English,
        };
        Self { preset, gate }
    }
}

fn answer(status: StatusCode, body: String) -> Answer {
    let text = HeaderValue::from_static("text/plain");
    Answer { status, headers: vec![(CONTENT_TYPE, text)], body: Bytes::from(body) }
}

impl Herald for TestDialect {
    fn event_name(&self, _: EventKind) -> Option<&'static str> {
        None
    }

    fn body(&self, _: &Told<'_>) -> Box<str> {
        "{}".into()
    }

    fn parcel(&self, webhook: &Webhook, _: EventId, body: &str, _: Timestamp) -> Parcel {
        let (url, body) = (webhook.url.clone(), body.as_bytes().into());
        let (place, webhook) = (webhook.place.clone(), webhook.id);
        Parcel { place, webhook, url, lines: Vec::new(), body, seal: None }
    }
}

impl Dialect for TestDialect {
    fn name(&self) -> &'static str {
        "test"
    }

    fn preset(&self) -> &Preset {
        &self.preset
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
            Trouble::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Trouble::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Trouble::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Trouble::NotServedHere => StatusCode::MISDIRECTED_REQUEST,
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

    fn reads(&self, name: &http::HeaderName) -> bool {
        [KEY_HEADER, PROJECT_HEADER].contains(&name.as_str())
    }

    fn own_routes(&self) -> &'static [OwnRoute] {
        &[]
    }

    fn serves(&self, path: &str) -> bool {
        path.starts_with(OWN)
    }

    fn admits(&self, _method: &Method, _path: &str) -> Result<(), HeaderValue> {
        Ok(())
    }

    /// Says what it was given, so that a test can look at it.
    fn answer<'a>(&'a self, office: Office<'a>, request: GrantedRequest) -> Answering<'a> {
        let GrantedRequest { method, uri, body, key, account, .. } = request;
        let said = format!(
            "{method} {uri} for {account} with {key} at {}: {}",
            office.context.now,
            String::from_utf8_lossy(&body),
        );
        let answer = Answer { status: StatusCode::CREATED, headers: Vec::new(), body: said.into() };
        Box::pin(async move {
            if uri.path() == GATED {
                self.gate.pass().await;
            }
            answer
        })
    }

    fn sample_request(&self, base_url: &str, _: &str, _: Option<&str>) -> String {
        base_url.to_owned()
    }
}

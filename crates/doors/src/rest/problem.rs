//! The caller's own mistakes, as problem details (RFC 9457).
//!
//! Must not repeat a value that the caller sent: it may be a secret in the wrong place.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::NO_STORE;
use crate::arrival::Arrival;
use crate::body::DoorBody;
use crate::{names, text};

static PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
static ALLOWED: HeaderValue = HeaderValue::from_static("POST");
static ONLY_GET: HeaderValue = HeaderValue::from_static("GET");
static CLOSE: HeaderValue = HeaderValue::from_static("close");
static CHALLENGE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="chaveiro""#);
static CHALLENGE_INVALID: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="chaveiro", error="invalid_token""#);

/// Every mistake that a caller can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProblemCode {
    /// More than one credential.
    Ambiguous,
    /// The path of the question could be read in more than one way.
    AmbiguousPath,
    /// The body did not arrive whole.
    BodyIncomplete,
    /// The body is too large.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// In the clear, where TLS is required.
    InsecureTransport,
    /// No JSON.
    InvalidJson,
    /// JSON, but no question.
    InvalidRequest,
    /// The credential has the wrong shape.
    Malformed,
    /// The path does not serve this method.
    MethodNotAllowed,
    /// No credential.
    NoCredential,
    /// The path is not served here.
    NoSuchPath,
    /// No such environment in the realm.
    NoSuchPlace,
    /// No such realm.
    NoSuchRealm,
    /// The path serves GET alone.
    OnlyGet,
    /// A key whose role does not cover the verify call.
    RoleNotEnough,
    /// More questions than a batch may hold.
    TooManyQuestions,
    /// No such key is known.
    Unknown,
    /// The body has a type that is not read here.
    UnsupportedMediaType,
}

/// Every one of them, in the order of their names.
pub(super) const ALL: [ProblemCode; 19] = [
    ProblemCode::Ambiguous,
    ProblemCode::AmbiguousPath,
    ProblemCode::BodyIncomplete,
    ProblemCode::BodyTooLarge,
    ProblemCode::BodyTooSlow,
    ProblemCode::InsecureTransport,
    ProblemCode::InvalidJson,
    ProblemCode::InvalidRequest,
    ProblemCode::Malformed,
    ProblemCode::MethodNotAllowed,
    ProblemCode::NoCredential,
    ProblemCode::NoSuchPath,
    ProblemCode::NoSuchPlace,
    ProblemCode::NoSuchRealm,
    ProblemCode::OnlyGet,
    ProblemCode::RoleNotEnough,
    ProblemCode::TooManyQuestions,
    ProblemCode::Unknown,
    ProblemCode::UnsupportedMediaType,
];

/// Where JSON can be read but says something that cannot be.
const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

impl ProblemCode {
    /// Its stable name, its status and its title.
    pub(super) const fn face(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::Ambiguous => ("ambiguous", StatusCode::BAD_REQUEST, "More than one credential"),
            Self::AmbiguousPath => ("ambiguous_path", StatusCode::BAD_REQUEST, "Ambiguous path"),
            Self::BodyIncomplete => {
                ("body_incomplete", StatusCode::BAD_REQUEST, "Body did not arrive whole")
            }
            Self::BodyTooLarge => {
                ("body_too_large", StatusCode::PAYLOAD_TOO_LARGE, "Body too large")
            }
            Self::BodyTooSlow => ("body_too_slow", StatusCode::REQUEST_TIMEOUT, "Body too slow"),
            Self::InsecureTransport => {
                ("insecure_transport", StatusCode::FORBIDDEN, "HTTPS required")
            }
            Self::InvalidJson => ("invalid_json", StatusCode::BAD_REQUEST, "Invalid JSON"),
            Self::InvalidRequest => ("invalid_request", StatusCode::BAD_REQUEST, "Invalid request"),
            Self::Malformed => ("malformed", StatusCode::UNAUTHORIZED, "Malformed key"),
            Self::MethodNotAllowed | Self::OnlyGet => {
                ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
            }
            Self::NoCredential => ("no_credential", StatusCode::UNAUTHORIZED, "No key"),
            Self::NoSuchPath => ("no_such_path", StatusCode::NOT_FOUND, "No such path"),
            Self::NoSuchPlace => ("no_such_place", UNPROCESSABLE, "No such environment"),
            Self::NoSuchRealm => ("no_such_realm", UNPROCESSABLE, "No such realm"),
            Self::RoleNotEnough => ("role_not_enough", StatusCode::FORBIDDEN, "Role not enough"),
            Self::TooManyQuestions => ("too_many_questions", UNPROCESSABLE, "Too many questions"),
            Self::Unknown => ("unknown", StatusCode::UNAUTHORIZED, "Unknown key"),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
            ),
        }
    }

    /// What to do about it.
    const fn advice(self) -> &'static str {
        match self {
            Self::Ambiguous => "Send exactly one Authorization header.",
            Self::AmbiguousPath => {
                "path could be read in more than one way. Give it as it will be forwarded: from the first slash, without empty segments, without .. and without encoded separators."
            }
            Self::BodyIncomplete => "The body did not arrive whole. Send the request again.",
            Self::BodyTooLarge => {
                "The body is larger than this call accepts. Ask in smaller batches."
            }
            Self::BodyTooSlow => "The body did not arrive in time. Send the request again.",
            Self::InsecureTransport => {
                "The request came without TLS. Use https, and replace a key that was sent in the clear."
            }
            Self::InvalidJson => "The body is not JSON in UTF-8.",
            Self::InvalidRequest => "The body is not a question.",
            Self::Malformed => {
                "The key in Authorization does not have the shape of a verifier's key."
            }
            Self::MethodNotAllowed => "Use POST.",
            Self::OnlyGet => "Use GET.",
            Self::NoCredential => "Send a verifier's key in Authorization, after the word Bearer.",
            Self::NoSuchPath => {
                "This listener serves /api/v1/verify, /api/v1/verify/batch and /auth/{realm}/{environment}."
            }
            Self::NoSuchPlace => "The realm has others.",
            Self::NoSuchRealm => "The server has others.",
            Self::RoleNotEnough => {
                "The key in Authorization does not open the verify call. Use a verifier's key."
            }
            Self::TooManyQuestions => {
                "A batch holds at most 1,000 questions. Ask in smaller batches."
            }
            Self::Unknown => "The key in Authorization is not known here.",
            Self::UnsupportedMediaType => "Send JSON in UTF-8 with Content-Type application/json.",
        }
    }
}

/// One mistake, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    code: ProblemCode,
    detail: Cow<'static, str>,
}

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = VerifyProblem)]
pub(super) struct Details<'a> {
    /// Which problem: a path that never changes
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: KindUri,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// `/problems/` and the stable name, relative to the API.
struct KindUri(&'static str);

impl Serialize for KindUri {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("/problems/{}", self.0))
    }
}

impl Problem {
    /// A mistake about which nothing more can be said.
    pub(crate) const fn of(code: ProblemCode) -> Self {
        Self { code, detail: Cow::Borrowed(code.advice()) }
    }

    /// A mistake with a sentence of its own.
    pub(crate) fn saying(code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// What happened, in a sentence.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    fn details<'a>(&'a self, request_id: Option<&'a str>) -> Details<'a> {
        let (name, status, title) = self.code.face();
        let (kind, status) = (KindUri(name), status.as_u16());
        Details { kind, title, status, detail: &self.detail, request_id }
    }

    /// The whole answer.
    pub(crate) fn into_response(self, arrival: &Arrival) -> Response<DoorBody> {
        let id = text::request_id(arrival.request_id);
        // Text and numbers alone always serialize; the status says enough all the same.
        let body = serde_json::to_vec(&self.details(id.to_str().ok())).unwrap_or_default();
        let mut response = Response::new(DoorBody::from(Bytes::from(body)));
        *response.status_mut() = self.code.face().1;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON.clone());
        headers.insert(header::CACHE_CONTROL, NO_STORE.clone());
        headers.insert(&names::REQUEST_ID, id);
        match self.code {
            ProblemCode::NoCredential => {
                headers.insert(header::WWW_AUTHENTICATE, CHALLENGE.clone());
            }
            ProblemCode::Malformed | ProblemCode::Unknown => {
                headers.insert(header::WWW_AUTHENTICATE, CHALLENGE_INVALID.clone());
            }
            ProblemCode::MethodNotAllowed => {
                headers.insert(header::ALLOW, ALLOWED.clone());
            }
            ProblemCode::OnlyGet => {
                headers.insert(header::ALLOW, ONLY_GET.clone());
            }
            // The rest of the body is still to come, and nobody will read it.
            ProblemCode::BodyTooLarge | ProblemCode::BodyTooSlow | ProblemCode::BodyIncomplete => {
                headers.insert(header::CONNECTION, CLOSE.clone());
            }
            ProblemCode::Ambiguous
            | ProblemCode::AmbiguousPath
            | ProblemCode::InsecureTransport
            | ProblemCode::InvalidJson
            | ProblemCode::InvalidRequest
            | ProblemCode::NoSuchPath
            | ProblemCode::NoSuchPlace
            | ProblemCode::NoSuchRealm
            | ProblemCode::RoleNotEnough
            | ProblemCode::TooManyQuestions
            | ProblemCode::UnsupportedMediaType => {}
        }
        response
    }
}

/// As an item of a batch, in the place of its answer.
impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.details(None).serialize(serializer)
    }
}

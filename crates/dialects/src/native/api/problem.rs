//! Answers that are no success, as problem details (RFC 9457).
//!
//! Must not repeat a value that the caller sent: it may be a secret in the wrong place.

use axum::response::{IntoResponse, Response};
use domain::ids::RequestId;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use super::problem_dto::{FieldErrorDto, ProblemDto};
use crate::answer::RETRY_SOON;
use crate::dialect::Answer;

static PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
static CHALLENGE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="chaveiro""#);
static CHALLENGE_INVALID: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="chaveiro", error="invalid_token""#);

/// Every kind of problem that the API answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProblemCode {
    /// A key whose role does not cover what was asked for.
    AdminKeyNeeded,
    /// The same was asked before, and what it made is in use.
    AlreadyMade,
    /// More than one credential.
    Ambiguous,
    /// The body did not arrive whole.
    BodyIncomplete,
    /// The body is too large.
    BodyTooLarge,
    /// The body did not arrive in time. The listener says so, which knows the deadlines.
    BodyTooSlow,
    /// The clock of the environment is the server's, and is not moved.
    ClockIsReal,
    /// The idempotency key belongs to another request.
    IdempotencyKeyReused,
    /// Our own trouble.
    Internal,
    /// The body is no JSON object.
    InvalidJson,
    /// Members of the body or parameters of the query are wrong.
    InvalidRequest,
    /// The account is a root account, and only those below one can be deleted.
    IsRoot,
    /// The key is over for good.
    KeyIsFinal,
    /// The text is not the whole of a key of this server.
    KeyNotRecognized,
    /// The last admin key cannot be deleted.
    LastAdmin,
    /// The account holds as many keys, projects or webhooks as it may.
    LimitReached,
    /// The credential has the wrong shape.
    Malformed,
    /// The path does not serve this method.
    MethodNotAllowed,
    /// More keys are due than were approved.
    MoreKeysAreDue,
    /// No credential.
    NoCredential,
    /// Nothing is held up that could be let go on.
    NothingHeld,
    /// The realm has no prefix for such keys.
    NoPrefix,
    /// The webhook signs nothing, so it has no secret to be replaced.
    NoSigningSecret,
    /// No such account in this place.
    NoSuchAccount,
    /// The event was never for this webhook, or is not kept any more.
    NoSuchDelivery,
    /// No such key in this place.
    NoSuchKey,
    /// No such key of an operator.
    NoSuchOperatorKey,
    /// The path is not part of the API.
    NoSuchPath,
    /// No such realm, or no such environment in it.
    NoSuchPlace,
    /// No such realm.
    NoSuchRealm,
    /// No such webhook in this place.
    NoSuchWebhook,
    /// The account is below another one, and only root accounts have a release.
    NotRoot,
    /// Nobody knows whether the change was made.
    OutcomeUnknown,
    /// The parent is not a root account.
    ParentNotRoot,
    /// The secret that was shown was replaced already.
    SecretReplaced,
    /// A request with the same idempotency key is running.
    StillRunning,
    /// The store holds something unreadable.
    StoreDamaged,
    /// The store has no room left.
    StoreFull,
    /// The store does not answer.
    StoreUnavailable,
    /// No such key is known.
    Unknown,
    /// The body has a type that is not read here.
    UnsupportedMediaType,
}

/// A name, a status and a title.
type Face = (&'static str, StatusCode, &'static str);

/// More keys are due than were approved.
const MORE_KEYS_ARE_DUE: Face = ("more_keys_are_due", StatusCode::CONFLICT, "More keys are due");
/// The body is too large.
const BODY_TOO_LARGE: Face = ("body_too_large", StatusCode::PAYLOAD_TOO_LARGE, "Body too large");
/// Nothing is held up.
const NOTHING_HELD: Face = ("nothing_held", StatusCode::CONFLICT, "Nothing is held up");

impl ProblemCode {
    /// Its stable name, its status and its title.
    pub(super) const fn face(self) -> Face {
        match self {
            Self::AdminKeyNeeded => ("admin_key_needed", StatusCode::FORBIDDEN, "Admin key needed"),
            Self::AlreadyMade => ("already_made", StatusCode::CONFLICT, "Already made"),
            Self::Ambiguous => ("ambiguous", StatusCode::BAD_REQUEST, "More than one credential"),
            Self::BodyIncomplete => ("body_incomplete", StatusCode::BAD_REQUEST, "Body incomplete"),
            Self::BodyTooLarge => BODY_TOO_LARGE,
            Self::BodyTooSlow => ("body_too_slow", StatusCode::REQUEST_TIMEOUT, "Body too slow"),
            Self::ClockIsReal => ("clock_is_real", StatusCode::CONFLICT, "Clock is real"),
            Self::MoreKeysAreDue => MORE_KEYS_ARE_DUE,
            Self::NothingHeld => NOTHING_HELD,
            Self::IdempotencyKeyReused => (
                "idempotency_key_reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Idempotency key reused",
            ),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
            Self::InvalidJson => ("invalid_json", StatusCode::BAD_REQUEST, "Invalid JSON"),
            Self::InvalidRequest => ("invalid_request", StatusCode::BAD_REQUEST, "Invalid request"),
            Self::IsRoot => ("is_root", StatusCode::CONFLICT, "A root account"),
            Self::KeyIsFinal => ("key_is_final", StatusCode::CONFLICT, "Key is over for good"),
            Self::KeyNotRecognized => {
                ("key_not_recognized", StatusCode::NOT_FOUND, "Key not recognized")
            }
            Self::LastAdmin => ("last_admin", StatusCode::CONFLICT, "Last admin key"),
            Self::LimitReached => ("limit_reached", StatusCode::CONFLICT, "Limit reached"),
            Self::Malformed => ("malformed", StatusCode::UNAUTHORIZED, "Malformed key"),
            Self::MethodNotAllowed => {
                ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
            }
            Self::NoCredential => ("no_credential", StatusCode::UNAUTHORIZED, "No key"),
            Self::NoPrefix => ("no_prefix", StatusCode::CONFLICT, "No keys for such accounts"),
            Self::NoSigningSecret => ("no_signing_secret", StatusCode::CONFLICT, "Signs nothing"),
            Self::NoSuchAccount => ("no_such_account", StatusCode::NOT_FOUND, "No such account"),
            Self::NoSuchDelivery => ("no_such_delivery", StatusCode::NOT_FOUND, "No such delivery"),
            Self::NoSuchKey => ("no_such_key", StatusCode::NOT_FOUND, "No such key"),
            Self::NoSuchOperatorKey => {
                ("no_such_operator_key", StatusCode::NOT_FOUND, "No such operator key")
            }
            Self::NoSuchPath => ("no_such_path", StatusCode::NOT_FOUND, "No such path"),
            Self::NoSuchPlace => ("no_such_place", StatusCode::NOT_FOUND, "No such environment"),
            Self::NoSuchRealm => ("no_such_realm", StatusCode::NOT_FOUND, "No such realm"),
            Self::NoSuchWebhook => ("no_such_webhook", StatusCode::NOT_FOUND, "No such webhook"),
            Self::NotRoot => ("not_root", StatusCode::CONFLICT, "Not a root account"),
            Self::OutcomeUnknown => {
                ("outcome_unknown", StatusCode::SERVICE_UNAVAILABLE, "Outcome unknown")
            }
            Self::ParentNotRoot => {
                ("parent_not_root", StatusCode::CONFLICT, "Parent is not a root account")
            }
            Self::SecretReplaced => {
                ("secret_replaced", StatusCode::CONFLICT, "Secret was replaced")
            }
            Self::StillRunning => ("still_running", StatusCode::CONFLICT, "Still running"),
            Self::StoreDamaged => {
                ("store_damaged", StatusCode::INTERNAL_SERVER_ERROR, "Store damaged")
            }
            Self::StoreFull => ("store_full", StatusCode::SERVICE_UNAVAILABLE, "Store full"),
            Self::StoreUnavailable => {
                ("store_unavailable", StatusCode::SERVICE_UNAVAILABLE, "Store unavailable")
            }
            Self::Unknown => ("unknown", StatusCode::UNAUTHORIZED, "Unknown key"),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
            ),
        }
    }

    /// What to send instead, on each 401 (RFC 6750, section 3).
    const fn challenge(self) -> Option<&'static HeaderValue> {
        match self {
            Self::NoCredential => Some(&CHALLENGE),
            Self::Malformed | Self::Unknown => Some(&CHALLENGE_INVALID),
            Self::AdminKeyNeeded
            | Self::StillRunning
            | Self::NoSuchOperatorKey
            | Self::LastAdmin
            | Self::KeyNotRecognized
            | Self::IdempotencyKeyReused
            | Self::AlreadyMade
            | Self::Ambiguous
            | Self::BodyIncomplete
            | Self::BodyTooLarge
            | Self::BodyTooSlow
            | Self::ClockIsReal
            | Self::MoreKeysAreDue
            | Self::NothingHeld
            | Self::Internal
            | Self::InvalidJson
            | Self::InvalidRequest
            | Self::IsRoot
            | Self::KeyIsFinal
            | Self::LimitReached
            | Self::MethodNotAllowed
            | Self::NoPrefix
            | Self::NoSigningSecret
            | Self::NoSuchAccount
            | Self::NoSuchDelivery
            | Self::NoSuchKey
            | Self::NoSuchPath
            | Self::NoSuchPlace
            | Self::NoSuchRealm
            | Self::NoSuchWebhook
            | Self::NotRoot
            | Self::OutcomeUnknown
            | Self::ParentNotRoot
            | Self::SecretReplaced
            | Self::StoreDamaged
            | Self::StoreFull
            | Self::StoreUnavailable
            | Self::UnsupportedMediaType => None,
        }
    }
}

/// One problem, ready to be answered.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    code: ProblemCode,
    detail: String,
    errors: Vec<FieldErrorDto>,
    request_id: Option<RequestId>,
}

impl Problem {
    /// A problem of this kind. The detail says what to do.
    pub(super) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), request_id: None }
    }

    /// What is wrong with members or parameters, at least one.
    pub(super) fn fields(errors: Vec<FieldErrorDto>) -> Self {
        let detail = match errors.as_slice() {
            [only] => format!("{}: {}", only.field, only.detail),
            [] | [_, _, ..] => {
                "Several members are wrong: correct those that errors lists.".to_owned()
            }
        };
        Self { errors, ..Self::new(ProblemCode::InvalidRequest, detail) }
    }

    /// What is wrong with one member or parameter.
    pub(super) fn field(field: &str, detail: impl Into<String>) -> Self {
        Self::fields(vec![FieldErrorDto { field: field.to_owned(), detail: detail.into() }])
    }

    /// The same, with the id under which the log tells more.
    pub(super) fn in_request(self, request_id: RequestId) -> Self {
        Self { request_id: Some(request_id), ..self }
    }
}

impl Problem {
    fn dto(&self) -> ProblemDto<'_> {
        let (name, status, title) = self.code.face();
        ProblemDto {
            kind: format!("/problems/{name}"),
            title,
            status: status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            request_id: self.request_id.map(|id| id.to_string()),
        }
    }

    /// The answer on the listener of a realm, to somebody who was let in.
    pub(super) fn into_answer(self) -> Answer {
        let (_, status, _) = self.code.face();
        Answer::with_json(status, &PROBLEM_JSON, &self.dto())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (_, status, _) = self.code.face();
        // Text and numbers alone always serialize; the status says enough all the same.
        let body = serde_json::to_vec(&self.dto()).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, PROBLEM_JSON.clone());
        if let Some(challenge) = self.code.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge.clone());
        }
        // Only here nothing was done, so that trying again is safe.
        if self.code == ProblemCode::StoreUnavailable {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_SOON));
        }
        response
    }
}

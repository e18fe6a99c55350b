//! Answers that are no success, as problem details (RFC 9457).
//!
//! Must not repeat a value that the caller sent: it may be a secret in the wrong place.

use axum::response::{IntoResponse, Response};
use domain::ids::RequestId;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};

pub(super) use super::problem_code::ProblemCode;
use super::problem_dto::{FieldErrorDto, ProblemDto};
use crate::answer::RETRY_SOON;
use crate::dialect::Answer;

static PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
static CHALLENGE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="chaveiro""#);
static CHALLENGE_INVALID: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="chaveiro", error="invalid_token""#);

impl ProblemCode {
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
            | Self::TokenChanged
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
        ProblemDto {
            kind: format!("/problems/{}", self.code.name()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            request_id: self.request_id.map(|id| id.to_string()),
        }
    }

    /// The answer on the listener of a realm, to somebody who was let in.
    pub(super) fn into_answer(self) -> Answer {
        Answer::with_json(self.code.status(), &PROBLEM_JSON, &self.dto())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Text and numbers alone always serialize; the status says enough all the same.
        let body = serde_json::to_vec(&self.dto()).unwrap_or_default();
        let mut response = (self.code.status(), body).into_response();
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

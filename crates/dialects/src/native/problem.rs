//! Refusals and trouble as problem details (RFC 9457).
//!
//! `type` is relative to the API: `/problems/` and the name of the refusal. `detail` is the
//! advice of the domain, and `reason` the refusal's stable name, for programs. Must not repeat
//! anything that the caller sent.

use std::sync::LazyLock;

use bytes::Bytes;
use domain::diagnosis::Diagnosis;
use domain::key::DisabledCause;
use domain::refusal::{Ending, ProjectFault, Refusal, SwitchedOff};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::answer::{RETRY_SOON, whole_seconds};
use crate::dialect::{Answer, Trouble};

static PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The body, in the order in which people read it.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<String>,
    /// The name of the limit that is used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'a str>,
}

impl Problem<'_> {
    fn to_bytes(&self) -> Bytes {
        // Text and numbers alone always serialize; an empty body would be valid all the same.
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

/// The bodies of all refusals that carry no data, made once.
static FIXED: LazyLock<Vec<(Refusal, Bytes)>> = LazyLock::new(|| {
    let body = |refusal: Refusal| {
        let bytes = body(&refusal, None);
        (refusal, bytes)
    };
    let simple = [
        Refusal::Unknown,
        Refusal::Deleted,
        Refusal::Disabled(SwitchedOff::Account),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::Manual)),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::LackOfUse)),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::OwnerArrangementChanged)),
        Refusal::Expired(Ending::Date),
        Refusal::Expired(Ending::LackOfUse),
        Refusal::Expired(Ending::Replaced),
        Refusal::WrongEnvironment,
        Refusal::Ambiguous,
        Refusal::IpNotAllowed,
        Refusal::UserAgentMissing,
        Refusal::InsecureTransport,
        Refusal::Undecidable,
        Refusal::ProjectMissing,
        Refusal::ProjectMismatch(ProjectFault::Malformed),
        Refusal::ProjectMismatch(ProjectFault::NotOwned),
        Refusal::ProjectMismatch(ProjectFault::Absent),
        Refusal::ProjectMismatch(ProjectFault::AccountKeyNeeded),
    ];
    let absent = Diagnosis::ALL.iter().copied().map(Refusal::NoCredential);
    let malformed = Diagnosis::ALL.iter().copied().map(Refusal::Malformed);
    simple.into_iter().chain(absent).chain(malformed).map(body).collect()
});

/// The status and the title of a refusal.
const fn face(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::InsecureTransport => (StatusCode::FORBIDDEN, "HTTPS required"),
        Refusal::NoCredential(_) => (StatusCode::UNAUTHORIZED, "No key"),
        Refusal::Ambiguous => (StatusCode::BAD_REQUEST, "More than one credential"),
        Refusal::Malformed(_) => (StatusCode::UNAUTHORIZED, "Malformed key"),
        Refusal::WrongEnvironment => (StatusCode::UNAUTHORIZED, "Key of another environment"),
        Refusal::Unknown => (StatusCode::UNAUTHORIZED, "Unknown key"),
        Refusal::Disabled(_) => (StatusCode::UNAUTHORIZED, "Key switched off"),
        Refusal::Expired(_) => (StatusCode::UNAUTHORIZED, "Key expired"),
        Refusal::Deleted => (StatusCode::UNAUTHORIZED, "Key deleted"),
        Refusal::IpNotAllowed => (StatusCode::FORBIDDEN, "Address not allowed"),
        Refusal::UserAgentMissing => (StatusCode::BAD_REQUEST, "User-Agent required"),
        Refusal::ProjectMissing => (StatusCode::FORBIDDEN, "Project required"),
        Refusal::ProjectMismatch(ProjectFault::Malformed) => {
            (StatusCode::BAD_REQUEST, "Malformed project id")
        }
        Refusal::ProjectMismatch(ProjectFault::Absent) => {
            (StatusCode::NOT_FOUND, "No such project")
        }
        Refusal::ProjectMismatch(ProjectFault::NotOwned | ProjectFault::AccountKeyNeeded) => {
            (StatusCode::FORBIDDEN, "Project not allowed")
        }
        Refusal::PermissionMissing(_) => (StatusCode::FORBIDDEN, "Permission missing"),
        Refusal::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "Limit used up"),
        Refusal::Undecidable => (StatusCode::SERVICE_UNAVAILABLE, "Undecidable now"),
    }
}

/// The status of a refusal.
pub(super) const fn status(refusal: &Refusal) -> StatusCode {
    face(refusal).0
}

/// The answer to a refusal.
pub(super) fn refuse(refusal: &Refusal, challenge: &HeaderValue) -> Answer {
    let fixed = |wanted: &Refusal| {
        let found = FIXED.iter().find(|(refusal, _)| refusal == wanted);
        found.map_or_else(|| body(wanted, None), |(_, bytes)| bytes.clone())
    };
    let (bytes, retry_after) = match refusal {
        Refusal::PermissionMissing(need) => (body(refusal, Some(need.to_string())), None),
        Refusal::RateLimited { retry_after_ms, .. } => {
            (body(refusal, None), Some(whole_seconds(*retry_after_ms)))
        }
        Refusal::Undecidable => (fixed(refusal), Some(RETRY_SOON)),
        Refusal::InsecureTransport
        | Refusal::NoCredential(_)
        | Refusal::Ambiguous
        | Refusal::Malformed(_)
        | Refusal::WrongEnvironment
        | Refusal::Unknown
        | Refusal::Disabled(_)
        | Refusal::Expired(_)
        | Refusal::Deleted
        | Refusal::IpNotAllowed
        | Refusal::UserAgentMissing
        | Refusal::ProjectMissing
        | Refusal::ProjectMismatch(_) => (fixed(refusal), None),
    };
    Answer::with_body(status(refusal), &PROBLEM_JSON, bytes)
        .with_challenge(challenge)
        .with_retry_after(retry_after)
}

fn body(refusal: &Refusal, needed: Option<String>) -> Bytes {
    let (status, title) = face(refusal);
    let (reason, detail) = (refusal.name(), refusal.advice());
    let kind = kind(reason);
    let limit = refusal.spent().map(|spent| spent.rule.name.as_str());
    Problem { kind, title, status: status.as_u16(), detail, reason, needed, limit }.to_bytes()
}

fn problem(status: StatusCode, title: &str, detail: &str, reason: &str) -> Bytes {
    let (kind, needed, limit) = (kind(reason), None, None);
    Problem { kind, title, status: status.as_u16(), detail, reason, needed, limit }.to_bytes()
}

fn kind(reason: &str) -> String {
    format!("/problems/{reason}")
}

/// The answer to trouble.
pub(super) fn trouble(trouble: Trouble) -> Answer {
    let (status, title, reason, detail) = match trouble {
        Trouble::AmbiguousPath => (
            StatusCode::BAD_REQUEST,
            "Ambiguous path",
            "ambiguous_path",
            "The path could be read in more than one way. Send it without empty segments, without .. and without encoded separators.",
        ),
        Trouble::Internal => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal error",
            "internal",
            "The server failed. Send the request again in a moment; if it fails again, tell the operator.",
        ),
        Trouble::UpstreamUnreachable => (
            StatusCode::BAD_GATEWAY,
            "API unreachable",
            "upstream_unreachable",
            "The API behind this gateway cannot be reached. Send the request again in a moment.",
        ),
        Trouble::UpstreamTimeout => (
            StatusCode::GATEWAY_TIMEOUT,
            "API too slow",
            "upstream_timeout",
            "The API behind this gateway took too long. Check whether it acted before you send the request again.",
        ),
        Trouble::Overloaded => (
            StatusCode::SERVICE_UNAVAILABLE,
            "API busy",
            "overloaded",
            "The API behind this gateway has as many requests under way as it may. Send the request again in a moment.",
        ),
        Trouble::BodyTooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "Body too large",
            "body_too_large",
            "The body is larger than this API accepts.",
        ),
        Trouble::MethodNotAllowed => (
            StatusCode::METHOD_NOT_ALLOWED,
            "Method not allowed",
            "method_not_allowed",
            "This method is not served here. The Allow header lists those that are.",
        ),
        Trouble::UnexpectedBody => (
            StatusCode::BAD_REQUEST,
            "Unexpected body",
            "unexpected_body",
            "A request with this method may not carry a body. Send it without one.",
        ),
        Trouble::NotServedHere => (
            StatusCode::MISDIRECTED_REQUEST,
            "Not served here",
            "not_served_here",
            "This path is answered by the key server itself, not through this address. The operator of this API has to send it to the gateway.",
        ),
    };
    let retry_after = matches!(trouble, Trouble::Overloaded).then_some(RETRY_SOON);
    Answer::with_body(status, &PROBLEM_JSON, problem(status, title, detail, reason))
        .with_retry_after(retry_after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_a_refusal_without_data_is_made_once() {
        let challenge = HeaderValue::from_static("Bearer");
        for (refusal, bytes) in FIXED.iter() {
            let answer = refuse(refusal, &challenge);
            assert_eq!(answer.body.as_ptr(), bytes.as_ptr(), "{refusal:?}");
        }
    }
}

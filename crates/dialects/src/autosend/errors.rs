//! What refusals and trouble look like in the AutoSend contract: one body in two shapes.
//!
//! The vendor publishes a flat body and a nested one for the same answer, and clients read either
//! (section 1.0). Every body here carries both: `message` at the top and `error` beside it. Codes
//! are the vendor's where section 1.2 lists one; the others are ours and say so. Must not tell an
//! unknown key from one that is missing, malformed, disabled, expired or deleted.

use bytes::Bytes;
use domain::refusal::{ProjectFault, Refusal};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::answer::{Challenges, RETRY_SOON, whole_seconds};
use crate::dialect::{Answer, Trouble};

pub(super) static JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

macro_rules! both_shapes {
    ($message:literal, $code:literal) => {
        concat!(
            r#"{"success":false,"message":""#,
            $message,
            r#"","error":{"message":""#,
            $message,
            r#"","code":""#,
            $code,
            r#""}}"#
        )
    };
}

const UNAUTHORIZED: &str = both_shapes!("Unauthorized", "UNAUTHORIZED");
const FORBIDDEN: &str = both_shapes!("Forbidden", "FORBIDDEN");

// Published without a code, and without the flat shape that is added here.
const ACCOUNT_KEY_NEEDED: &str = concat!(
    r#"{"success":false,"message":"This endpoint requires an organization admin API key (ASA_ prefix)","#,
    r#""error":{"message":"This endpoint requires an organization admin API key (ASA_ prefix)"}}"#
);

// The one published body whose `error` is an array; again with the flat shape added.
const PROJECT_ID: &str = concat!(
    r#"{"success":false,"message":"Invalid project ID","#,
    r#""error":[{"message":"Invalid project ID"}]}"#
);

// Ours: the contract does not know two keys in one request, an account that demands a User-Agent,
// or what plain HTTP gets.
const AMBIGUOUS: &str =
    both_shapes!("Send exactly one API key and at most one project ID", "AMBIGUOUS_CREDENTIALS");
const USER_AGENT: &str = both_shapes!("User-Agent header is required", "USER_AGENT_REQUIRED");
const HTTPS: &str = both_shapes!("HTTPS is required", "HTTPS_REQUIRED");
const UNAVAILABLE: &str = both_shapes!("Service unavailable", "SERVICE_UNAVAILABLE");

// SERVER_ERROR is the vendor's code for 500; the other codes of trouble are ours.
const PATH: &str = both_shapes!("Invalid path", "INVALID_PATH");
const INTERNAL: &str = both_shapes!("Internal server error", "SERVER_ERROR");
const BAD_GATEWAY: &str = both_shapes!("Bad gateway", "BAD_GATEWAY");
const GATEWAY_TIMEOUT: &str = both_shapes!("Gateway timeout", "GATEWAY_TIMEOUT");
const TOO_LARGE: &str = both_shapes!("Request body is too large", "PAYLOAD_TOO_LARGE");
const METHOD: &str = both_shapes!("Method not allowed", "METHOD_NOT_ALLOWED");
const ELSEWHERE: &str =
    both_shapes!("This path is not served through this address", "NOT_SERVED_HERE");
const BODY: &str = both_shapes!("Request body is not allowed", "UNEXPECTED_BODY");

// Published without a code; the flat shape is added. The same for a project of somebody else.
const NO_SUCH_PROJECT: &str = concat!(
    r#"{"success":false,"message":"Project not found","#,
    r#""error":{"message":"Project not found"}}"#
);

// Published for what a plan does not include; here it is the limit of projects. Without a code.
const PLAN: &str = concat!(
    r#"{"success":false,"message":"Plan upgrade required","#,
    r#""error":{"message":"Plan upgrade required"}}"#
);

enum Text {
    Fixed(&'static str),
    RateLimited,
}

/// The status, the body and the wait of a refusal.
struct Shape {
    status: StatusCode,
    text: Text,
    retry_after: Option<u64>,
}

impl Shape {
    const fn new(status: StatusCode, text: &'static str) -> Self {
        Self { status, text: Text::Fixed(text), retry_after: None }
    }

    const fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::InsecureTransport => Self::new(StatusCode::FORBIDDEN, HTTPS),
            Refusal::NoCredential(_)
            | Refusal::Malformed(_)
            | Refusal::WrongEnvironment
            | Refusal::Unknown
            | Refusal::Disabled(_)
            | Refusal::Expired(_)
            | Refusal::Deleted => Self::new(StatusCode::UNAUTHORIZED, UNAUTHORIZED),
            Refusal::Ambiguous => Self::new(StatusCode::BAD_REQUEST, AMBIGUOUS),
            Refusal::UserAgentMissing => Self::new(StatusCode::BAD_REQUEST, USER_AGENT),
            // An account key without a project is a published cause of the plain 403.
            Refusal::IpNotAllowed
            | Refusal::ProjectMissing
            | Refusal::ProjectMismatch(ProjectFault::NotOwned)
            | Refusal::PermissionMissing(_) => Self::new(StatusCode::FORBIDDEN, FORBIDDEN),
            Refusal::ProjectMismatch(ProjectFault::Malformed) => {
                Self::new(StatusCode::BAD_REQUEST, PROJECT_ID)
            }
            Refusal::ProjectMismatch(ProjectFault::Absent) => {
                Self::new(StatusCode::NOT_FOUND, NO_SUCH_PROJECT)
            }
            Refusal::ProjectMismatch(ProjectFault::AccountKeyNeeded) => {
                Self::new(StatusCode::FORBIDDEN, ACCOUNT_KEY_NEEDED)
            }
            Refusal::RateLimited { retry_after_ms, .. } => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                text: Text::RateLimited,
                retry_after: Some(whole_seconds(*retry_after_ms)),
            },
            Refusal::Undecidable => Self {
                status: StatusCode::SERVICE_UNAVAILABLE,
                text: Text::Fixed(UNAVAILABLE),
                retry_after: Some(RETRY_SOON),
            },
        }
    }
}

/// The status of a refusal.
pub(super) const fn status(refusal: &Refusal) -> StatusCode {
    Shape::of(refusal).status
}

/// The answer to a refusal.
pub(super) fn refuse(refusal: &Refusal, challenges: &Challenges) -> Answer {
    let shape = Shape::of(refusal);
    let body = match (shape.text, shape.retry_after) {
        (Text::Fixed(text), _) => Bytes::from_static(text.as_bytes()),
        (Text::RateLimited, seconds) => rate_limited(seconds.unwrap_or(RETRY_SOON)),
    };
    Answer::with_body(shape.status, &JSON, body)
        .with_challenge(challenges.for_refusal(refusal))
        .with_retry_after(shape.retry_after)
}

/// Where `retryAfter` sits is not published, so it is in both places.
fn rate_limited(seconds: u64) -> Bytes {
    Bytes::from(format!(
        r#"{{"success":false,"message":"Too Many Requests","retryAfter":{seconds},"error":{{"message":"Too Many Requests","code":"RATE_LIMIT_EXCEEDED","retryAfter":{seconds}}}}}"#
    ))
}

/// The answer where there is no such project, or it is somebody else's.
pub(super) fn no_such_project() -> Answer {
    Answer::with_body(StatusCode::NOT_FOUND, &JSON, Bytes::from_static(NO_SUCH_PROJECT.as_bytes()))
}

/// The answer to an id in the path that is none.
pub(super) fn not_a_project_id() -> Answer {
    Answer::with_body(StatusCode::BAD_REQUEST, &JSON, Bytes::from_static(PROJECT_ID.as_bytes()))
}

/// The answer where the account has as many projects as it may.
pub(super) fn plan_limit() -> Answer {
    Answer::with_body(StatusCode::FORBIDDEN, &JSON, Bytes::from_static(PLAN.as_bytes()))
}

/// The answer to members of a body that are wrong: each with the reason.
pub(super) fn invalid(wrong: &[(&'static str, String)]) -> Answer {
    let message = "Validation failed";
    let detail =
        |(field, message): &(&'static str, String)| json!({"field": field, "message": message});
    let details: Vec<_> = wrong.iter().map(detail).collect();
    let error = json!({"message": message, "code": "VALIDATION_FAILED", "details": details});
    let body = json!({"success": false, "message": message, "error": error});
    Answer::with_json(StatusCode::BAD_REQUEST, &JSON, &body)
}

/// The answer to trouble.
pub(super) fn trouble(trouble: Trouble) -> Answer {
    let (status, text) = match trouble {
        Trouble::AmbiguousPath => (StatusCode::BAD_REQUEST, PATH),
        Trouble::Internal => (StatusCode::INTERNAL_SERVER_ERROR, INTERNAL),
        Trouble::UpstreamUnreachable => (StatusCode::BAD_GATEWAY, BAD_GATEWAY),
        Trouble::UpstreamTimeout => (StatusCode::GATEWAY_TIMEOUT, GATEWAY_TIMEOUT),
        Trouble::Overloaded => {
            let body = Bytes::from_static(UNAVAILABLE.as_bytes());
            return Answer::with_body(StatusCode::SERVICE_UNAVAILABLE, &JSON, body)
                .with_retry_after(Some(RETRY_SOON));
        }
        Trouble::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
        Trouble::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, METHOD),
        Trouble::UnexpectedBody => (StatusCode::BAD_REQUEST, BODY),
        Trouble::NotServedHere => (StatusCode::MISDIRECTED_REQUEST, ELSEWHERE),
    };
    Answer::with_body(status, &JSON, Bytes::from_static(text.as_bytes()))
}

//! Answers of the layer's own, and the lines that it adds to those of the service behind.
//!
//! Must not tell a caller where the server is or what it said of the verifier's key.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};

use super::body::VerifyBody;
use crate::fault::Fault;

/// Nobody knows whether the request may pass, so it does not. Whoever runs the service finds the
/// fault among the extensions.
pub(super) fn fault<B>(fault: Fault) -> Response<VerifyBody<B>> {
    let (status, title, detail) = face(&fault);
    let problem = serde_json::json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail,
    });
    let mut response = Response::new(VerifyBody::from(Bytes::from(problem.to_string())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(fault);
    response
}

const fn face(fault: &Fault) -> (StatusCode, &'static str, &'static str) {
    const TITLE: &str = "The key cannot be verified";
    const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
    match fault {
        Fault::HeadTooLarge => (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "Head too large",
            "The head of the request is larger than this service reads. Send fewer or shorter lines.",
        ),
        Fault::Unreachable { .. } | Fault::Unavailable { .. } => {
            (UNAVAILABLE, TITLE, "The authority for keys is not available. Try again.")
        }
        Fault::TimedOut => {
            (UNAVAILABLE, TITLE, "The authority for keys did not answer in time. Try again.")
        }
        Fault::TooManyAtOnce => {
            (UNAVAILABLE, TITLE, "Too many requests are under way at once. Try again.")
        }
        Fault::NotAllowed { .. } | Fault::Mistaken { .. } | Fault::Unreadable { .. } => (
            UNAVAILABLE,
            TITLE,
            "This service and the authority for keys do not understand each other. Tell whoever runs the service.",
        ),
    }
}

/// Where the limits stand takes the place of what the service behind says of that.
pub(super) fn with_limits<B>(
    mut response: Response<VerifyBody<B>>,
    lines: HeaderMap,
) -> Response<VerifyBody<B>> {
    // A name comes with its first value alone, and takes the place of what is there.
    response.headers_mut().extend(lines);
    response
}

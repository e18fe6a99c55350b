//! Turns what the dialect renders into responses, and adds the lines that every dialect shares.
//!
//! Must not write a body of its own: the dialects' bodies are contracts.

use dialects::dialect::{Answer, Trouble};
use domain::refusal::Refusal;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::settings::{GatewaySettings, Hints};
use crate::arrival::Arrival;
use crate::body::DoorBody;
use crate::{names, text};

/// The methods that are forwarded, for answers to those that are not.
static FORWARDED_METHODS: HeaderValue =
    HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
static CLOSE: HeaderValue = HeaderValue::from_static("close");

/// The answer to a refusal.
pub(super) fn refuse(
    settings: &GatewaySettings,
    refusal: &Refusal,
    arrival: &Arrival,
) -> Response<DoorBody> {
    let mut response = rendered(settings.dialect.refuse(refusal), arrival);
    match settings.hints {
        Hints::Shown => {
            let advice = HeaderValue::from_static(refusal.advice());
            response.headers_mut().insert(&names::HINT, advice);
        }
        Hints::Hidden => {}
    }
    response
}

/// The answer to trouble.
pub(super) fn trouble(
    settings: &GatewaySettings,
    trouble: Trouble,
    arrival: &Arrival,
) -> Response<DoorBody> {
    let mut response = rendered(settings.dialect.trouble(trouble), arrival);
    let headers = response.headers_mut();
    match trouble {
        Trouble::MethodNotAllowed => {
            headers.entry(header::ALLOW).or_insert_with(|| FORWARDED_METHODS.clone());
        }
        // The rest of the body is still to come, and nobody will read it.
        Trouble::BodyTooLarge | Trouble::UnexpectedBody => close(headers),
        Trouble::AmbiguousPath
        | Trouble::Internal
        | Trouble::NotServedHere
        | Trouble::Overloaded
        | Trouble::UpstreamUnreachable
        | Trouble::UpstreamTimeout => {}
    }
    match (settings.hints, trouble.advice()) {
        (Hints::Shown, Some(advice)) => {
            headers.insert(&names::HINT, HeaderValue::from_static(advice));
        }
        (Hints::Shown | Hints::Hidden, _) => {}
    }
    response
}

/// The answer to a body that did not arrive whole: a bare status, since there is no contract for it.
pub(super) fn incomplete(status: StatusCode, arrival: &Arrival) -> Response<DoorBody> {
    let mut response = Response::new(DoorBody::Empty);
    *response.status_mut() = status;
    close(response.headers_mut());
    response.headers_mut().insert(&names::REQUEST_ID, text::request_id(arrival.request_id));
    response
}

/// What a dialect rendered, as a response.
pub(super) fn rendered(answer: Answer, arrival: &Arrival) -> Response<DoorBody> {
    let Answer { status, headers: lines, body } = answer;
    let mut response = Response::new(DoorBody::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(lines.len() + 3);
    lines.into_iter().for_each(|(name, value)| {
        headers.append(name, value);
    });
    headers.insert(&names::REQUEST_ID, text::request_id(arrival.request_id));
    response
}

fn close(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, CLOSE.clone());
}

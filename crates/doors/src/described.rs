//! A request that a proxy describes, judged as the gateway judges its own.
//!
//! The same order: method, path, then the engine. Must not decide anything, and must not guess
//! where a description can be read in two ways.

use std::net::IpAddr;

use dialects::dialect::{Answer, RequestHead, Trouble};
use domain::method::Method;
use domain::refusal::Refusal;
use domain::route::path_is_plain;
use engine::engine::Engine;
use engine::verify::{Counting, Permit, Transport, Verdict, VerifyRequest};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::arrival::{Arrival, Scheme};
use crate::gateway::{Hints, names_its_program};
use crate::rest::VerifyPlace;
use crate::{names, text};

/// A request as a proxy describes it.
pub(crate) struct Described<'a> {
    pub(crate) method: &'a http::Method,
    /// Path and query, as they will be forwarded.
    pub(crate) target: &'a [u8],
    pub(crate) headers: &'a HeaderMap,
    /// From where it came to the proxy, if that is known.
    pub(crate) client: Option<IpAddr>,
    /// How it came to the proxy, if that is known.
    pub(crate) scheme: Option<Scheme>,
}

/// What is to become of it.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are granted, and a box would ask for memory"
)]
pub(crate) enum Outcome<'a> {
    /// It may be forwarded.
    Granted(Permit<'a>),
    /// Its caller gets this answer.
    Answered(Answer),
}

/// Judges a request.
pub(crate) async fn judge<'s>(
    engine: &'s Engine,
    place: &'s VerifyPlace,
    request: &Described<'_>,
    arrival: &Arrival,
) -> Outcome<'s> {
    let trouble = |trouble| Outcome::Answered(identified(place.dialect.trouble(trouble), arrival));
    if matches!(*request.method, http::Method::CONNECT | http::Method::TRACE) {
        return trouble(Trouble::MethodNotAllowed);
    }
    let Some(uri) = target(request.target) else { return trouble(Trouble::AmbiguousPath) };
    if place.dialect.serves(uri.path()) {
        return trouble(Trouble::NotServedHere);
    }
    let Described { method, headers, .. } = *request;
    let head = RequestHead { method, uri: &uri, headers };
    let extraction = place.dialect.extract(&head, &place.place.realm().prefixes);
    let question = VerifyRequest {
        now: arrival.now,
        tick: arrival.tick,
        // The proxy has the answer, and does not say when it ends.
        counting: Counting::WithoutEnd,
        transport: match request.scheme {
            Some(Scheme::Http) => place.in_the_clear,
            Some(Scheme::Https) | None => Transport::Allowed,
        },
        credential: extraction.credential,
        method: Method::parse(method.as_str()),
        path: uri.path(),
        client: request.client,
        names_its_program: names_its_program(headers),
        project: extraction.project,
    };
    match engine.verify(&place.place, &question).await {
        Verdict::Granted(permit) => Outcome::Granted(permit),
        Verdict::Refused(refusal) => Outcome::Answered(refused(place, &refusal, arrival)),
    }
}

/// The names of the lines in which the caller sent its credential, which nobody behind is to see.
pub(crate) fn credential_lines(place: &VerifyPlace, headers: &HeaderMap) -> Vec<HeaderName> {
    let mut left = headers.clone();
    place.dialect.strip_credential(&mut left, &place.place.realm().prefixes);
    headers.keys().filter(|name| !left.contains_key(*name)).cloned().collect()
}

/// The target, if everybody reads the same in it.
fn target(text: &[u8]) -> Option<Uri> {
    // What follows a # is dropped by some and forwarded by others.
    if !text.starts_with(b"/") || text.contains(&b'#') {
        return None;
    }
    Uri::try_from(text).ok().filter(|uri| path_is_plain(uri.path()))
}

fn refused(place: &VerifyPlace, refusal: &Refusal, arrival: &Arrival) -> Answer {
    let mut answer = identified(place.dialect.refuse(refusal), arrival);
    match place.hints {
        Hints::Shown => {
            let advice = HeaderValue::from_static(refusal.advice());
            answer.headers.push((names::HINT.clone(), advice));
        }
        Hints::Hidden => {}
    }
    answer
}

fn identified(mut answer: Answer, arrival: &Arrival) -> Answer {
    let id = text::request_id(arrival.request_id);
    answer.headers.push((names::REQUEST_ID.clone(), id));
    answer
}

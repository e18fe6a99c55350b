//! Forwards a granted request and passes the answer on.
//!
//! Takes the permit by value: without one nothing is sent, and with one only once. Must not look
//! at the credential again.

use dialects::dialect::Trouble;
use engine::verify::Permit;
use http::request::Parts;
use http::{Extensions, HeaderValue, Request, Response, StatusCode, Uri, Version, header};
use http_body::Body;
use hyper::body::Incoming;

use super::connect::{NoConnection, open};
use super::wire::{NoAnswer, Wire};
use super::{Gateway, UpstreamBody, answer, lines};
use crate::arrival::Arrival;
use crate::body::DoorBody;
use crate::inbound::{BadEnd, BodyFate, RequestBody};

static CHUNKED: HeaderValue = HeaderValue::from_static("chunked");

/// Why a granted request has no answer from the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Its own body did not arrive whole.
    Body(BadEnd),
    /// The upstream could not be reached in time.
    ConnectTooSlow,
    /// The upstream cannot be reached.
    ConnectFailed,
    /// The upstream broke off before it answered.
    BrokeOff,
    /// The upstream did not answer in time.
    Silent,
    /// The upstream wants to speak something else than HTTP.
    SwitchedProtocols,
}

impl Gateway {
    /// Forwards one request.
    pub(super) async fn forward(
        &self,
        permit: Permit<'_>,
        mut parts: Parts,
        body: RequestBody,
        arrival: &Arrival,
    ) -> Result<Response<DoorBody>, Failure> {
        self.rewrite(&permit, &mut parts, &body, arrival);
        let fate = body.fate();
        let request = Request::from_parts(parts, body);
        let sent = self.send(request, arrival).await;
        let (response, wire) = sent.map_err(|failure| blame(failure, &fate))?;
        self.pass_on(response, wire)
    }

    /// The answer to a request that could not be forwarded.
    pub(super) fn failed(&self, failure: Failure, arrival: &Arrival) -> Response<DoorBody> {
        let settings = &*self.settings;
        let (trouble, what) = match failure {
            Failure::Body(BadEnd::TooLarge) => {
                return answer::trouble(settings, Trouble::BodyTooLarge, arrival);
            }
            Failure::Body(BadEnd::TooSlow) => {
                return answer::incomplete(StatusCode::REQUEST_TIMEOUT, arrival);
            }
            Failure::Body(BadEnd::Broken) => {
                return answer::incomplete(StatusCode::BAD_REQUEST, arrival);
            }
            Failure::ConnectTooSlow => {
                (Trouble::UpstreamTimeout, "the upstream could not be reached in time")
            }
            Failure::ConnectFailed => {
                (Trouble::UpstreamUnreachable, "the upstream cannot be reached")
            }
            Failure::BrokeOff => {
                (Trouble::UpstreamUnreachable, "the upstream broke off before it answered")
            }
            Failure::Silent => (Trouble::UpstreamTimeout, "the upstream did not answer in time"),
            Failure::SwitchedProtocols => {
                (Trouble::UpstreamUnreachable, "the upstream switched protocols unasked")
            }
        };
        self.trouble_log.tell(settings, what, arrival);
        answer::trouble(settings, trouble, arrival)
    }

    /// Makes the head into what the upstream is told.
    fn rewrite(
        &self,
        permit: &Permit<'_>,
        parts: &mut Parts,
        body: &RequestBody,
        arrival: &Arrival,
    ) {
        let settings = &*self.settings;
        let headers = &mut parts.headers;
        settings.dialect.strip_credential(headers, &settings.place.realm().prefixes);
        lines::strip_request(headers);
        lines::set_forwarded(headers, &parts.uri, arrival, &settings.upstream);
        self.stamps.write(headers, permit, &*settings.signer, arrival);
        // Without this line a body of unknown length would be left out of a GET.
        if !body.is_end_stream() && body.size_hint().exact().is_none() {
            headers.insert(header::TRANSFER_ENCODING, CHUNKED.clone());
        }
        if parts.uri.authority().is_some() {
            let target = parts.uri.path_and_query().cloned();
            parts.uri = target.map_or_else(|| Uri::from_static("/"), Uri::from);
        }
        parts.version = Version::HTTP_11;
        parts.extensions = Extensions::new();
    }

    /// Sends the request over a connection that was used before, or over a new one.
    async fn send(
        &self,
        request: Request<RequestBody>,
        arrival: &Arrival,
    ) -> Result<(Response<Incoming>, Box<Wire>), Failure> {
        let limits = &self.settings.limits;
        let mut request = request;
        if let Some(mut wire) = self.pool.take(arrival.now) {
            // The upstream may be closing this connection right now. Asking again is safe when
            // nothing was sent, or when asking twice is asking once.
            let spare = spare(&request);
            match wire.exchange(request, limits.silence_max).await {
                Ok(response) => return Ok((response, wire)),
                Err(NoAnswer::Unsent(unsent)) => request = *unsent,
                Err(NoAnswer::BrokenUnheard) => request = spare.ok_or(Failure::BrokeOff)?,
                Err(NoAnswer::Broken) => return Err(Failure::BrokeOff),
                Err(NoAnswer::Silent) => return Err(Failure::Silent),
            }
        }
        // Boxed because it is seldom: every request would carry its size otherwise.
        let opened = Box::pin(open(&self.settings.upstream, limits.connect_max)).await;
        let mut wire = Box::new(opened.map_err(|none| match none {
            NoConnection::TooSlow => Failure::ConnectTooSlow,
            NoConnection::Failed => Failure::ConnectFailed,
        })?);
        match wire.exchange(request, limits.silence_max).await {
            Ok(response) => Ok((response, wire)),
            Err(NoAnswer::Unsent(_) | NoAnswer::BrokenUnheard | NoAnswer::Broken) => {
                Err(Failure::BrokeOff)
            }
            Err(NoAnswer::Silent) => Err(Failure::Silent),
        }
    }

    /// Makes the upstream's answer into ours.
    fn pass_on(
        &self,
        response: Response<Incoming>,
        wire: Box<Wire>,
    ) -> Result<Response<DoorBody>, Failure> {
        let (mut parts, incoming) = response.into_parts();
        if parts.status.is_informational() {
            return Err(Failure::SwitchedProtocols);
        }
        lines::strip_answer(&mut parts.headers);
        parts.version = Version::HTTP_11;
        parts.extensions = Extensions::new();
        let patience = self.settings.limits.silence_max;
        let body = UpstreamBody::new(incoming, wire, &self.pool, patience);
        let body = if body.is_end_stream() { DoorBody::Empty } else { DoorBody::Upstream(body) };
        Ok(Response::from_parts(parts, body))
    }
}

/// A copy for a second try, where a second try does no harm.
fn spare(request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
    if !request.method().is_idempotent() || !request.body().is_end_stream() {
        return None;
    }
    let mut copy = Request::new(RequestBody::empty());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}

/// When the caller's body broke off, that is why the upstream has no answer.
fn blame(failure: Failure, fate: &BodyFate) -> Failure {
    fate.bad_end().map_or(failure, Failure::Body)
}

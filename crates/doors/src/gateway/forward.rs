//! Forwards a granted request and passes the answer on.
//!
//! Takes the permit by value: without one nothing is sent, and with one only once. Must not look
//! at the credential again.

use dialects::dialect::Trouble;
use engine::verify::Permit;
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use http_body::Body as _;

use super::connect::{NoConnection, open};
use super::h1::answer::Head;
use super::h1::request::{self, Told, Upload};
use super::wire::{NoAnswer, Wire};
use super::{Gateway, UpstreamBody, answer};
use crate::arrival::Arrival;
use crate::body::DoorBody;
use crate::inbound::{BadEnd, BodyFate, RequestBody};

/// Why a granted request has no answer from the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Its own body did not arrive whole.
    Body(BadEnd),
    /// The upstream could not be reached in time.
    ConnectTooSlow,
    /// The upstream cannot be reached.
    ConnectFailed,
    /// The upstream broke off before it answered, or answered with something else than HTTP.
    BrokeOff,
    /// The upstream did not answer in time.
    Silent,
    /// The upstream wants to speak something else than HTTP.
    SwitchedProtocols,
}

/// Whether a connection has carried a request already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Used {
    Before,
    Never,
}

/// What is still needed of a request once it is on a wire. The header is used again for the
/// answer's.
struct Asked {
    method: Method,
    headers: HeaderMap,
    upload: Upload,
}

/// An answer whose body is still to come.
struct Answered {
    head: Head,
    headers: HeaderMap,
    wire: Box<Wire>,
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
        let settings = &*self.settings;
        let prefixes = &settings.place.realm().prefixes;
        settings.dialect.strip_credential(&mut parts.headers, prefixes);
        let fate = body.fate();
        let upload = upload(&body);
        let (mut wire, used) = match self.pool.take(arrival.now) {
            Some(wire) => (wire, Used::Before),
            None => (self.open().await?, Used::Never),
        };
        let head = wire.begin(body, upload);
        self.stamps.with(&permit, &*settings.signer, arrival, |identity| {
            let told = Told { host: settings.upstream.host_header(), identity, arrival };
            request::write(head, &parts, upload, &told);
        });
        let Parts { method, headers, .. } = parts;
        let asked = Asked { method, headers, upload };
        let answered = self.send(wire, used, asked).await;
        self.pass_on(answered.map_err(|failure| blame(failure, &fate))?)
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
                (Trouble::UpstreamUnreachable, "the upstream broke off or did not speak HTTP")
            }
            Failure::Silent => (Trouble::UpstreamTimeout, "the upstream did not answer in time"),
            Failure::SwitchedProtocols => {
                (Trouble::UpstreamUnreachable, "the upstream switched protocols unasked")
            }
        };
        self.trouble_log.tell(settings, what, arrival);
        answer::trouble(settings, trouble, arrival)
    }

    /// Sends the request that the wire holds; over another wire too, where that does no harm.
    async fn send(
        &self,
        mut wire: Box<Wire>,
        used: Used,
        asked: Asked,
    ) -> Result<Answered, Failure> {
        let patience = self.settings.limits.silence_max;
        let Asked { method, mut headers, upload } = asked;
        let no_answer = match wire.exchange(&method, &mut headers, patience).await {
            Ok(head) => return Ok(Answered { head, headers, wire }),
            Err(no_answer) => no_answer,
        };
        // The upstream may have been closing this connection. Asking again is safe when nothing
        // was sent, or when asking twice is asking once.
        let asks_again = match (used, no_answer) {
            (Used::Before, NoAnswer::Unsent) => true,
            (Used::Before, NoAnswer::BrokenUnheard) => {
                upload == Upload::None && method.is_idempotent()
            }
            (Used::Before, NoAnswer::Broken | NoAnswer::Silent | NoAnswer::Body)
            | (Used::Never, _) => false,
        };
        if !asks_again {
            return Err(failure(no_answer));
        }
        let mut fresh = self.open().await?;
        fresh.take_over(&mut wire);
        drop(wire);
        match fresh.exchange(&method, &mut headers, patience).await {
            Ok(head) => Ok(Answered { head, headers, wire: fresh }),
            Err(no_answer) => Err(failure(no_answer)),
        }
    }

    /// Opens a connection. Boxed because it is seldom: every request would carry its size
    /// otherwise.
    async fn open(&self) -> Result<Box<Wire>, Failure> {
        let limits = &self.settings.limits;
        match Box::pin(open(&self.settings.upstream, limits.connect_max)).await {
            Ok(wire) => Ok(Box::new(wire)),
            Err(NoConnection::TooSlow) => Err(Failure::ConnectTooSlow),
            Err(NoConnection::Failed) => Err(Failure::ConnectFailed),
        }
    }

    /// Makes the upstream's answer into ours.
    fn pass_on(&self, answered: Answered) -> Result<Response<DoorBody>, Failure> {
        let Answered { head, headers, mut wire } = answered;
        if head.status.is_informational() {
            return Err(Failure::SwitchedProtocols);
        }
        let body = match wire.take_whole() {
            // Nearly always all of it came with the head, and the connection is free already.
            Some(whole) => {
                self.pool.put(wire);
                DoorBody::from(whole)
            }
            None => {
                let patience = self.settings.limits.silence_max;
                DoorBody::Upstream(UpstreamBody::new(wire, &self.pool, patience))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn upload(body: &RequestBody) -> Upload {
    if body.is_end_stream() {
        return Upload::None;
    }
    body.size_hint().exact().map_or(Upload::Chunked, Upload::Length)
}

const fn failure(no_answer: NoAnswer) -> Failure {
    match no_answer {
        NoAnswer::Unsent | NoAnswer::BrokenUnheard | NoAnswer::Broken => Failure::BrokeOff,
        NoAnswer::Silent => Failure::Silent,
        // Told apart by its fate.
        NoAnswer::Body => Failure::Body(BadEnd::Broken),
    }
}

/// When the caller's body broke off, that is why the upstream has no answer.
fn blame(failure: Failure, fate: &BodyFate) -> Failure {
    fate.bad_end().map_or(failure, Failure::Body)
}

//! Forwards a granted request and passes the answer on.
//!
//! Takes the permit by value: without one nothing is sent, and with one only once. Must not look
//! at the credential again.

use std::sync::Arc;

use dialects::dialect::Trouble;
use domain::time::Tick;
use engine::verify::{Permit, UnderWay};
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode, header};
use http_body::Body as _;

use super::h1::answer::Head;
use super::h1::request::{self, Told, Upload, Wish};
use super::h1::trailers::RequestTrailers;
use super::lane::Seat;
use super::outbox::Leave;
use super::tunnel::{self, Held};
use super::upgrade::{self, Asked as Upgrade};
use super::way::{Used, Way};
use super::wire::{NoAnswer, Wire};
use super::{Asking, Setup, UpstreamBody, answer};
use crate::arrival::Arrival;
use crate::body::DoorBody;
use crate::inbound::{BadEnd, BodyFate, RequestBody};

/// Why a granted request has no answer from the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Its own body did not arrive whole.
    Body(BadEnd),
    /// As many requests are under way as there may be.
    Busy,
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

/// What is still needed of a request once it is on a wire. The header is used again for the
/// answer's.
struct Asked {
    method: Method,
    headers: HeaderMap,
    upload: Upload,
    now: Tick,
}

/// An answer whose body is still to come.
struct Answered {
    head: Head,
    headers: HeaderMap,
    wire: Box<Wire>,
    seat: Seat,
}

impl Setup {
    /// Forwards one request.
    pub(super) async fn forward(
        &self,
        mut permit: Box<Permit<'_>>,
        mut asking: Box<Asking>,
        arrival: &Arrival,
    ) -> Result<Response<DoorBody>, Failure> {
        let settings = &*self.settings;
        let prefixes = &settings.place.realm().prefixes;
        settings.dialect.strip_credential(&mut asking.parts.headers, prefixes);
        let fate = asking.body.fate();
        let upload = upload(&asking.body);
        if upload == Upload::Chunked {
            let trailers = RequestTrailers(Arc::clone(&self.settings));
            asking.body.pass_trailers(Arc::new(trailers));
        }
        let upgrade = upgrade::asked(&mut asking.parts, upload);
        let (seat, way) = self.way(arrival.tick).await?;
        let (mut wire, used) = match way {
            Way::Own(wire, used) => (wire, used),
            Way::Shared(ticket) => {
                // HTTP/2 has no tunnels of this kind; the request goes without its wish for one.
                let asked = (asking, upload);
                let answered = Box::pin(self.over_http2(ticket, seat, &permit, asked, arrival));
                let answered = answered.await.map_err(|failure| blame(failure, &fate))?;
                return Ok(kept(answered, permit.take_under_way()));
            }
        };
        let (wish, leave) = match &upgrade {
            Some(upgrade) => (Wish::Tunnel(upgrade.protocol), Leave::Given),
            None if upload != Upload::None && awaits_leave(&asking.parts) => {
                (Wish::Leave, Leave::Awaited)
            }
            None => (Wish::Plain, Leave::Given),
        };
        let Asking { parts, body, chain } = &mut *asking;
        let head = wire.begin(std::mem::take(body), upload, leave);
        let host = seat.lane().backend.upstream().host_header();
        self.stamps.with(&permit, &*settings.signer, arrival, |identity| {
            let told = Told { wish, host, identity, chain: *chain, arrival };
            request::write(head, parts, upload, &told);
        });
        let (method, headers) = (parts.method.clone(), std::mem::take(&mut parts.headers));
        let asked = Asked { method, headers, upload, now: arrival.tick };
        let answered = self.send(wire, used, seat, asked).await;
        let answered = answered.map_err(|failure| blame(failure, &fate))?;
        if answered.head.status == StatusCode::SWITCHING_PROTOCOLS {
            return match upgrade {
                Some(upgrade) => Ok(self.tunnelled(answered, upgrade, permit.take_under_way())),
                None => Err(Failure::SwitchedProtocols),
            };
        }
        Ok(kept(self.pass_on(answered), permit.take_under_way()))
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
            Failure::Busy => {
                (Trouble::Overloaded, "the upstream has as many requests under way as it may")
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
        seat: Seat,
        asked: Asked,
    ) -> Result<Answered, Failure> {
        let patience = self.settings.limits.silence_max;
        let Asked { method, mut headers, upload, now } = asked;
        let no_answer = match wire.exchange(&method, &mut headers, patience).await {
            Ok(head) => {
                seat.lane().backend.answered();
                return Ok(Answered { head, headers, wire, seat });
            }
            Err(no_answer) => no_answer,
        };
        self.count(&seat, used, no_answer, now);
        // Asking again is safe when nothing was sent, or when asking twice is asking once.
        let is_safe = match no_answer {
            NoAnswer::Unsent => true,
            NoAnswer::BrokenUnheard => upload == Upload::None && method.is_idempotent(),
            NoAnswer::Broken | NoAnswer::Silent | NoAnswer::Body => false,
        };
        if !is_safe {
            return Err(failure(no_answer));
        }
        let (seat, mut fresh) =
            self.once_more(used, seat, now).await.ok_or(failure(no_answer))??;
        fresh.take_over(&mut wire, seat.lane().backend.upstream().host_header());
        drop(wire);
        match fresh.exchange(&method, &mut headers, patience).await {
            Ok(head) => {
                seat.lane().backend.answered();
                Ok(Answered { head, headers, wire: fresh, seat })
            }
            Err(no_answer) => {
                self.count(&seat, Used::Never, no_answer, now);
                Err(failure(no_answer))
            }
        }
    }

    /// Another connection for the same request: to another server where there is one, else to the
    /// same, if that was only closing a connection of before. `None` where neither makes sense.
    async fn once_more(
        &self,
        used: Used,
        seat: Seat,
        now: Tick,
    ) -> Option<Result<(Seat, Box<Wire>), Failure>> {
        let seat = match (used, self.lanes.other_than(&seat, now)) {
            (Used::Before, _) => seat,
            (Used::Never, Some(other)) => other,
            (Used::Never, None) => return None,
        };
        match self.open(&seat, now).await {
            Ok(Way::Own(wire, _)) => Some(Ok((seat, wire))),
            // What is written already is HTTP/1.1.
            Ok(Way::Shared(_)) => None,
            Err(failure) => Some(Err(failure)),
        }
    }

    /// Counts a failure that is the server's. One that closed a connection of before is well.
    fn count(&self, seat: &Seat, used: Used, no_answer: NoAnswer, now: Tick) {
        match (used, no_answer) {
            (_, NoAnswer::Body) | (Used::Before, NoAnswer::Unsent | NoAnswer::BrokenUnheard) => {}
            (_, NoAnswer::Broken | NoAnswer::Silent) | (Used::Never, _) => {
                seat.lane().backend.failed(now);
            }
        }
    }

    /// Makes the upstream's answer into ours.
    fn pass_on(&self, answered: Answered) -> Response<DoorBody> {
        let Answered { head, headers, mut wire, seat } = answered;
        let body = match wire.take_whole() {
            // Nearly always all of it came with the head, and the connection is free already.
            Some(whole) => {
                seat.lane().pool.put(wire);
                DoorBody::from(whole)
            }
            None => {
                let patience = self.settings.limits.silence_max;
                DoorBody::Upstream(UpstreamBody::new(wire, seat, patience))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        *response.headers_mut() = headers;
        response
    }

    /// Makes a tunnel of both connections.
    fn tunnelled(
        &self,
        answered: Answered,
        upgrade: Upgrade,
        under_way: Option<UnderWay>,
    ) -> Response<DoorBody> {
        let Answered { headers, wire, seat, .. } = answered;
        let Upgrade { protocol, client, presence } = upgrade;
        let (upstream, early) = wire.into_bytes();
        let held = Held { _seat: seat, _under_way: under_way, _presence: presence };
        tunnel::start(client, upstream, early, self.settings.limits.tunnel_silence_max, held);
        let mut response = Response::new(DoorBody::Empty);
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *response.headers_mut() = headers;
        upgrade::announce(response.headers_mut(), protocol);
        response
    }
}

/// The answer is under way until all of it has come from the upstream. That is before its end is
/// passed on, so nobody who has it whole is told that it still counts.
fn kept(mut answer: Response<DoorBody>, under_way: Option<UnderWay>) -> Response<DoorBody> {
    match answer.body_mut() {
        DoorBody::Empty | DoorBody::Full(_) => {}
        DoorBody::Upstream(body) => body.under_way = under_way,
        DoorBody::Stream(body) => body.under_way = under_way,
    }
    answer
}

fn upload(body: &RequestBody) -> Upload {
    if body.is_end_stream() {
        return Upload::None;
    }
    body.size_hint().exact().map_or(Upload::Chunked, Upload::Length)
}

/// Whether the caller holds its body back until somebody wants it.
fn awaits_leave(parts: &Parts) -> bool {
    let expected = parts.headers.get(header::EXPECT);
    expected.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
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

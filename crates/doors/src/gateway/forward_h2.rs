//! Forwards a granted request over HTTP/2.
//!
//! Must not ask twice what asking once could have changed.

use std::rc::Rc;
use std::time::Duration;

use engine::verify::Permit;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body as _;

use super::forward::Failure;
use super::h1::forwarded::Chain;
use super::h1::request::{Told, Upload, Wish};
use super::h2::{self, Outgoing, StreamBody};
use super::lane::Seat;
use super::shared::Ticket;
use super::way::Way;
use super::{Asking, Setup};
use crate::arrival::Arrival;
use crate::body::DoorBody;
use crate::inbound::{BodyFate, RequestBody};

impl Setup {
    /// Forwards one request over a connection that others share; once more over another where that
    /// does no harm.
    pub(super) async fn over_http2(
        &self,
        ticket: Ticket,
        seat: Seat,
        permit: &Permit<'_>,
        (asking, upload): (Box<Asking>, Upload),
        arrival: &Arrival,
    ) -> Result<Response<DoorBody>, Failure> {
        let Asking { parts, body, chain } = *asking;
        let (fate, ticket) = (body.fate(), Rc::new(ticket));
        let body = Outgoing::new(body, Rc::clone(&ticket));
        let request = self.written(&seat, permit, &parts, (body, upload, chain), arrival)?;
        let (failure, unsent) = match self.exchange(&ticket, request, &fate).await {
            Ok(response) => return Ok(self.streamed(response, seat, ticket)),
            Err(failed) => failed,
        };
        if fate.bad_end().is_some() {
            // Neither the server nor the connection has failed; the caller has.
            return Err(failure);
        }
        let is_silent = failure == Failure::Silent;
        if is_silent {
            // A connection that went silent carries nothing more.
            seat.lane().shared.retire(&ticket);
        }
        if is_silent || unsent.is_none() {
            seat.lane().backend.failed(arrival.tick);
        }
        let is_safe = upload == Upload::None && parts.method.is_idempotent() && !is_silent;
        let body = match unsent {
            Some(body) => body,
            None if is_safe => RequestBody::empty(),
            None => return Err(failure),
        };
        drop(ticket);
        let seat = self.lanes.other_than(&seat, arrival.tick).unwrap_or(seat);
        // A server that speaks HTTP/1.1 now is asked the next time.
        let way = self.way_of(&seat, arrival.tick).await?;
        let Way::Shared(ticket) = way else { return Err(failure) };
        let ticket = Rc::new(ticket);
        let body = Outgoing::new(body, Rc::clone(&ticket));
        let request = self.written(&seat, permit, &parts, (body, upload, chain), arrival)?;
        match self.exchange(&ticket, request, &fate).await {
            Ok(response) => Ok(self.streamed(response, seat, ticket)),
            Err((failure, _)) => {
                if fate.bad_end().is_none() {
                    seat.lane().backend.failed(arrival.tick);
                }
                Err(failure)
            }
        }
    }

    fn written(
        &self,
        seat: &Seat,
        permit: &Permit<'_>,
        parts: &Parts,
        (body, upload, chain): (Outgoing, Upload, Chain),
        arrival: &Arrival,
    ) -> Result<Request<Outgoing>, Failure> {
        let upstream = seat.lane().backend.upstream();
        let (host, wish) = (upstream.host_header(), Wish::Plain);
        let mut written = None;
        self.stamps.with(permit, &*self.settings.signer, arrival, |identity| {
            let told = Told { wish, host, identity, chain, arrival };
            written = h2::request(parts, body, upload, &told, upstream.scheme());
        });
        written.ok_or(Failure::BrokeOff)
    }

    /// Sends the request; gives its body back if nothing of it was sent.
    async fn exchange(
        &self,
        ticket: &Ticket,
        request: Request<Outgoing>,
        fate: &BodyFate,
    ) -> Result<Response<hyper::body::Incoming>, (Failure, Option<RequestBody>)> {
        let limits = &self.settings.limits;
        let has_body = !request.body().is_end_stream();
        let mut answer = std::pin::pin!(ticket.sender().try_send_request(request));
        let mut pieces = fate.pieces();
        loop {
            // What the caller has not sent yet is not the upstream's silence.
            let patience = if has_body && fate.is_flowing() {
                limits.silence_max.max(limits.body_silence_max + Duration::from_secs(1))
            } else {
                limits.silence_max
            };
            match tokio::time::timeout(patience, answer.as_mut()).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(mut error)) => {
                    let unsent =
                        error.take_message().map(|request| request.into_body().into_inner());
                    return Err((Failure::BrokeOff, unsent));
                }
                Err(_) if fate.pieces() != pieces => pieces = fate.pieces(),
                Err(_) => return Err((Failure::Silent, None)),
            }
        }
    }

    fn streamed(
        &self,
        response: Response<hyper::body::Incoming>,
        seat: Seat,
        ticket: Rc<Ticket>,
    ) -> Response<DoorBody> {
        seat.lane().backend.answered();
        let (parts, incoming) = h2::sorted(response);
        let body = if incoming.is_end_stream() {
            DoorBody::Empty
        } else {
            let patience = self.settings.limits.silence_max;
            DoorBody::Stream(Box::new(StreamBody::new(incoming, seat, ticket, patience)))
        };
        Response::from_parts(parts, body)
    }
}

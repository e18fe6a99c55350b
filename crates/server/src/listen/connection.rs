//! Serves one connection: finds out how it speaks, then hands its requests to the door.
//!
//! Must not outlive the grace after the signal to stop; whoever runs it sees to that.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::ops::Deref;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use doors::arrival::{Arrival, Presence, Scheme};
use engine::verify::Transport;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::deadlines::Deadlines;
use super::desk::{Desk, Visit};
use super::framing::Framing;
use super::limits::{ConnectionLimits, HANDSHAKE_DEADLINE, USUAL_LINES_MAX};
use super::phases::Phases;
use super::readings::is_one_request;
use super::security::{Security, Speech};
use super::stop::StopSignal;
use super::tracked::Tracked;
use super::watched::Watched;

/// Bytes that a connection may hold back in each direction beyond a head.
const BUFFER_MAX: usize = 64 * 1024;

/// What answers requests.
pub(super) trait Door: 'static {
    /// The bodies of its answers.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + 'static;

    /// Answers one request.
    fn serve(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
    ) -> impl Future<Output = Response<Self::Body>>;

    /// A body without bytes.
    fn empty() -> Self::Body;
}

/// Everything that the connections of a listener share.
#[derive(Debug)]
pub(super) struct Host<D> {
    pub(super) door: D,
    pub(super) desk: Desk,
    pub(super) security: Security,
    limits: ConnectionLimits,
    http: http1::Builder,
}

impl<D: Door> Host<D> {
    pub(super) fn new(door: D, security: Security, limits: ConnectionLimits) -> Self {
        let mut http = http1::Builder::new();
        // The deadlines are ours.
        http.header_read_timeout(None)
            .max_header_size(limits.header_bytes_max)
            .max_buf_size(limits.header_bytes_max.max(BUFFER_MAX))
            .half_close(false)
            .keep_alive(true)
            // Flushing pipelined answers together would hold back the last of them, a 400 above
            // all, when bytes are left that will never be read; and it knows no bound for bodies.
            .pipeline_flush(false);
        // Saying the usual number would cost memory for each request.
        if limits.header_lines_max != USUAL_LINES_MAX {
            http.max_headers(limits.header_lines_max);
        }
        Self { door, desk: Desk::new(), security, limits, http }
    }
}

/// Serves one connection to its end.
pub(super) async fn serve<D, P>(
    stream: TcpStream,
    client: IpAddr,
    host: P,
    stop: StopSignal,
    presence: Presence,
) where
    D: Door,
    P: Deref<Target = Host<D>> + Clone,
{
    let limits = host.limits;
    // Answers are written in one piece; waiting for more would only make them late.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was served");
        return;
    }
    let heard = timeout(limits.first_byte_deadline, host.security.hear(&stream)).await;
    let Ok(Ok(Some(speech))) = heard else { return };
    let client = client.to_canonical();
    match speech {
        Speech::Plain(scheme, transport) => {
            requests(stream, Visit { client, scheme, transport }, host, stop, presence).await;
        }
        Speech::Tls(acceptor) => {
            let (scheme, transport) = (Scheme::Https, Transport::Allowed);
            match timeout(HANDSHAKE_DEADLINE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let visit = Visit { client, scheme, transport };
                    requests(Box::new(stream), visit, host, stop, presence).await;
                }
                Ok(Err(error)) => tracing::debug!(%client, %error, "a TLS handshake failed"),
                Err(_) => tracing::debug!(%client, "a TLS handshake took too long"),
            }
        }
    }
}

/// Serves the requests of a connection.
async fn requests<Io, D, P>(io: Io, visit: Visit, host: P, stop: StopSignal, presence: Presence)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    D: Door,
    P: Deref<Target = Host<D>> + Clone,
{
    let phases = Phases::new();
    let io = TokioIo::new(Watched::new(io, phases.clone(), Some(Framing::new())));
    let service = {
        let (host, phases) = (host.clone(), phases.clone());
        service_fn(move |request| {
            let (host, phases) = (host.clone(), phases.clone());
            let request = with_presence(request, &presence);
            async move { Ok::<_, Infallible>(answer(&*host, visit, &phases, request).await) }
        })
    };
    let mut connection = pin!(host.http.serve_connection(io, service).with_upgrades());
    let mut deadlines = Deadlines::new(host.limits);
    let mut signal = pin!(stop.given());
    // The signal is polled once, to be woken by it; after that a look at a number is enough.
    let mut is_listening = false;
    let mut is_ending = false;
    let outcome = poll_fn(|cx| {
        let told = if is_listening {
            stop.is_given()
        } else {
            is_listening = true;
            signal.as_mut().poll(cx).is_ready()
        };
        if told && !is_ending {
            is_ending = true;
            connection.as_mut().graceful_shutdown();
        }
        match connection.as_mut().poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => deadlines.poll(phases.look(), cx).map(|()| None),
        }
    });
    match outcome.await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            tracing::debug!(client = %visit.client, %error, "a connection ended early");
        }
        None => tracing::debug!(client = %visit.client, "a connection was closed: too slow"),
    }
}

/// A request that may become a tunnel holds the place of its connection, which it outlives.
fn with_presence(mut request: Request<Incoming>, presence: &Presence) -> Request<Incoming> {
    if request.headers().contains_key(header::UPGRADE) {
        request.extensions_mut().insert(presence.clone());
    }
    request
}

/// Answers one request.
async fn answer<D: Door>(
    host: &Host<D>,
    visit: Visit,
    phases: &Phases,
    request: Request<Incoming>,
) -> Response<Tracked<D::Body>> {
    let serving = phases.serve(!request.body().is_end_stream());
    let is_doubtful = phases.is_doubtful();
    let response = if !is_doubtful && is_one_request(&request) {
        let arrival = host.desk.receive(visit);
        host.door.serve(request, arrival).await
    } else {
        refused::<D>()
    };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        phases.become_tunnel();
    }
    response.map(|body| Tracked::new(body, serving))
}

fn refused<D: Door>() -> Response<D::Body> {
    let mut response = Response::new(D::empty());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

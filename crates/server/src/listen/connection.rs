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
use super::http2;
use super::limits::{ConnectionLimits, HANDSHAKE_DEADLINE, LATE, USUAL_LINES_MAX};
use super::phases::{Phase, Phases};
use super::proxy::{self, Announced};
use super::readings::is_one_request;
use super::security::{Security, Speech};
use super::stop::StopSignal;
use super::tracked::Tracked;
use super::watched::{Reader, Watched};

/// How every connection of HTTP/2 begins, as far as nothing else does.
const HTTP2_BEGINS: &[u8; 3] = b"PRI";
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
    announced: Announced,
    speaks: Speaks,
    http: http1::Builder,
}

/// Which HTTP a listener speaks besides HTTP/1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// None.
    Http1,
    /// HTTP/2 over TLS, with whom the handshake agreed on it.
    Http2OverTls,
    /// There, and in the clear with whom begins with it.
    Http2Anywhere,
}

impl<D: Door> Host<D> {
    pub(super) const fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    pub(super) fn new(
        door: D,
        security: Security,
        announced: Announced,
        speaks: Speaks,
        limits: ConnectionLimits,
    ) -> Self {
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
        Self { door, desk: Desk::new(), security, limits, announced, speaks, http }
    }
}

/// Serves one connection to its end.
pub(super) async fn serve<D, P>(
    mut stream: TcpStream,
    client: IpAddr,
    host: P,
    stop: StopSignal,
    presence: Presence,
) where
    D: Door,
    P: Deref<Target = Host<D>> + Clone + 'static,
{
    let limits = host.limits;
    // Answers are written in one piece; waiting for more would only make them late.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was served");
        return;
    }
    let client = match &host.announced {
        Announced::Never => client,
        Announced::By(trusted) => {
            let said = proxy::client(&mut stream, client, trusted);
            let Some(Some(client)) = in_time(&limits, &stop, said).await else { return };
            client
        }
    };
    let heard = in_time(&limits, &stop, host.security.hear(&stream)).await;
    let Some(Ok(Some(speech))) = heard else { return };
    let client = client.to_canonical();
    match speech {
        Speech::Plain(scheme, transport) => {
            let visit = Visit { client, scheme, transport };
            let is_http2 = match host.speaks {
                Speaks::Http1 | Speaks::Http2OverTls => false,
                Speaks::Http2Anywhere => {
                    let heard = in_time(&limits, &stop, begins_http2(&stream)).await;
                    let Some(is_http2) = heard else { return };
                    is_http2
                }
            };
            if is_http2 {
                http2::requests(stream, visit, host, stop).await;
            } else {
                requests(stream, visit, host, stop, presence).await;
            }
        }
        Speech::Tls(acceptor) => {
            let (scheme, transport) = (Scheme::Https, Transport::Allowed);
            match timeout(HANDSHAKE_DEADLINE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let visit = Visit { client, scheme, transport };
                    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let stream = Box::new(stream);
                    if is_http2 {
                        http2::requests(stream, visit, host, stop).await;
                    } else {
                        requests(stream, visit, host, stop, presence).await;
                    }
                }
                Ok(Err(error)) => tracing::debug!(%client, %error, "a TLS handshake failed"),
                Err(_) => tracing::debug!(%client, "a TLS handshake took too long"),
            }
        }
    }
}

/// What a connection says first, unless it takes too long, or the server ends meanwhile.
async fn in_time<T>(
    limits: &ConnectionLimits,
    stop: &StopSignal,
    hearing: impl Future<Output = T>,
) -> Option<T> {
    let late = async {
        stop.given().await;
        tokio::time::sleep(LATE).await;
    };
    tokio::select! {
        biased;
        heard = timeout(limits.first_byte_deadline, hearing) => heard.ok(),
        () = late => None,
    }
}

/// Whether a connection in the clear begins as one of HTTP/2 does.
async fn begins_http2(stream: &TcpStream) -> bool {
    let mut first = [0_u8; HTTP2_BEGINS.len()];
    stream.peek(&mut first).await.is_ok() && first == *HTTP2_BEGINS
}

/// Serves the requests of a connection.
async fn requests<Io, D, P>(io: Io, visit: Visit, host: P, stop: StopSignal, presence: Presence)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    D: Door,
    P: Deref<Target = Host<D>> + Clone,
{
    let phases = Phases::new();
    let unread = host.limits.unread_deadline;
    let io = TokioIo::new(Watched::new(io, phases.clone(), Reader::Http1(Framing::new()), unread));
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
    let (mut is_ending, mut is_hurried) = (false, false);
    let outcome = poll_fn(|cx| {
        let told = if is_listening {
            stop.is_given()
        } else {
            is_listening = true;
            signal.as_mut().poll(cx).is_ready()
        };
        // hyper would close a connection unheard on which the first request is still to come; its
        // peer was let in and does not know that it came late.
        if told && !is_ending {
            if phases.look().phase() != Phase::FirstByte {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            } else if !is_hurried {
                is_hurried = true;
                deadlines.end();
            }
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
        refused::<D>(StatusCode::BAD_REQUEST)
    };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        phases.become_tunnel();
    }
    response.map(|body| Tracked::new(body, serving))
}

/// The answer to what no door sees.
pub(super) fn refused<D: Door>(status: StatusCode) -> Response<D::Body> {
    let mut response = Response::new(D::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

//! Serves a connection of HTTP/2: many requests at once, each in a task of its own on this thread.
//!
//! hyper and h2 bound what one connection may hold; what they leave open is held here: a connection
//! without requests, an answer that nobody takes, requests that are taken back as soon as they are
//! made, frames that carry nothing. A proxy may carry many callers on one connection: what one of them does ends its own stream,
//! and only a flood ends the connection. Must not run where tasks cannot stay on their thread.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::connection::{Door, Host, refused};
use super::desk::Visit;
use super::frames::{Frames, Traffic};
use super::limits::{ConnectionLimits, LATE};
use super::phases::Phases;
use super::readings::is_one_request;
use super::stop::StopSignal;
use super::streams::{Carried, Streams};
use super::timer::Timer;
use super::watched::{Reader, Watched};

/// Most requests under way on one connection.
const STREAMS_MAX: u32 = 100;
/// Bytes of bodies that may be on their way to us, for one stream and for all of them.
const STREAM_WINDOW: u32 = 64 * 1_024;
const CONNECTION_WINDOW: u32 = 1_024 * 1_024;
/// Most bytes of an answer that are held for one stream.
const SEND_MAX: usize = 64 * 1_024;
/// Streams that were reset before anybody looked at them, and streams that we reset because they
/// were malformed; with more of either the connection ends. Of the former several times as many as
/// may be under way, since a proxy may lose its callers all at once.
const RESETS_MAX: usize = 500;
const ERRORS_MAX: usize = 1_000;
/// How many looks at the streams make up the deadline for an answer that nobody takes.
const LOOKS: u32 = 3;
/// The span in which requests that are taken back are counted, and frames that carry nothing.
const SPAN: Duration = Duration::from_secs(10);
/// How long what is under way may go on once a flood ends its connection.
const FLOOD_GRACE: Duration = Duration::from_secs(10);

/// Runs each request on the thread of its connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnThisThread;

impl<F: Future + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(Streams::run(future));
    }
}

/// How HTTP/2 is spoken on a listener.
pub(super) fn builder(limits: &ConnectionLimits) -> http2::Builder<OnThisThread> {
    let mut builder = http2::Builder::new(OnThisThread);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_MAX)
        .max_pending_accept_reset_streams(RESETS_MAX)
        .max_local_error_reset_streams(ERRORS_MAX)
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX));
    builder
}

/// Serves the requests of a connection.
pub(super) async fn requests<Io, D, P>(io: Io, visit: Visit, host: P, stop: StopSignal)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    D: Door,
    P: Deref<Target = Host<D>> + Clone + 'static,
{
    let unread = host.limits().unread_deadline;
    let traffic = Arc::new(Traffic::default());
    let reader = Reader::Http2(Frames::new(Arc::clone(&traffic)));
    let io = TokioIo::new(Watched::new(io, Phases::new(), reader, unread));
    let streams = Arc::new(Streams::default());
    let service = {
        let (host, streams) = (host.clone(), Arc::clone(&streams));
        service_fn(move |request| {
            let (host, streams) = (host.clone(), Arc::clone(&streams));
            async move { Ok::<_, Infallible>(answer(&*host, visit, &streams, request).await) }
        })
    };
    let mut connection = pin!(builder(host.limits()).serve_connection(io, service));
    let mut deadlines = Deadlines::new(*host.limits());
    let mut signal = pin!(stop.given());
    let mut is_ending = false;
    let outcome = poll_fn(|cx| {
        if !is_ending && signal.as_mut().poll(cx).is_ready() {
            is_ending = true;
            connection.as_mut().graceful_shutdown();
            deadlines.end();
        }
        loop {
            match connection.as_mut().poll(cx) {
                Poll::Ready(outcome) => return Poll::Ready(Some(outcome)),
                Poll::Pending if !deadlines.find_flood(&streams, &traffic, cx) => {
                    return deadlines.poll(&streams, cx).map(|()| None);
                }
                // Told to go away; what is under way goes on for a while, unless the flood does.
                Poll::Pending if !streams.are_closed() => {
                    tracing::debug!(client = %visit.client, "a connection is ended: a flood");
                    streams.close();
                    connection.as_mut().graceful_shutdown();
                }
                Poll::Pending => return Poll::Ready(None),
            }
        }
    });
    match outcome.await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            tracing::debug!(client = %visit.client, %error, "a connection ended early");
        }
        None => {
            tracing::debug!(client = %visit.client, "a connection was closed: too slow or flooded")
        }
    }
}

/// Answers one request.
async fn answer<D: Door>(
    host: &Host<D>,
    visit: Visit,
    streams: &Arc<Streams>,
    request: Request<Incoming>,
) -> Response<Carried<D::Body>> {
    let stream = Streams::begin(streams);
    let request = whole(request);
    let response = if streams.are_closed() || !is_one_request(&request) {
        refused::<D>(StatusCode::BAD_REQUEST)
    } else if request.headers().len() > host.limits().header_lines_max {
        // h2 bounds the size of a head, and answers a larger one by itself.
        refused::<D>(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else {
        let arrival = host.desk.receive(visit);
        host.door.serve(request, arrival).await
    };
    response.map(|body| stream.carry(body))
}

/// The request with its cookies in one line, as HTTP/1 has them (RFC 9113, section 8.2.3).
fn whole(mut request: Request<Incoming>) -> Request<Incoming> {
    let headers = request.headers_mut();
    let crumbs: Vec<&[u8]> =
        headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1
        && let Ok(cookie) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))
    {
        headers.insert(header::COOKIE, cookie);
    }
    request
}

/// The deadlines of one connection.
#[derive(Debug)]
struct Deadlines {
    limits: ConnectionLimits,
    timer: Timer,
    /// What the timer was set for.
    set_for: Option<Wait>,
    is_ending: bool,
    /// Ends the span in which is counted what a flood is made of.
    span: Timer,
    is_counting: bool,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// Its first request.
    First,
    /// Another request, after this many.
    Next(u64),
    /// Its end, when nothing is under way any more.
    End,
    /// Its end after a flood.
    FloodEnd,
    /// The next look at the streams.
    Look,
}

impl Deadlines {
    fn new(limits: ConnectionLimits) -> Self {
        let (timer, span) = (Timer::default(), Timer::default());
        Self { limits, timer, set_for: None, is_ending: false, span, is_counting: false }
    }

    /// From here on the connection only ends. A peer says that it knows by answering a ping, and one
    /// that never does must not hold up the stop.
    fn end(&mut self) {
        self.is_ending = true;
        self.set_for = None;
    }

    /// Whether more requests were taken back in this span, or more frames came that carry nothing,
    /// than anybody means.
    fn find_flood(&mut self, streams: &Streams, traffic: &Traffic, cx: &mut Context<'_>) -> bool {
        let is_flooded = streams.are_abused() || traffic.is_abused();
        if !self.is_counting && (streams.taken_back() > 0 || traffic.is_to_be_counted()) {
            self.is_counting = true;
            self.span.set(SPAN);
        }
        if is_flooded || (self.is_counting && self.span.poll(cx).is_ready()) {
            self.is_counting = false;
            streams.begin_span();
            traffic.begin_span();
        }
        is_flooded
    }

    /// Ready when the connection is to be closed. To be asked whenever it waits.
    fn poll(&mut self, streams: &Streams, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let (wait, deadline) = match (streams.begun(), streams.are_all_done()) {
                _ if streams.are_closed() => (Wait::FloodEnd, FLOOD_GRACE),
                (0, _) | (_, true) if self.is_ending => (Wait::End, LATE),
                (0, _) => (Wait::First, self.limits.header_deadline),
                (begun, true) => (Wait::Next(begun), self.limits.idle_deadline),
                (_, false) => (Wait::Look, self.limits.unread_deadline / LOOKS),
            };
            if self.set_for != Some(wait) {
                self.set_for = Some(wait);
                self.timer.set(deadline);
            }
            std::task::ready!(self.timer.poll(cx));
            if wait != Wait::Look {
                return Poll::Ready(());
            }
            streams.look(LOOKS);
            self.set_for = None;
        }
    }
}

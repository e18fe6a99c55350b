//! HTTP/2 to an upstream: connections that requests share.
//!
//! Here hyper's client is used: streams have to be kept apart by somebody who is no request. Must
//! not pass on a line that HTTP/1 would not get, and must not gather bodies.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use engine::verify::UnderWay;
use http::header::{CONTENT_LENGTH, TE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Notify;

use super::h1::request::{self, Told, Upload};
use super::h1::trailers;
use super::heard::Heard;
use super::lane::Seat;
use super::shared::Ticket;
use super::upstream_body::UpstreamBroke;
use super::upstream_io::UpstreamStream;
use super::vigil::Vigil;
use crate::inbound::{BodyFault, RequestBody};

/// Sends requests over one connection.
pub(super) type Sender = http2::SendRequest<Outgoing>;

/// The body of a request, which holds a stream until all of it was sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: RequestBody,
    _ticket: Option<Rc<Ticket>>,
}

/// Bytes of answers that may be on their way, for one stream and for all of them.
const STREAM_WINDOW: u32 = 256 * 1_024;
const CONNECTION_WINDOW: u32 = 4 * 1_024 * 1_024;
/// Most bytes of requests that are held for one stream.
const SEND_MAX: usize = 64 * 1_024;
/// Most bytes of the head of an answer.
const HEAD_MAX: u32 = 64 * 1_024;
/// How often a connection that carries something is asked whether it still lives, and how long
/// the answer may take.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_MAX: Duration = Duration::from_secs(10);

impl Outgoing {
    pub(super) const fn new(body: RequestBody, ticket: Rc<Ticket>) -> Self {
        Self { body, _ticket: Some(ticket) }
    }

    /// On a connection that carries nothing else.
    pub(super) const fn unticketed(body: RequestBody) -> Self {
        Self { body, _ticket: None }
    }

    pub(super) fn into_inner(self) -> RequestBody {
        self.body
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Runs what belongs to a connection on the thread that opened it.
#[derive(Clone, Copy, Debug)]
struct OnThisThread;

impl<F: Future + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move { drop(future.await) });
    }
}

/// Speaks HTTP/2 over this connection, once the server has said how: before that nobody knows how
/// many requests it takes. The number is kept up to date.
pub(super) async fn shake_hands(stream: UpstreamStream) -> io::Result<(Sender, Rc<Cell<usize>>)> {
    let heard = Rc::new(Notify::new());
    let mut builder = http2::Builder::new(OnThisThread);
    builder
        .timer(TokioTimer::new())
        .initial_max_send_streams(0)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_MAX)
        .max_header_list_size(HEAD_MAX)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_MAX);
    let io = TokioIo::new(Heard::new(stream, Rc::clone(&heard)));
    let (sender, connection) = builder.handshake(io).await.map_err(io::Error::other)?;
    let mut connection = Box::pin(connection);
    let mut allowed = connection.current_max_send_streams();
    while allowed == 0 {
        tokio::select! {
            ended = &mut connection => {
                return Err(ended.err().map_or(io::ErrorKind::UnexpectedEof.into(), io::Error::other));
            }
            () = heard.notified() => {}
        }
        allowed = connection.current_max_send_streams();
    }
    let allowed = Rc::new(Cell::new(allowed));
    let told = Rc::clone(&allowed);
    tokio::task::spawn_local(async move {
        let ended = poll_fn(|cx| {
            let polled = connection.as_mut().poll(cx);
            told.set(connection.current_max_send_streams());
            polled
        });
        if let Err(error) = ended.await {
            tracing::debug!(%error, "a connection to the upstream ended");
        }
    });
    Ok((sender, allowed))
}

/// The same request as HTTP/1 would get, with what the upstream is told. `None` when that cannot
/// be said, which no checked head makes happen.
pub(super) fn request(
    parts: &Parts,
    body: Outgoing,
    upload: Upload,
    told: &Told<'_>,
    scheme: &str,
) -> Option<Request<Outgoing>> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = told.host.to_str().ok()?;
    let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(path);
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = uri.build().ok()?;
    *request.version_mut() = Version::HTTP_2;
    let headers = request.headers_mut();
    request::pass_on(&parts.headers, headers);
    // What is told is written as HTTP/1 writes it, once for both.
    let mut lines = Vec::with_capacity(1_024);
    request::write_told(&mut lines, parts, told);
    for line in lines.split(|byte| *byte == b'\n') {
        let Some((name, value)) = split(line) else { continue };
        headers.append(name, value);
    }
    if let Upload::Length(length) = upload {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if parts.headers.get(TE).is_some_and(request::takes_trailers) {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    Some(request)
}

fn split(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let line = line.strip_suffix(b"\r")?;
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    Some((name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?))
}

/// The head of an answer without the lines that belong to a connection.
pub(super) fn sorted(response: Response<Incoming>) -> (http::response::Parts, Incoming) {
    let (mut parts, body) = response.into_parts();
    let barred = |name: &&HeaderName| request::belongs_to_connection(name.as_str());
    let barred: Vec<HeaderName> = parts.headers.keys().filter(barred).cloned().collect();
    for name in barred {
        parts.headers.remove(name);
    }
    (parts, body)
}

/// The body of an answer that came over HTTP/2, passed on as it comes.
#[derive(Debug)]
pub struct StreamBody {
    incoming: Incoming,
    vigil: Vigil,
    patience: Duration,
    has_failed: bool,
    _seat: Seat,
    /// The stream, until the body has ended.
    ticket: Option<Rc<Ticket>>,
    /// What counts as under way until the body has ended, or nobody wants it any more.
    pub(super) under_way: Option<UnderWay>,
}

impl StreamBody {
    pub(super) fn new(
        incoming: Incoming,
        seat: Seat,
        ticket: Rc<Ticket>,
        patience: Duration,
    ) -> Self {
        let (vigil, ticket) = (Vigil::default(), Some(ticket));
        Self { incoming, vigil, patience, has_failed: false, _seat: seat, ticket, under_way: None }
    }

    /// Nothing counts any more, though somebody may hold the body for longer.
    fn end(&mut self) {
        self.ticket = None;
        self.under_way = None;
    }

    fn fail(&mut self, broke: UpstreamBroke) -> Option<Result<Frame<Bytes>, UpstreamBroke>> {
        self.has_failed = true;
        self.end();
        Some(Err(broke))
    }
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = UpstreamBroke;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UpstreamBroke>>> {
        let this = &mut *self;
        if this.has_failed {
            return Poll::Ready(None);
        }
        let Poll::Ready(polled) = Pin::new(&mut this.incoming).poll_frame(cx) else {
            ready!(this.vigil.poll(cx, 0, this.patience));
            return Poll::Ready(this.fail(UpstreamBroke::Silent));
        };
        this.vigil.rest();
        Poll::Ready(match polled {
            None => {
                this.end();
                None
            }
            Some(Ok(frame)) => {
                // Whoever is told the length has all of it now; nothing but the end may follow.
                if this.incoming.is_end_stream() || this.incoming.size_hint().exact() == Some(0) {
                    this.under_way = None;
                }
                if this.incoming.is_end_stream() || frame.is_trailers() {
                    this.end();
                }
                Some(Ok(passing(frame)))
            }
            Some(Err(_)) => this.fail(UpstreamBroke::Broken),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.has_failed || self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// The frame without trailers that may not pass.
fn passing(frame: Frame<Bytes>) -> Frame<Bytes> {
    match frame.into_trailers() {
        Err(frame) => frame,
        Ok(lines) => {
            let mut kept = HeaderMap::new();
            for (name, value) in lines.iter().filter(|(name, _)| trailers::may_pass(name)) {
                kept.append(name, value.clone());
            }
            Frame::trailers(kept)
        }
    }
}

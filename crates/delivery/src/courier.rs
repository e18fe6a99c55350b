//! The courier: posts one parcel over HTTP/1.1 on a connection of its own.
//!
//! A connection is made for each parcel and closed after it: each is vetted anew, and no receiver
//! holds anything of ours between two events. Must not follow a redirect, use a proxy, unpack an
//! answer, or wait for anything without a deadline.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::Tick;
use engine::ports::courier::{ANSWER_KEPT, Attempt, AttemptOutcome, Courier, Parcel, Secrecy};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, HOST, HeaderName, USER_AGENT,
};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use tokio::time::timeout;

use crate::complaints::Complaints;
use crate::connect::{Connector, Link, Target};
use crate::guard::Guard;
use crate::resolve::Resolver;
use crate::{signing, tls};

/// Most bytes of an answer's body that are read; what is more is not waited for.
const ANSWER_READ: usize = 65_536;
/// Most bytes of an answer's head.
const HEAD_MAX: usize = 16_384;
/// Most header lines of an answer.
const LINES_MAX: usize = 100;
/// Who we say we are.
const NAME: &str = concat!("Chaveiro/", env!("CARGO_PKG_VERSION"));

/// How long is waited for a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For its name, the connection and TLS together.
    pub connect: Duration,
    /// For everything.
    pub whole: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(10) }
    }
}

/// How a courier works.
#[derive(Clone, Debug, Default)]
pub struct CourierSettings {
    /// Which receivers are sent to.
    pub guard: Guard,
    /// Who vouches for receivers besides the public roots.
    pub further_roots: Vec<CertificateDer<'static>>,
    /// How long is waited.
    pub deadlines: Deadlines,
}

/// A courier cannot work so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CourierSetupError {
    /// A certificate that is to be trusted cannot be.
    #[error("a certificate that is to be trusted for receivers cannot be used: {0}")]
    BadCertificate(String),
}

/// Posts parcels over HTTP/1.1.
#[derive(Clone, Debug)]
pub struct HttpCourier {
    connector: Connector,
    deadlines: Deadlines,
    ticks: fn() -> Tick,
    complaints: Arc<Complaints>,
}

impl HttpCourier {
    /// A courier that finds receivers by this resolver, and measures by this clock.
    ///
    /// # Errors
    /// A certificate that cannot be trusted.
    pub fn new(
        settings: CourierSettings,
        resolver: Arc<dyn Resolver>,
        ticks: fn() -> Tick,
    ) -> Result<Self, CourierSetupError> {
        let bad = |error: rustls::Error| CourierSetupError::BadCertificate(error.to_string());
        let tls = tls::client(settings.further_roots, &[b"http/1.1"]).map_err(bad)?;
        let connector = Connector { guard: settings.guard, resolver, tls };
        let complaints = Arc::default();
        Ok(Self { connector, deadlines: settings.deadlines, ticks, complaints })
    }

    async fn carry(&self, parcel: &Parcel, heard: &mut Heard) -> Result<(), AttemptOutcome> {
        let target = Target::of(&parcel.url).map_err(AttemptOutcome::AddressRefused)?;
        let request = request(parcel, &target).ok_or(AttemptOutcome::BrokenOff)?;
        match self.connector.open(&target, self.deadlines.connect).await? {
            Link::Clear(stream) => exchange(TokioIo::new(stream), request, heard).await,
            Link::Tls(stream) => exchange(TokioIo::new(*stream), request, heard).await,
        }
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn post(&self, parcel: &Parcel) -> Attempt {
        let start = (self.ticks)();
        let mut heard = Heard::default();
        let carried = timeout(self.deadlines.whole, self.carry(parcel, &mut heard)).await;
        // A status says what became of the event, however its body ends: many a receiver closes
        // without saying that it does, and one that took the event must not get it again.
        let outcome = match (heard.status, carried) {
            (Some(status), _) => AttemptOutcome::Answered(status),
            (None, Ok(Err(outcome))) => outcome,
            (None, Ok(Ok(()))) => AttemptOutcome::BrokenOff,
            (None, Err(_)) => AttemptOutcome::TimedOut,
        };
        let end = (self.ticks)();
        self.complaints.note(parcel, outcome, end);
        let took_us = end.as_micros().saturating_sub(start.as_micros());
        let took_ms = u32::try_from(took_us / 1_000).unwrap_or(u32::MAX);
        tracing::debug!(?outcome, took_ms, "sent to a receiver");
        Attempt { outcome, took_ms, answer: heard.answer }
    }
}

/// What came of an answer so far.
#[derive(Debug, Default)]
struct Heard {
    /// Its status, once its head is there.
    status: Option<u16>,
    /// Of its body what is kept.
    answer: Vec<u8>,
}

/// The request for a parcel; `None` if something cannot stand in a head, which the port's types
/// keep out.
fn request(parcel: &Parcel, target: &Target) -> Option<Request<Full<Bytes>>> {
    let body = Bytes::copy_from_slice(&parcel.body);
    let mut head = HeaderMap::new();
    head.insert(HOST, HeaderValue::from_str(&target.authority).ok()?);
    head.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    head.insert(USER_AGENT, HeaderValue::from_static(NAME));
    head.insert(ACCEPT, HeaderValue::from_static("*/*"));
    head.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    head.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Some(seal) = &parcel.seal {
        head.extend(signing::lines(seal, &body).ok()?);
    }
    for line in &parcel.lines {
        let mut value = HeaderValue::from_str(line.expose()).ok()?;
        value.set_sensitive(line.secrecy() == Secrecy::Secret);
        head.append(HeaderName::from_bytes(line.name().as_bytes()).ok()?, value);
    }
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target.path.parse().ok()?;
    *request.headers_mut() = head;
    Some(request)
}

/// Sends the request and reads the answer.
async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    heard: &mut Heard,
) -> Result<(), AttemptOutcome>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    let broken = |_| AttemptOutcome::BrokenOff;
    let mut builder = http1::Builder::new();
    builder.max_headers(LINES_MAX).max_header_size(HEAD_MAX).max_buf_size(ANSWER_READ);
    let (mut sender, connection) = builder.handshake(stream).await.map_err(broken)?;
    let mut talk = std::pin::pin!(async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        if !(200..600).contains(&status) {
            return Err(AttemptOutcome::BrokenOff);
        }
        heard.status = Some(status);
        let mut body = response.into_body();
        let mut read = 0;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
            read += data.len();
            let room = ANSWER_KEPT - heard.answer.len();
            heard.answer.extend_from_slice(&data[..data.len().min(room)]);
            if read >= ANSWER_READ {
                break;
            }
        }
        Ok(())
    });
    // Dropped as soon as it is over, so that the talk hears of its end.
    let drive = async move {
        let _ = connection.await;
    };
    tokio::select! {
        biased;
        done = &mut talk => return done,
        () = drive => {}
    }
    talk.await
}

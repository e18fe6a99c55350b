//! The client: one pool of connections to one server, and the bounds within which it is asked.
//!
//! A question goes out once. Only where a connection that lay in the pool turns out to be closed
//! before anything was written on it does it go out on another: limits count what was asked, so
//! asking again could take twice. Must not keep an answer for later.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::{self, Builder};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::connect::{Connector, Speech};
use crate::fault::Fault;
use crate::judge::Limits;
use crate::key::VerifierKey;

/// Most bytes of the head of an answer. A refusal comes in a line of it.
const ANSWER_HEAD_MAX: usize = 64 * 1_024;

/// How long a connection may lie in the pool: shorter than a server lets it, so that none is taken
/// out that is just being closed.
const IDLE_MAX: Duration = Duration::from_secs(15);

/// Most connections that lie in the pool.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// The bounds within which a server is asked, and whom to trust.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Time for a connection, TLS included. 2 s unless it is set.
    pub connect_max: Duration,
    /// Time for the whole answer, the connection included. 5 s unless it is set.
    pub answer_max: Duration,
    /// Most questions under way at once; the next is a fault at once. 1,024 unless it is set.
    pub at_once_max: usize,
    /// Most bytes of a head that is asked about: 1 KiB less than the server reads, whose default is
    /// 16 KiB.
    pub head_bytes_max: usize,
    /// Most lines of it: 8 less than the server reads, whose default is 100.
    pub head_lines_max: usize,
    /// Which certificates are trusted.
    pub trust: Trust,
    /// Where keys may be sent without TLS.
    pub clear_text: ClearText,
}

/// Which certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those of the public authorities.
    Public,
    /// Those of the authorities in this PEM text, and no others.
    Only(Vec<u8>),
}

/// Where keys may be sent without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearText {
    /// To this machine.
    Loopback,
    /// To any: everybody on the way can read keys.
    Anywhere,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_max: Duration::from_secs(2),
            answer_max: Duration::from_secs(5),
            at_once_max: 1_024,
            head_bytes_max: 15 * 1_024,
            head_lines_max: 92,
            trust: Trust::Public,
            clear_text: ClearText::Loopback,
        }
    }
}

/// No client can be made of these settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAClient {
    /// The URL does not name a server.
    #[error(
        "`{0}` is not the URL of a server: expected http:// or https://, a host and perhaps a port, and nothing behind them"
    )]
    Url(String),
    /// Keys would go over a network in the clear.
    #[error(
        "`{0}` is spoken to in the clear and is not this machine: use https, or allow it with `ClearText::Anywhere`"
    )]
    InTheClear(String),
    /// The certificates of `Trust::Only` cannot be read.
    #[error("no certificates to trust: {0}")]
    Trust(String),
    /// A bound of nothing.
    #[error("`{0}` is 0: nothing could be asked")]
    Nothing(&'static str),
}

/// A client of one server. Clones share connections and bounds.
///
/// It has to be used inside a tokio runtime with time and network.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: legacy::Client<Connector, Full<Bytes>>,
    scheme: &'static str,
    authority: String,
    bearer: HeaderValue,
    verifier: HeaderValue,
    places: Semaphore,
    answer_max: Duration,
    head: Limits,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("authority", &self.0.authority).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the server at this URL, that of its verifiers' listener, such as
    /// `https://keys.example:8804`. Nothing is connected before the first question.
    ///
    /// # Errors
    /// The settings contradict themselves, or the URL is none.
    #[expect(clippy::needless_pass_by_value, reason = "the key is wiped when it was taken")]
    pub fn new(url: &str, key: VerifierKey, settings: Settings) -> Result<Self, NotAClient> {
        // What stands before an @ may be a password.
        let shown =
            url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, rest)| format!("…@{rest}"));
        let wrong = || NotAClient::Url(shown.clone());
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let authority = uri.authority().ok_or_else(wrong)?.as_str();
        if authority.contains('@') || uri.path() != "/" || uri.query().is_some() {
            return Err(wrong());
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let (scheme, port, speech) = match uri.scheme_str() {
            Some("http") => ("http", 80, Speech::Plain),
            Some("https") => {
                ("https", 443, tls(host, &settings.trust).map_err(|e| e.unwrap_or_else(wrong))?)
            }
            _ => return Err(wrong()),
        };
        match (&speech, settings.clear_text) {
            (Speech::Plain, ClearText::Loopback) if !is_this_machine(host) => {
                return Err(NotAClient::InTheClear(url.to_owned()));
            }
            (Speech::Plain | Speech::Tls(..), ClearText::Loopback | ClearText::Anywhere) => {}
        }
        settings.check()?;
        let connector = Connector {
            host: host.into(),
            port: uri.port_u16().unwrap_or(port),
            speech,
            connect_max: settings.connect_max,
        };
        Ok(Self(Arc::new(Inner {
            http: pool().build(connector),
            scheme,
            authority: authority.to_owned(),
            bearer: key.bearer(),
            verifier: key.line(),
            places: Semaphore::new(settings.at_once_max.min(Semaphore::MAX_PERMITS)),
            answer_max: settings.answer_max,
            head: Limits { bytes_max: settings.head_bytes_max, lines_max: settings.head_lines_max },
        })))
    }

    /// The URL of a path of the server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.0.scheme, self.0.authority)
    }

    pub(crate) fn verifier_line(&self) -> HeaderValue {
        self.0.verifier.clone()
    }

    pub(crate) fn bearer(&self) -> HeaderValue {
        self.0.bearer.clone()
    }

    pub(crate) fn head_limits(&self) -> Limits {
        self.0.head
    }

    /// Sends one request and reads the whole answer, of which the body has at most so many bytes.
    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
        body_max: usize,
    ) -> Result<(Parts, Bytes), Fault> {
        let inner = &*self.0;
        let _place = inner.places.try_acquire().map_err(|_| Fault::TooManyAtOnce)?;
        let answered = async {
            let answer = inner.http.request(request.map(Full::new)).await;
            let (parts, body) = answer.map_err(|error| not_answered(&error))?.into_parts();
            let whole = Limited::new(body, body_max).collect().await;
            Ok((parts, whole.map_err(|error| not_whole(&*error))?.to_bytes()))
        };
        timeout(inner.answer_max, answered).await.map_err(|_| Fault::TimedOut)?
    }
}

impl Settings {
    fn check(&self) -> Result<(), NotAClient> {
        let nothing = [
            ("connect_max", self.connect_max.is_zero()),
            ("answer_max", self.answer_max.is_zero()),
            ("at_once_max", self.at_once_max == 0),
            ("head_bytes_max", self.head_bytes_max == 0),
            ("head_lines_max", self.head_lines_max == 0),
        ];
        match nothing.into_iter().find(|(_, is_nothing)| *is_nothing) {
            Some((name, _)) => Err(NotAClient::Nothing(name)),
            None => Ok(()),
        }
    }
}

fn pool() -> Builder {
    let mut pool = legacy::Client::builder(TokioExecutor::new());
    pool.pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .http1_max_buf_size(ANSWER_HEAD_MAX)
        // A request that comes back unwritten goes out on another connection, and no other does.
        .retry_canceled_requests(true);
    pool
}

fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// TLS with a server of this name; no reason means that the name is none.
fn tls(host: &str, trust: &Trust) -> Result<Speech, Option<NotAClient>> {
    let untrusted = |why: String| Some(NotAClient::Trust(why));
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Public => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Trust::Only(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| untrusted(error.to_string()))?;
                roots.add(certificate).map_err(|error| untrusted(error.to_string()))?;
            }
        }
    }
    if roots.is_empty() {
        return Err(untrusted("the text has none. Give PEM.".to_owned()));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| None)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| untrusted(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Speech::Tls(Arc::new(config), name))
}

/// Why there is no head of an answer.
fn not_answered(error: &legacy::Error) -> Fault {
    let mut cause = error.source();
    let mut why = error.to_string();
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<hyper::Error>()
            && (error.is_parse() || error.is_parse_too_large())
        {
            return Fault::unreadable("it is no answer of HTTP, or its head is too large");
        }
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut) {
            return Fault::TimedOut;
        }
        why = inner.to_string();
        cause = inner.source();
    }
    Fault::Unreachable { why }
}

/// Why there is no whole body.
fn not_whole(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Fault {
    if error.is::<LengthLimitError>() {
        return Fault::unreadable("its body is too large");
    }
    Fault::Unreachable { why: error.to_string() }
}

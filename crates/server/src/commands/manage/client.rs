//! The smallest HTTP client that can manage a server: one connection, one request, one answer.
//!
//! Must not follow redirects, which would carry the admin key elsewhere, nor try anything twice but
//! what carries a name by which the server does it once.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use dialects::native::api::BASE;
use domain::ids::RequestId;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, InvalidMessage, RootCertStore};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::answer::{Answer, Call};
use super::failure::Failure;
use super::settings::{KEY, Settings, URL};
use crate::entropy::SystemEntropy;

const CONNECT_MAX: Duration = Duration::from_secs(10);
const ANSWER_MAX: Duration = Duration::from_secs(30);
const BODY_MAX: usize = 16 * 1024 * 1024;

/// The header that carries the name of a call.
const RETRY_HEADER: &str = "idempotency-key";

/// Why there is no answer.
enum Trouble {
    /// The call did not reach the server.
    NotSent(Failure),
    /// It may have.
    Lost(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::NotSent(failure)
    }
}

/// Calls one server.
#[derive(Debug)]
pub(super) struct Client {
    settings: Settings,
    authorization: HeaderValue,
}

impl Client {
    /// A client with this key for this server.
    ///
    /// # Errors
    /// A key that cannot stand in a header.
    pub(super) fn new(settings: Settings) -> Result<Self, Failure> {
        let text = zeroize::Zeroizing::new(format!("Bearer {}", *settings.key));
        let mut authorization = HeaderValue::from_str(&text).map_err(|_| {
            Failure::usage(format!(
                "The admin key holds a character that no key contains: set {KEY} to the key as it was shown."
            ))
        })?;
        authorization.set_sensitive(true);
        Ok(Self { settings, authorization })
    }

    /// Makes a call and waits for its answer.
    ///
    /// # Errors
    /// Everything but a success, as a sentence.
    pub(super) fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Failure::refused(format!("This process cannot open connections ({error}): try again."))
        })?;
        let (status, text) = runtime.block_on(self.exchange(call))?;
        if !status.is_success() {
            return Err(Failure::answered(status, &text));
        }
        let value = serde_json::from_str(&text).map_err(|_| Failure::not_ours(status))?;
        Ok(Answer { text, value })
    }

    /// Sends the call, and once more where its answer was lost and the server knows it again.
    async fn exchange(&self, call: &Call) -> Result<(StatusCode, String), Failure> {
        let once = call.once.then(|| RequestId::random(&mut SystemEntropy::new()).to_string());
        let once = once.as_deref();
        match self.attempt(call, once).await {
            Ok(answer) => Ok(answer),
            Err(Trouble::NotSent(failure)) => Err(failure),
            Err(Trouble::Lost(failure)) if once.is_none() => Err(failure),
            // What is said of the first holds where the second fails as well.
            Err(Trouble::Lost(failure)) => self.attempt(call, once).await.map_err(|_| failure),
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        once: Option<&str>,
    ) -> Result<(StatusCode, String), Trouble> {
        let address = (self.settings.host.as_str(), self.settings.port);
        let connected = timeout(CONNECT_MAX, TcpStream::connect(address)).await;
        let stream = connected
            .map_err(|_| self.unreachable(&"it does not answer"))?
            .map_err(|error| self.unreachable(&error))?;
        if !self.settings.tls {
            return self.speak(stream, call, once).await;
        }
        let name = ServerName::try_from(self.settings.host.clone())
            .map_err(|error| self.unreachable(&error))?;
        let handshake = timeout(CONNECT_MAX, connector()?.connect(name, stream)).await;
        let stream = handshake
            .map_err(|_| self.unreachable(&"it does not speak TLS in time"))?
            .map_err(|error| self.unsecured(&error))?;
        self.speak(stream, call, once).await
    }

    async fn speak<S>(
        &self,
        stream: S,
        call: &Call,
        once: Option<&str>,
    ) -> Result<(StatusCode, String), Trouble>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let request = self.request(call, once)?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| self.unreachable(&error))?;
        // The connection ends by itself once the answer is read, and with it this task.
        tokio::spawn(connection);
        let exchange = async {
            let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, BODY_MAX).collect().await.map_err(|e| e.to_string())?;
            Ok::<_, String>((head.status, body.to_bytes()))
        };
        let (status, body) = timeout(ANSWER_MAX, exchange)
            .await
            .map_err(|_| Trouble::Lost(self.broken(call, &"it took too long")))?
            .map_err(|error| Trouble::Lost(self.broken(call, &error)))?;
        let text = String::from_utf8(body.into()).map_err(|_| Failure::not_ours(status))?;
        Ok((status, text))
    }

    fn request(&self, call: &Call, once: Option<&str>) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder()
            .method(&call.method)
            .uri(format!("{}{BASE}{}", self.settings.path, call.path))
            .header(HOST, &self.settings.authority)
            .header(AUTHORIZATION, &self.authorization)
            .header(USER_AGENT, concat!("chaveiro/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json");
        if let Some(once) = once {
            request = request.header(RETRY_HEADER, once);
        }
        let secret = call.key.as_ref().map(|key| json!({ "key": key.expose() }));
        let body = match call.body.as_ref().or(secret.as_ref()) {
            None => Bytes::new(),
            Some(value) => {
                request = request.header(CONTENT_TYPE, "application/json");
                value.to_string().into()
            }
        };
        let unusable = |_| Failure::usage(format!("{URL} is no address of a server: correct it."));
        request.body(Full::new(body)).map_err(unusable)
    }

    /// TLS failed.
    fn unsecured(&self, error: &io::Error) -> Failure {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) = inner {
            return Failure::refused(format!(
                "The server at {} does not speak TLS: write http:// in {URL}, if nobody else can read what goes there.",
                self.settings.authority
            ));
        }
        self.unreachable(error)
    }

    fn unreachable(&self, why: &dyn fmt::Display) -> Failure {
        Failure::refused(format!(
            "The server at {} cannot be reached ({why}): start it, or set {URL} to its control plane.",
            self.settings.authority
        ))
    }

    /// The connection was lost after the request may have arrived.
    fn broken(&self, call: &Call, why: &dyn fmt::Display) -> Failure {
        let at = &self.settings.authority;
        let next = if call.method.is_safe() {
            "try again"
        } else {
            "look at what it holds now before trying again, because the change may have been made"
        };
        Failure::refused(format!("The server at {at} gave no whole answer ({why}): {next}."))
    }
}

fn connector() -> Result<TlsConnector, Failure> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| {
        Failure::refused(format!("TLS cannot be used here ({error}): use another build."))
    })?;
    let mut config = versions.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

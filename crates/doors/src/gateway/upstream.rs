//! The server behind the gateway: where it is and how it is spoken to.
//!
//! Must not hold connections; the pool does.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

/// How an upstream is spoken to.
#[derive(Clone)]
pub(super) enum Speech {
    /// In the clear.
    Plain,
    /// Over TLS, with whom by that name.
    Tls(Arc<ClientConfig>, ServerName<'static>),
}

/// Which HTTP an upstream speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2; in the clear without asking first.
    Http2,
    /// Over TLS whichever it chooses, in the clear HTTP/1.1.
    Negotiated,
}

/// The server behind the gateway.
#[derive(Clone)]
pub struct Upstream {
    name: String,
    host: String,
    port: u16,
    host_header: HeaderValue,
    speech: Speech,
    protocol: Protocol,
}

/// An upstream cannot be spoken to as described.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// Not the name or address of a host.
    #[error("`{0}` is not the name or address of a host")]
    BadHost(String),
    /// A certificate that is to be trusted cannot be read.
    #[error("a certificate that is to be trusted for the upstream cannot be used: {0}")]
    BadCertificate(String),
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Upstream").field(&self.name).finish()
    }
}

impl Upstream {
    /// An upstream in the clear. An IPv6 address is without brackets.
    ///
    /// # Errors
    /// A text that is no host.
    pub fn plain(host: &str, port: u16) -> Result<Self, UpstreamError> {
        Self::new("http", 80, host, port, Speech::Plain)
    }

    /// An upstream over TLS, trusted by the public roots and by these further certificates.
    ///
    /// # Errors
    /// A text that is no host, or certificates that cannot be trusted.
    pub fn tls(
        host: &str,
        port: u16,
        further_roots: Vec<CertificateDer<'static>>,
    ) -> Result<Self, UpstreamError> {
        let bad_host = |_| UpstreamError::BadHost(host.to_owned());
        let bad_certificate =
            |error: rustls::Error| UpstreamError::BadCertificate(error.to_string());
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in further_roots {
            roots.add(certificate).map_err(bad_certificate)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(bad_certificate)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let server_name = ServerName::try_from(host.to_owned()).map_err(bad_host)?;
        config.alpn_protocols = alpn(Protocol::Http1);
        Self::new("https", 443, host, port, Speech::Tls(Arc::new(config), server_name))
    }

    /// The same server, spoken to like this; HTTP/1.1 unless somebody says.
    #[must_use]
    pub fn speaking(mut self, protocol: Protocol) -> Self {
        if let Speech::Tls(config, _) = &mut self.speech {
            Arc::make_mut(config).alpn_protocols = alpn(protocol);
        }
        self.protocol = protocol;
        self
    }

    fn new(
        scheme: &str,
        usual_port: u16,
        host: &str,
        port: u16,
        speech: Speech,
    ) -> Result<Self, UpstreamError> {
        let bad_host = || UpstreamError::BadHost(host.to_owned());
        let bracketed = match host.parse::<IpAddr>() {
            Ok(IpAddr::V6(_)) => format!("[{host}]"),
            Ok(IpAddr::V4(_)) => host.to_owned(),
            Err(_) if ServerName::try_from(host).is_ok() => host.to_owned(),
            Err(_) => return Err(bad_host()),
        };
        let authority = if port == usual_port { bracketed } else { format!("{bracketed}:{port}") };
        let host_header = HeaderValue::from_str(&authority).map_err(|_| bad_host())?;
        let name = format!("{scheme}://{authority}");
        let (host, protocol) = (host.to_owned(), Protocol::Http1);
        Ok(Self { name, host, port, host_header, speech, protocol })
    }

    /// Its address, for logs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is at the same address and spoken to in the same way.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.protocol == other.protocol
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// What it is called in requests.
    pub(super) const fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }

    pub(super) const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The scheme of its address.
    pub(super) const fn scheme(&self) -> &'static str {
        match self.speech {
            Speech::Plain => "http",
            Speech::Tls(..) => "https",
        }
    }

    pub(super) const fn speech(&self) -> &Speech {
        &self.speech
    }
}

/// What is offered in the handshake of TLS.
fn alpn(protocol: Protocol) -> Vec<Vec<u8>> {
    match protocol {
        Protocol::Http1 => vec![b"http/1.1".to_vec()],
        Protocol::Http2 => vec![b"h2".to_vec()],
        Protocol::Negotiated => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, port: u16, header: &str) {
        let upstream = Upstream::plain(host, port).expect("an upstream");
        assert_eq!(upstream.host_header(), header);
    }

    #[test]
    fn the_host_line_leaves_out_the_usual_port_and_brackets_ipv6() {
        check("api.internal", 80, "api.internal");
        check("api.internal", 9000, "api.internal:9000");
        check("::1", 9000, "[::1]:9000");
        check("10.0.0.1", 443, "10.0.0.1:443");
        for host in ["", "a b", "[::1]", "host:1", "host/path"] {
            assert!(Upstream::plain(host, 1).is_err(), "{host}");
        }
    }
}

//! How a listener wants to be spoken to, and how a connection turns out to speak.
//!
//! Must not redirect anybody from plain HTTP: a key that came in the clear is refused, and told so.

use std::io;
use std::sync::Arc;

use doors::arrival::Scheme;
use engine::verify::Transport;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// The first byte of every TLS connection: a record of the handshake.
const HANDSHAKE_RECORD: u8 = 0x16;

/// How a listener wants to be spoken to.
#[derive(Clone)]
pub(crate) enum Security {
    /// Over TLS. Who comes in the clear is refused by the door.
    Tls(Arc<ServerConfig>),
    /// In the clear.
    PlainAllowed,
    /// In the clear, so that the door can refuse: TLS is required and not configured.
    PlainRefused,
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tls(_) => "Tls",
            Self::PlainAllowed => "PlainAllowed",
            Self::PlainRefused => "PlainRefused",
        })
    }
}

/// How a connection speaks.
pub(super) enum Speech {
    /// Over TLS, with a handshake still to be made.
    Tls(TlsAcceptor),
    /// In the clear.
    Plain(Scheme, Transport),
}

impl Security {
    /// Looks at the first byte where it matters. `None` when there is none.
    pub(super) async fn hear(&self, stream: &TcpStream) -> io::Result<Option<Speech>> {
        match self {
            Self::PlainAllowed => Ok(Some(Speech::Plain(Scheme::Http, Transport::Allowed))),
            Self::PlainRefused => Ok(Some(Speech::Plain(Scheme::Http, Transport::Insecure))),
            Self::Tls(config) => {
                let mut first = [0_u8];
                if stream.peek(&mut first).await? == 0 {
                    return Ok(None);
                }
                Ok(Some(if first == [HANDSHAKE_RECORD] {
                    Speech::Tls(TlsAcceptor::from(Arc::clone(config)))
                } else {
                    Speech::Plain(Scheme::Http, Transport::Insecure)
                }))
            }
        }
    }
}

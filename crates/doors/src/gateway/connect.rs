//! Opens connections to an upstream: name, TCP, TLS, all inside one deadline.
//!
//! Must not keep a connection; whoever asked for it owns it.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::h2::{self, Sender};
use super::upstream::{Protocol, Speech, Upstream};
use super::upstream_io::UpstreamStream;
use super::wire::Wire;

/// A new connection.
#[derive(Debug)]
pub(super) enum Link {
    /// One request at a time.
    One(Box<Wire>),
    /// Many; how many, as far as the server has said.
    Many(Sender, Rc<Cell<usize>>),
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum NoConnection {
    /// It could not be made in time.
    TooSlow,
    /// It was refused, the name has no address, or TLS failed.
    Failed(io::Error),
}

/// Opens a connection.
pub(super) async fn open(upstream: &Upstream, deadline: Duration) -> Result<Link, NoConnection> {
    match tokio::time::timeout(deadline, connect(upstream)).await {
        Ok(Ok(link)) => Ok(link),
        Ok(Err(error)) => Err(NoConnection::Failed(error)),
        Err(_) => Err(NoConnection::TooSlow),
    }
}

async fn connect(upstream: &Upstream) -> io::Result<Link> {
    let tcp = match upstream.host().parse::<IpAddr>() {
        Ok(address) => TcpStream::connect(SocketAddr::new(address, upstream.port())).await?,
        Err(_) => connect_by_name(upstream).await?,
    };
    tcp.set_nodelay(true)?;
    let stream = match upstream.speech() {
        Speech::Plain => UpstreamStream::Plain(tcp),
        Speech::Tls(config, name) => {
            let connector = TlsConnector::from(std::sync::Arc::clone(config));
            UpstreamStream::Tls(Box::new(connector.connect(name.clone(), tcp).await?))
        }
    };
    let speaks_http2 = match (upstream.protocol(), &stream) {
        (Protocol::Http1, _) | (Protocol::Negotiated, UpstreamStream::Plain(_)) => false,
        (Protocol::Http2, _) => true,
        (Protocol::Negotiated, UpstreamStream::Tls(tls)) => {
            tls.get_ref().1.alpn_protocol() == Some(b"h2")
        }
    };
    Ok(if speaks_http2 {
        let (sender, allowed) = h2::shake_hands(stream).await?;
        Link::Many(sender, allowed)
    } else {
        Link::One(Box::new(Wire::over(stream)))
    })
}

/// Tries the addresses of a name in the order in which the resolver gives them.
async fn connect_by_name(upstream: &Upstream) -> io::Result<TcpStream> {
    let mut last = None;
    for address in lookup_host((upstream.host(), upstream.port())).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address")))
}

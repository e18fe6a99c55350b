//! Opens one connection to one receiver: name, guard, TCP, the peer once more, TLS.
//!
//! Must not connect to an address that was not vetted in this very call, nor look a name up twice:
//! between two answers a name can be bent inwards.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use domain::webhook::WebhookUrl;
use engine::ports::courier::{AddressRefusal, AttemptOutcome, TlsRefusal};
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Position, Url};

use crate::guard::{Guard, Transport};
use crate::resolve::{LookupFault, Resolver};

/// Most addresses of one name that are tried, one after the other.
const TRIES_MAX: usize = 3;

/// A receiver's address, taken apart.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) transport: Transport,
    /// As it stands in `Host`.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
}

impl Target {
    /// Takes an address apart. One that was accepted when it was kept and is none any more is
    /// refused for its scheme.
    pub(crate) fn of(url: &WebhookUrl) -> Result<Self, AddressRefusal> {
        let url = Url::parse(url.as_str()).map_err(|_| AddressRefusal::Scheme)?;
        let transport = match url.scheme() {
            "https" => Transport::Tls,
            "http" => Transport::Clear,
            _ => return Err(AddressRefusal::Scheme),
        };
        let host = url.host().ok_or(AddressRefusal::Scheme)?.to_owned();
        let port = url.port_or_known_default().ok_or(AddressRefusal::Port)?;
        let authority = url[Position::BeforeHost..Position::AfterPort].to_owned();
        let path = url[Position::BeforePath..Position::AfterQuery].to_owned();
        Ok(Self { host, port, transport, authority, path })
    }

    /// The host as a name, without the full stop of the root.
    pub(crate) fn name(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }
}

/// A connection to a receiver.
#[derive(Debug)]
pub(crate) enum Link {
    /// In the clear.
    Clear(TcpStream),
    /// Over TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What it takes to connect.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    pub(crate) guard: Guard,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) tls: Arc<ClientConfig>,
}

impl Connector {
    /// Connects, in at most this time.
    ///
    /// # Errors
    /// How the attempt ended.
    pub(crate) async fn open(
        &self,
        target: &Target,
        within: Duration,
    ) -> Result<Link, AttemptOutcome> {
        let opened = timeout(within, async {
            let addresses = self.vetted(target).await?;
            let tcp = self.first_taken(target, &addresses, within).await?;
            self.speak(target, tcp).await
        });
        opened.await.unwrap_or(Err(AttemptOutcome::TimedOut))
    }

    /// All addresses of a target, each of them vetted.
    async fn vetted(&self, target: &Target) -> Result<Vec<IpAddr>, AttemptOutcome> {
        Guard::vet_port(target.port).map_err(AttemptOutcome::AddressRefused)?;
        let addresses = match &target.host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
            Host::Domain(name) => match self.resolver.resolve(name).await {
                Ok(found) if !found.is_empty() => found,
                Err(LookupFault::NoRoom) => return Err(AttemptOutcome::NoRoom),
                Ok(_) | Err(LookupFault::Failed) => return Err(AttemptOutcome::NotResolved),
            },
        };
        let vetted = self.guard.vet(&target.name(), &addresses, target.transport);
        vetted.map(|()| addresses).map_err(AttemptOutcome::AddressRefused)
    }

    /// Tries the addresses in their order; each gets its share of the time, so that one that
    /// swallows everything leaves some to the next.
    async fn first_taken(
        &self,
        target: &Target,
        addresses: &[IpAddr],
        within: Duration,
    ) -> Result<TcpStream, AttemptOutcome> {
        let tries = &addresses[..addresses.len().min(TRIES_MAX)];
        let share = within / u32::try_from(tries.len().max(1)).unwrap_or(1);
        let mut outcome = AttemptOutcome::NotConnected;
        for address in tries {
            let socket = SocketAddr::new(*address, target.port);
            outcome = match timeout(share, TcpStream::connect(socket)).await {
                Ok(Ok(tcp)) => return self.seen_again(target, *address, tcp),
                Ok(Err(_)) => AttemptOutcome::NotConnected,
                Err(_) => AttemptOutcome::TimedOut,
            };
        }
        Err(outcome)
    }

    /// The peer is the address that was vetted, whatever lies between the system and us.
    fn seen_again(
        &self,
        target: &Target,
        asked: IpAddr,
        tcp: TcpStream,
    ) -> Result<TcpStream, AttemptOutcome> {
        let peer = tcp.peer_addr().map_err(|_| AttemptOutcome::BrokenOff)?.ip();
        let vetted = self.guard.vet(&target.name(), &[peer], target.transport);
        if peer != asked || vetted.is_err() {
            return Err(AttemptOutcome::AddressRefused(AddressRefusal::NotPublic));
        }
        // Only slower without it.
        let _ = tcp.set_nodelay(true);
        Ok(tcp)
    }

    async fn speak(&self, target: &Target, tcp: TcpStream) -> Result<Link, AttemptOutcome> {
        match target.transport {
            Transport::Clear => Ok(Link::Clear(tcp)),
            Transport::Tls => {
                let other = AttemptOutcome::TlsRefused(TlsRefusal::Other);
                let name = ServerName::try_from(target.name()).map_err(|_| other)?;
                let connector = TlsConnector::from(Arc::clone(&self.tls));
                match connector.connect(name, tcp).await {
                    Ok(tls) => Ok(Link::Tls(Box::new(tls))),
                    Err(error) => Err(AttemptOutcome::TlsRefused(refusal(&error))),
                }
            }
        }
    }
}

/// What was wrong with a handshake.
fn refusal(error: &io::Error) -> TlsRefusal {
    use CertificateError as Wrong;
    let inner = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(wrong)) = inner else { return TlsRefusal::Other };
    if matches!(wrong, Wrong::Expired | Wrong::ExpiredContext { .. }) {
        TlsRefusal::Expired
    } else if matches!(wrong, Wrong::NotValidYet | Wrong::NotValidYetContext { .. }) {
        TlsRefusal::NotYetValid
    } else if matches!(wrong, Wrong::NotValidForName | Wrong::NotValidForNameContext { .. }) {
        TlsRefusal::WrongName
    } else if matches!(wrong, Wrong::UnknownIssuer | Wrong::BadSignature) {
        TlsRefusal::UnknownIssuer
    } else if matches!(wrong, Wrong::Revoked) {
        TlsRefusal::Revoked
    } else {
        TlsRefusal::Other
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use rustls::RootCertStore;
    use tokio::net::TcpListener;

    use super::*;
    use crate::guard::AllowedReceiver;

    /// Nobody asks it.
    #[derive(Debug)]
    struct NoNames;

    #[async_trait]
    impl Resolver for NoNames {
        async fn resolve(&self, _host: &str) -> Result<Vec<IpAddr>, LookupFault> {
            Err(LookupFault::NoRoom)
        }
    }

    /// A connector whose list holds these.
    fn connector(allowed: &str) -> Connector {
        let guard = Guard::new(vec![AllowedReceiver::parse(allowed).expect("one")], Vec::new());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("known versions")
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        Connector { guard, resolver: Arc::new(NoNames), tls: Arc::new(tls) }
    }

    /// Somebody between the system and us took the connection to 127.0.0.1.
    async fn check(allowed: &str, asked: &str, is_kept: bool) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let socket = listener.local_addr().expect("an address");
        let url = WebhookUrl::parse("http://receiver.example:8080/").expect("an address");
        let target = Target::of(&url).expect("a target");
        let tcp = TcpStream::connect(socket).await.expect("it listens");
        let asked = asked.parse().expect("an address");
        let seen = connector(allowed).seen_again(&target, asked, tcp);
        assert_eq!(seen.is_ok(), is_kept, "{allowed} {asked}");
    }

    #[tokio::test]
    async fn a_connection_that_ended_up_elsewhere_is_dropped() {
        check("127.0.0.0/8", "127.0.0.1", true).await;
        check("127.0.0.0/8", "127.0.0.2", false).await;
        check("10.0.0.0/8", "127.0.0.1", false).await;
    }
}

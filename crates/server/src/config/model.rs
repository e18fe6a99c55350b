//! The configuration as the rest of the server sees it: typed, checked and complete.
//!
//! Must not hold text that somebody still has to interpret; what cannot be used never gets here.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use delivery::{AllowedReceiver, MailRoute, PostmanSettings};
use dialects::dialect::Dialect;
use domain::clock::ClockKind;
use domain::delivery::SuccessRule;
use domain::ids::EnvironmentName;
use domain::ip_list::IpList;
use domain::realm::Realm;
use doors::asker::Askers;
use doors::gateway::{BackendRules, HealthCheck, Protocol};
use jiff::tz::TimeZone;

use super::secret::SecretText;

/// Everything that the server is told at its start.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where the data is kept.
    pub(crate) data: DataUrl,
    /// The control plane.
    pub(crate) control: ControlConfig,
    /// The listener for verifiers.
    pub(crate) verifiers: VerifiersConfig,
    /// The listener for Envoy, where there is one.
    pub(crate) ext_authz: Option<VerifiersConfig>,
    /// What must not be known.
    pub(crate) secrets: Secrets,
    /// What a caller may take.
    pub(crate) limits: Limits,
    /// What is logged, and how.
    pub(crate) log: LogConfig,
    /// How many threads serve the data plane.
    pub(crate) data_threads: DataThreads,
    /// Which receivers that are not public are sent to.
    pub(crate) receivers: Vec<AllowedReceiver>,
    /// How people are written to; `None` writes to nobody.
    pub(crate) mail: Option<MailConfig>,
    /// The realms, in the order of the file.
    pub(crate) realms: Vec<RealmConfig>,
    /// Whatever can be run with but is probably not meant, one sentence each.
    pub(crate) warnings: Vec<String>,
}

/// Where the data is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DataUrl {
    /// The embedded store, in this file; the path is absolute.
    Sqlite(PathBuf),
}

impl fmt::Display for DataUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "SQLite, in {}", path.display()),
        }
    }
}

/// The control plane.
#[derive(Clone, Debug)]
pub(crate) struct ControlConfig {
    /// Where it listens.
    pub(crate) listener: ListenerConfig,
    /// Where people reach it, without a slash at the end; `None` is the address it listens on.
    pub(crate) public_url: Option<String>,
}

/// A listener for those who ask about the requests of others.
#[derive(Clone, Debug)]
pub(crate) struct VerifiersConfig {
    /// Where it listens.
    pub(crate) listener: ListenerConfig,
    /// Which proxies may ask there about the requests of others.
    pub(crate) askers: Askers,
}

/// One listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListenerConfig {
    /// The address and port.
    pub(crate) listen: SocketAddr,
    /// The certificate and its key; without them the listener speaks plain HTTP.
    pub(crate) tls: Option<TlsFiles>,
    /// Whether a request in the clear is refused.
    pub(crate) require_tls: bool,
}

impl ListenerConfig {
    /// Whether it can only refuse: TLS is required and not there.
    pub(crate) const fn refuses_everything(&self) -> bool {
        self.require_tls && self.tls.is_none()
    }
}

/// A certificate and its key, in files that could be opened when the configuration was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The chain of certificates, in PEM.
    pub(crate) certificate: PathBuf,
    /// The private key, in PEM.
    pub(crate) key: PathBuf,
}

/// What must not be known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    /// Keys the digests of keys; at least [`domain::digest::PEPPER_MIN_LEN`] bytes.
    pub(crate) pepper: Option<SecretText>,
}

/// What a caller may take, on every listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Most bytes of a request's head.
    pub(crate) header_bytes_max: usize,
    /// Most header lines of a request.
    pub(crate) header_lines_max: usize,
    /// Most bytes of a body for the server itself.
    pub(crate) body_bytes_max: usize,
    /// Most bytes of the body of a batch.
    pub(crate) batch_body_bytes_max: usize,
    /// Most bytes of a body that the gateway forwards.
    pub(crate) gateway_body_bytes_max: usize,
    /// Room for counters of the realms' limits.
    pub(crate) counters_max: usize,
    /// Most open connections of a listener.
    pub(crate) connections_max: usize,
    /// Most open connections from one address; `None` does not count by address.
    pub(crate) connections_per_address_max: Option<usize>,
    /// Time for a request's head, from its first byte.
    pub(crate) header_deadline: Duration,
    /// Time until the first byte on a new connection.
    pub(crate) first_byte_deadline: Duration,
    /// Time between two requests on a connection.
    pub(crate) idle_deadline: Duration,
    /// Time for a body for the server itself.
    pub(crate) body_deadline: Duration,
    /// How long a client may leave its answer unread.
    pub(crate) unread_deadline: Duration,
    /// Time that requests under way get when the server stops.
    pub(crate) shutdown_grace: Duration,
}

/// How people are written to.
#[derive(Clone, Debug)]
pub(crate) struct MailConfig {
    /// Through which server, and in whose name; a postman can be made of it.
    pub(crate) postman: PostmanSettings,
    /// Where the certificates are that are trusted besides the public ones.
    pub(crate) ca_file: Option<PathBuf>,
    /// The page that letters lead to, where `{realm}`, `{environment}` and `{account}` stand for those
    /// of the letter.
    pub(crate) keys_page: String,
}

impl MailConfig {
    /// Host and port of the server, IPv6 in brackets.
    pub(crate) fn server(&self) -> String {
        let MailRoute { host, port, .. } = &self.postman.route;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

/// The least important line that is still logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogLevel {
    /// Our own trouble.
    Error,
    /// What somebody should look at.
    Warn,
    /// What happened.
    Info,
    /// How it happened.
    Debug,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Plain text.
    Text,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogConfig {
    /// The least important line.
    pub(crate) level: LogLevel,
    /// How it looks.
    pub(crate) format: LogFormat,
}

/// How many threads serve the data plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataThreads {
    /// As many as the machine has cores.
    OnePerCore,
    /// This many.
    Exactly(NonZeroUsize),
}

/// One realm: what the domain knows of it, and what only the edge needs.
#[derive(Debug)]
pub(crate) struct RealmConfig {
    /// The realm as the rules see it.
    pub(crate) realm: Arc<Realm>,
    /// How it speaks.
    pub(crate) dialect: Arc<dyn Dialect>,
    /// The zone of its local dates.
    pub(crate) time_zone: TimeZone,
    /// Whether refusals carry a hint for the caller.
    pub(crate) hints: bool,
    /// Which answers of webhooks' receivers count as delivered.
    pub(crate) webhook_success: SuccessRule,
    /// How many rules of the dialect were dropped, because `permissions` leaves out what they need.
    pub(crate) routes_without_permission: usize,
    /// Its environments, in the order of the file.
    pub(crate) environments: Vec<EnvironmentConfig>,
}

/// One environment of a realm.
#[derive(Clone, Debug)]
pub(crate) struct EnvironmentConfig {
    /// Its name.
    pub(crate) name: EnvironmentName,
    /// Where its gateway listens.
    pub(crate) listener: ListenerConfig,
    /// What its clock follows.
    pub(crate) clock: ClockKind,
    /// How clients come to it.
    pub(crate) front: Front,
    /// Where granted requests go; at least one.
    pub(crate) upstreams: Vec<Upstream>,
    /// How those are treated.
    pub(crate) rules: UpstreamRules,
}

/// Where HTTP/2 is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Http2 {
    /// Nowhere.
    Off,
    /// Over TLS, with whom it is agreed on in the handshake.
    Tls,
    /// There, and in the clear with whom begins with it.
    PriorKnowledge,
}

/// How clients come to an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Front {
    /// Where HTTP/2 is spoken.
    pub(crate) http2: Http2,
    /// Whether each connection begins with the PROXY protocol.
    pub(crate) proxy_protocol: bool,
    /// Whose word is taken for where a request came from; `None` is nobody's.
    pub(crate) trusted_hops: Option<IpList>,
}

/// How the servers behind an environment are treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpstreamRules {
    /// Which HTTP they speak.
    pub(crate) protocol: Protocol,
    /// Time to reach one.
    pub(crate) connect: Duration,
    /// Longest time to the whole head of an answer, and longest silence inside it.
    pub(crate) response: Duration,
    /// Longest silence in a tunnel.
    pub(crate) tunnel_idle: Duration,
    /// When one counts as down, and how much it may be asked at once.
    pub(crate) backends: BackendRules,
    /// How they are looked after; `None` does not.
    pub(crate) health: Option<HealthCheck>,
}

impl UpstreamRules {
    /// Time to reach one when nobody says.
    pub(super) const CONNECT: Duration = Duration::from_secs(2);
    /// Longest silence when nobody says.
    pub(super) const RESPONSE: Duration = Duration::from_secs(60);
    /// How often they are looked at when nobody says.
    pub(super) const LOOK: Duration = Duration::from_secs(5);
}

/// How the upstream is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// The name in addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port where none is named.
    pub(super) const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The server behind the gateway: a scheme, a host and a port, never a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upstream {
    /// How it is spoken to.
    pub(crate) scheme: Scheme,
    /// Its name or address; an IPv6 address is without its brackets.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
}

impl Upstream {
    /// Host and port as an address needs them, IPv6 in brackets.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

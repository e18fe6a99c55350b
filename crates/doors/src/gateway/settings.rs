//! What a gateway is told at its start; shared by the gateways of all threads.
//!
//! Must not change while the server runs.

use std::sync::Arc;
use std::time::Duration;

use dialects::dialect::Dialect;
use domain::ip_list::IpList;
use engine::engine::Engine;
use engine::place::PlaceRef;

use super::backend::Backend;
use super::health::HealthCheck;
use super::office::BackOffice;
use crate::identity::IdentitySigner;

/// Whether refusals carry the header line that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hints {
    /// They do.
    Shown,
    /// They don't.
    Hidden,
}

/// What a request and its upstream may take.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamLimits {
    /// Most bytes of a request's body.
    pub body_bytes_max: u64,
    /// Longest silence inside a request's body.
    pub body_silence_max: Duration,
    /// Time to reach the upstream, TLS included.
    pub connect_max: Duration,
    /// Longest time from the end of a request to the whole head of its answer, and longest silence
    /// of the upstream inside the answer.
    pub silence_max: Duration,
    /// Longest silence in a tunnel.
    pub tunnel_silence_max: Duration,
    /// Most unused connections that one thread keeps.
    pub idle_connections_max: usize,
    /// How long an unused connection is kept.
    pub idle_max: Duration,
}

impl UpstreamLimits {
    /// Longest silence in a tunnel when nobody says.
    pub const TUNNEL_SILENCE_MAX: Duration = Duration::from_secs(120);
    /// Unused connections that one thread keeps when nobody says.
    pub const IDLE_CONNECTIONS_MAX: usize = 256;
    /// How long an unused connection is kept when nobody says. Shorter than what servers keep
    /// theirs for (Node.js closes after 5 s), so that ours is seldom the late one.
    pub const IDLE_MAX: Duration = Duration::from_secs(4);
}

/// What a gateway is told at its start.
#[derive(Debug)]
pub struct GatewaySettings {
    /// Who decides.
    pub engine: Arc<Engine>,
    /// The environment that it serves.
    pub place: PlaceRef,
    /// How it speaks.
    pub dialect: Arc<dyn Dialect>,
    /// Where granted requests go; at least one.
    pub upstreams: Vec<Arc<Backend>>,
    /// How the upstreams are looked after; `None` does not.
    pub health: Option<HealthCheck>,
    /// Whose word is taken for where a request came from; `None` is nobody's.
    pub trusted_hops: Option<IpList>,
    /// Where requests are answered that go to no upstream.
    pub back_office: BackOffice,
    /// Who signs what the upstream is told.
    pub signer: Arc<dyn IdentitySigner>,
    /// Whether refusals say what to do.
    pub hints: Hints,
    /// What a request may take.
    pub limits: UpstreamLimits,
}

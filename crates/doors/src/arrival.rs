//! What the listener knows of a request besides its bytes, made once for each.
//!
//! Must not be made by a door: there is one reading of the clock for each request, and it is at
//! the edge.

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;

use domain::ids::RequestId;
use domain::time::{Reading, Tick};
use engine::verify::Transport;

/// How the bytes came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

/// The place of a connection among those that are open. An extension of requests that ask for a
/// tunnel: the place is free again when the last of these is dropped.
#[derive(Clone)]
pub struct Presence(Arc<dyn Any + Send + Sync>);

impl Presence {
    /// Holds whatever stands for the place.
    #[must_use]
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self(Arc::new(held))
    }
}

impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Presence").field(&Arc::strong_count(&self.0)).finish()
    }
}

/// The circumstances of one request.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When it came, by the system's clock: every place makes its own time of it.
    pub now: Reading,
    /// The same on the clock that nobody sets.
    pub tick: Tick,
    /// By which name it is found again in logs and answers.
    pub request_id: RequestId,
    /// The address at the other end of the connection.
    pub peer: IpAddr,
    /// Who sent it: the peer, or whom a trusted peer names.
    pub client: IpAddr,
    /// How the bytes came.
    pub scheme: Scheme,
    /// Whether this listener allows that.
    pub transport: Transport,
}

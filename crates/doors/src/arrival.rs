//! What the listener knows of a request besides its bytes, made once for each.
//!
//! Must not be made by a door: there is one reading of the clock for each request, and it is at
//! the edge.

use std::net::IpAddr;

use domain::ids::RequestId;
use domain::time::Timestamp;
use engine::verify::Transport;

/// How the bytes came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

/// The circumstances of one request.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When it came.
    pub now: Timestamp,
    /// By which name it is found again in logs and answers.
    pub request_id: RequestId,
    /// The address at the other end of the connection.
    pub client: IpAddr,
    /// How the bytes came.
    pub scheme: Scheme,
    /// Whether this listener allows that.
    pub transport: Transport,
}

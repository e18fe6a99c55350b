//! Gives each request its time and its identifier: one reading of each clock, sixteen random bytes.
//!
//! Must not be shared by the threads of the data plane; each has its own.

use std::sync::{Mutex, PoisonError};

use domain::ids::RequestId;
use doors::arrival::{Arrival, Scheme};
use engine::verify::Transport;
use std::net::IpAddr;

use crate::clock;
use crate::entropy::SystemEntropy;

/// What all requests of one connection have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub(super) client: IpAddr,
    pub(super) scheme: Scheme,
    pub(super) transport: Transport,
}

/// Where requests are given their time and identifier.
#[derive(Debug)]
pub(super) struct Desk {
    // Never waited for on the data plane, where one thread has one desk.
    entropy: Mutex<SystemEntropy>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self { entropy: Mutex::new(SystemEntropy::new()) }
    }

    /// Receives one request.
    pub(super) fn receive(&self, visit: Visit) -> Arrival {
        let request_id = {
            // A panic cannot leave the buffer in a state that hands bytes out twice.
            let mut entropy = self.entropy.lock().unwrap_or_else(PoisonError::into_inner);
            RequestId::random(&mut *entropy)
        };
        let Visit { client, scheme, transport } = visit;
        let (now, tick) = (clock::now(), clock::tick());
        Arrival { now, tick, request_id, peer: client, client, scheme, transport }
    }
}

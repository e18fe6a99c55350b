//! Where a connection stands: shared by its bytes and its requests.
//!
//! Must not decide what follows from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// What a connection is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The first byte after it was opened.
    FirstByte,
    /// The rest of a head.
    Head,
    /// Us.
    Serving,
    /// Another request.
    Idle,
}

/// One look at the phase, which tells it from the same phase of another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen(u32);

const PHASE: u32 = 0b011;
const BODY: u32 = 0b100;
const REQUEST: u32 = 0b1000;

impl Seen {
    pub(super) const fn phase(self) -> Phase {
        match self.0 & PHASE {
            0 => Phase::FirstByte,
            1 => Phase::Head,
            2 => Phase::Serving,
            _ => Phase::Idle,
        }
    }

    /// Whether the peer may still be sending something that nobody will read.
    pub(super) const fn may_be_sending(self) -> bool {
        self.0 & BODY != 0 || matches!(self.phase(), Phase::Head)
    }
}

/// The phase of one connection, and what its bytes have told about its requests.
#[derive(Clone, Debug)]
pub(super) struct Phases(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    phase: AtomicU32,
    /// Requests that were served.
    served: AtomicU64,
    /// The number of the first request with two readings; 0 while there is none.
    doubtful: AtomicU64,
    /// Whether the connection carries no requests any more.
    is_tunnel: AtomicBool,
}

/// A request being served; when this is dropped, its answer has been written or given up.
#[derive(Debug)]
pub(super) struct Serving(Phases);

impl Phases {
    /// A connection that was just opened.
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    pub(super) fn look(&self) -> Seen {
        Seen(self.0.phase.load(Ordering::Relaxed))
    }

    /// A byte came.
    pub(super) fn heard(&self) {
        match self.look().phase() {
            Phase::FirstByte | Phase::Idle => self.set(1),
            Phase::Head | Phase::Serving => {}
        }
    }

    /// A whole head came.
    pub(super) fn serve(&self, has_body: bool) -> Serving {
        let body = if has_body { BODY } else { 0 };
        let next = (self.look().0 & !(PHASE | BODY)).wrapping_add(REQUEST);
        self.0.phase.store(next | body | 2, Ordering::Relaxed);
        Serving(self.clone())
    }

    /// The request of this number, counted from 1, has two readings.
    pub(super) fn doubt(&self, number: u64) {
        self.0.doubtful.store(number, Ordering::Relaxed);
    }

    /// Counts a request. Whether it has two readings.
    pub(super) fn is_doubtful(&self) -> bool {
        let number = self.0.served.load(Ordering::Relaxed) + 1;
        self.0.served.store(number, Ordering::Relaxed);
        self.0.doubtful.load(Ordering::Relaxed) == number
    }

    /// What comes from here on is no HTTP.
    pub(super) fn become_tunnel(&self) {
        self.0.is_tunnel.store(true, Ordering::Relaxed);
    }

    /// Whether what comes is no HTTP.
    pub(super) fn is_tunnel(&self) -> bool {
        self.0.is_tunnel.load(Ordering::Relaxed)
    }

    // One task uses a connection, so a look and a change need not be one step.
    fn set(&self, phase: u32) {
        self.0.phase.store((self.look().0 & !PHASE) | phase, Ordering::Relaxed);
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.set(3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_through_its_phases() {
        let phases = Phases::new();
        assert_eq!(phases.look().phase(), Phase::FirstByte);
        phases.heard();
        assert_eq!(phases.look().phase(), Phase::Head);
        let serving = phases.serve(true);
        phases.heard();
        assert_eq!(phases.look().phase(), Phase::Serving);
        assert!(phases.look().may_be_sending());
        drop(serving);
        let idle = phases.look();
        assert_eq!(idle.phase(), Phase::Idle);
        drop(phases.serve(false));
        assert_eq!(phases.look().phase(), Phase::Idle);
        assert_ne!(phases.look(), idle, "the second wait is another wait");
        assert!(!phases.look().may_be_sending());
    }
}

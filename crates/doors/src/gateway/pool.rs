//! The unused connections of one thread to one upstream, the youngest first.
//!
//! Must not open connections, and must not lend one that the upstream is known to have closed.

use std::cell::{Cell, RefCell};

use domain::time::Tick;

use super::settings::UpstreamLimits;
use super::wire::Wire;

#[derive(Debug)]
struct Idle {
    wire: Box<Wire>,
    since: Tick,
}

/// Unused connections.
#[derive(Debug)]
pub(super) struct Pool {
    /// The youngest is last.
    idle: RefCell<Vec<Idle>>,
    idle_max: usize,
    age_max_us: u64,
    /// The latest instant that it was told of.
    now: Cell<Tick>,
}

impl Pool {
    pub(super) fn new(limits: &UpstreamLimits) -> Self {
        Self {
            idle: RefCell::default(),
            idle_max: limits.idle_connections_max,
            age_max_us: u64::try_from(limits.idle_max.as_micros()).unwrap_or(u64::MAX),
            now: Cell::default(),
        }
    }

    /// The connection that was used last, if there is one that still seems open.
    pub(super) fn take(&self, now: Tick) -> Option<Box<Wire>> {
        self.now.set(self.now.get().max(now));
        let mut idle = self.idle.borrow_mut();
        while let Some(Idle { mut wire, since }) = idle.pop() {
            if self.is_old(now, since) {
                // All others are older still.
                idle.clear();
                return None;
            }
            if wire.look() {
                return Some(wire);
            }
        }
        None
    }

    /// Keeps a connection that can be used again, if there is room; ends any other.
    pub(super) fn put(&self, wire: Box<Wire>) {
        let mut idle = self.idle.borrow_mut();
        if wire.is_free() && idle.len() < self.idle_max {
            idle.push(Idle { wire, since: self.now.get() });
        }
    }

    /// Closes what was not used for too long, and what the upstream has closed.
    pub(super) fn tidy(&self, now: Tick) {
        self.now.set(self.now.get().max(now));
        self.idle.borrow_mut().retain_mut(|idle| !self.is_old(now, idle.since) && idle.wire.look());
    }

    const fn is_old(&self, now: Tick, since: Tick) -> bool {
        now.as_micros().saturating_sub(since.as_micros()) > self.age_max_us
    }
}

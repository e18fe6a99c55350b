//! The servers behind one gateway: how many requests each has under way, and whether it is up.
//!
//! Shared by the threads. Must not hold connections, and must not ask a clock.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use domain::time::Tick;

use super::upstream::Upstream;

/// When a server counts as down, and how much it may be asked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackendRules {
    /// Most requests under way to one server.
    pub requests_max: usize,
    /// Failures in a row after which a server is left alone for a while.
    pub failures_max: u32,
    /// How long it is left alone.
    pub pause: Duration,
}

impl BackendRules {
    /// Requests under way to one server when nobody says.
    pub const REQUESTS_MAX: usize = 4_096;
    /// Failures in a row when nobody says.
    pub const FAILURES_MAX: u32 = 3;
    /// How long a server is left alone when nobody says.
    pub const PAUSE: Duration = Duration::from_secs(10);
}

impl Default for BackendRules {
    fn default() -> Self {
        Self {
            requests_max: Self::REQUESTS_MAX,
            failures_max: Self::FAILURES_MAX,
            pause: Self::PAUSE,
        }
    }
}

/// One server behind a gateway.
#[derive(Debug)]
pub struct Backend {
    upstream: Upstream,
    rules: BackendRules,
    under_way: AtomicUsize,
    failures: AtomicU32,
    /// Until when it is left alone, in microseconds of the clock that nobody sets.
    paused_until: AtomicU64,
    /// Whether it did not answer as it should when it was last looked at.
    is_ailing: AtomicBool,
}

impl Backend {
    /// A server that is taken for up.
    #[must_use]
    pub const fn new(upstream: Upstream, rules: BackendRules) -> Self {
        Self {
            upstream,
            rules,
            under_way: AtomicUsize::new(0),
            failures: AtomicU32::new(0),
            paused_until: AtomicU64::new(0),
            is_ailing: AtomicBool::new(false),
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Whether it is this server under these rules.
    #[must_use]
    pub fn is_for(&self, upstream: &Upstream, rules: BackendRules) -> bool {
        self.upstream.is_same(upstream) && self.rules == rules
    }

    /// What whoever looks at it has found.
    pub fn found(&self, is_well: bool) {
        if self.is_ailing.swap(!is_well, Ordering::Relaxed) == is_well {
            let upstream = self.upstream.name();
            if is_well {
                tracing::info!(upstream, "the upstream is well again");
            } else {
                tracing::warn!(upstream, "the upstream does not answer its check as it should");
            }
        }
    }

    pub(super) fn is_up(&self, now: Tick) -> bool {
        !self.is_ailing.load(Ordering::Relaxed)
            && now.as_micros() >= self.paused_until.load(Ordering::Relaxed)
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Counts a request, if there is room for one.
    pub(super) fn enter(&self) -> bool {
        if self.under_way.fetch_add(1, Ordering::Relaxed) < self.rules.requests_max {
            return true;
        }
        self.leave();
        false
    }

    pub(super) fn leave(&self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn answered(&self) {
        // Nearly always there is nothing to forget, and a line that is only read stays shared.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn failed(&self, now: Tick) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if failures >= self.rules.failures_max {
            let pause = u64::try_from(self.rules.pause.as_micros()).unwrap_or(u64::MAX);
            self.paused_until.store(now.plus_micros(pause).as_micros(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend() -> Backend {
        let pause = Duration::from_secs(10);
        let rules = BackendRules { requests_max: 2, failures_max: 3, pause };
        Backend::new(Upstream::plain("127.0.0.1", 1).expect("an upstream"), rules)
    }

    fn at(ms: u64) -> Tick {
        Tick::from_micros(ms * 1_000)
    }

    #[test]
    fn a_server_is_left_alone_after_failures_in_a_row_and_tried_again() {
        let backend = backend();
        backend.failed(at(0));
        backend.failed(at(0));
        backend.answered();
        backend.failed(at(0));
        backend.failed(at(0));
        assert!(backend.is_up(at(0)));
        backend.failed(at(0));
        assert!(!backend.is_up(at(9_999)) && backend.is_up(at(10_000)));
        backend.failed(at(10_000));
        assert!(!backend.is_up(at(19_999)), "one failure is enough while it has not answered");
        backend.answered();
        backend.failed(at(20_000));
        assert!(backend.is_up(at(20_000)));
        backend.found(false);
        assert!(!backend.is_up(at(20_000)));
        backend.found(true);
        assert!(backend.is_up(at(20_000)));
    }

    #[test]
    fn no_more_requests_are_under_way_than_there_is_room_for() {
        let backend = backend();
        assert!(backend.enter() && backend.enter() && !backend.enter());
        backend.leave();
        assert!(backend.enter() && !backend.enter());
    }
}

//! The deadlines of a connection, one for each phase, and one timer for all of them.
//!
//! hyper knows a single deadline, for a head, and counts the wait for the next request into it.
//! Must not hurry a request that is being served; its body is the door's to time.

use std::task::{Context, Poll};

use super::limits::{ConnectionLimits, LATE};
use super::phases::{Phase, Seen};
use super::timer::Timer;

/// Watches one connection.
#[derive(Debug)]
pub(super) struct Deadlines {
    limits: ConnectionLimits,
    timer: Timer,
    /// The wait for which the timer was set.
    set_for: Option<Seen>,
    is_ending: bool,
}

impl Deadlines {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self { limits, timer: Timer::default(), set_for: None, is_ending: false }
    }

    /// From here on a first byte has little time left.
    pub(super) fn end(&mut self) {
        self.is_ending = true;
        self.set_for = None;
    }

    /// Ready when the peer has taken too long. To be asked whenever the connection waits.
    pub(super) fn poll(&mut self, seen: Seen, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = match seen.phase() {
            Phase::FirstByte if self.is_ending => self.limits.first_byte_deadline.min(LATE),
            Phase::FirstByte => self.limits.first_byte_deadline,
            Phase::Head => self.limits.header_deadline,
            Phase::Idle => self.limits.idle_deadline,
            Phase::Serving => return Poll::Pending,
        };
        if self.set_for != Some(seen) {
            self.set_for = Some(seen);
            self.timer.set(deadline);
        }
        self.timer.poll(cx)
    }
}

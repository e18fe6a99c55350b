//! Tells the log of trouble with an upstream: at once, but not for every request of an outage.
//!
//! Must not log what a request carried.

use std::cell::{Cell, RefCell};
use std::fmt::Display;

use domain::time::Tick;

use super::settings::GatewaySettings;
use crate::arrival::Arrival;

/// Shortest time between two lines of one thread.
const EVERY_US: u64 = 1_000_000;

/// When the last line was written, and what was left out since.
#[derive(Debug, Default)]
pub(super) struct TroubleLog {
    last_at: Cell<Option<Tick>>,
    left_out: Cell<u64>,
    /// Which upstream could not be reached last, and why.
    unreached: RefCell<Option<String>>,
}

impl TroubleLog {
    /// Keeps which upstream could not be reached and why, for the next line.
    pub(super) fn unreached(&self, upstream: &str, why: &dyn Display) {
        *self.unreached.borrow_mut() = Some(format!("{upstream}: {why}"));
    }

    /// Writes a line, unless one was written just now.
    pub(super) fn tell(&self, settings: &GatewaySettings, what: &'static str, arrival: &Arrival) {
        let recent = |last: Tick| arrival.tick < last.plus_micros(EVERY_US);
        if self.last_at.get().is_some_and(recent) {
            self.left_out.set(self.left_out.get().saturating_add(1));
            return;
        }
        self.last_at.set(Some(arrival.tick));
        tracing::warn!(
            unreached = self.unreached.take(),
            place = %settings.place.place(),
            request_id = %arrival.request_id,
            left_out = self.left_out.replace(0),
            "{what}"
        );
    }
}

//! The ways of one thread to the servers behind its gateway, and the choice among them.
//!
//! Must not send anything.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use domain::time::Tick;

use super::backend::Backend;
use super::pool::Pool;
use super::settings::UpstreamLimits;
use super::shared::Shared;

/// The way of one thread to one server.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) backend: Arc<Backend>,
    /// Connections of HTTP/1.1.
    pub(super) pool: Pool,
    /// Connections of HTTP/2.
    pub(super) shared: Rc<Shared>,
}

/// The ways of one thread.
#[derive(Debug)]
pub(super) struct Lanes {
    all: Vec<Rc<Lane>>,
    /// With which one the next look begins.
    turn: Cell<usize>,
}

/// The room of one request at a server; free again when this is dropped.
#[derive(Debug)]
pub(super) struct Seat(Rc<Lane>);

impl Seat {
    pub(super) fn lane(&self) -> &Rc<Lane> {
        &self.0
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.backend.leave();
    }
}

impl Lanes {
    pub(super) fn new(backends: &[Arc<Backend>], limits: &UpstreamLimits) -> Self {
        let lane = |backend: &Arc<Backend>| {
            let (backend, pool) = (Arc::clone(backend), Pool::new(limits));
            Rc::new(Lane { backend, pool, shared: Rc::default() })
        };
        Self { all: backends.iter().map(lane).collect(), turn: Cell::new(0) }
    }

    /// Room at the server that is up and has the least to do. Where none is up all are tried, since
    /// an answer late is worth more than none.
    pub(super) fn choose(&self, now: Tick) -> Option<Seat> {
        match &self.all[..] {
            [only] => only.backend.enter().then(|| Seat(Rc::clone(only))),
            _ => self.least(now, None),
        }
    }

    /// Room at another server that is up.
    pub(super) fn other_than(&self, seat: &Seat, now: Tick) -> Option<Seat> {
        if self.all.len() == 1 { None } else { self.least(now, Some(seat.lane())) }
    }

    fn least(&self, now: Tick, except: Option<&Rc<Lane>>) -> Option<Seat> {
        let count = self.all.len();
        let turn = self.turn.get();
        self.turn.set((turn + 1) % count.max(1));
        let others = || {
            let around = self.all.iter().cycle().skip(turn).take(count);
            around.filter(|lane| except.is_none_or(|except| !Rc::ptr_eq(lane, except)))
        };
        let is_up = |lane: &&Rc<Lane>| lane.backend.is_up(now);
        let load = |lane: &&Rc<Lane>| lane.backend.under_way();
        // Of those that have equally little to do it is the first: each begins once.
        let least = match others().filter(is_up).min_by_key(load) {
            Some(least) => least,
            None if except.is_none() => others().min_by_key(load)?,
            None => return None,
        };
        least.backend.enter().then(|| Seat(Rc::clone(least)))
    }

    /// Closes what was not used for too long.
    pub(super) fn tidy(&self, now: Tick) {
        for lane in &self.all {
            lane.pool.tidy(now);
            lane.shared.tidy();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::backend::BackendRules;
    use crate::gateway::upstream::Upstream;
    use std::time::Duration;

    fn lanes(count: u16, requests_max: usize) -> (Vec<Arc<Backend>>, Lanes) {
        let rules = BackendRules { requests_max, failures_max: 1, pause: Duration::from_secs(1) };
        let limits = UpstreamLimits {
            body_bytes_max: 1,
            body_silence_max: Duration::ZERO,
            connect_max: Duration::ZERO,
            silence_max: Duration::ZERO,
            tunnel_silence_max: Duration::ZERO,
            idle_connections_max: 1,
            idle_max: Duration::ZERO,
        };
        let backend = |port| {
            let upstream = Upstream::plain("127.0.0.1", port).expect("an upstream");
            Arc::new(Backend::new(upstream, rules))
        };
        let backends: Vec<_> = (1..=count).map(backend).collect();
        let lanes = Lanes::new(&backends, &limits);
        (backends, lanes)
    }

    const NOW: Tick = Tick::from_micros(0);

    #[test]
    fn requests_go_round_and_to_whoever_has_least_to_do() {
        let (backends, lanes) = lanes(3, 10);
        let held: Vec<Seat> = (0..6).filter_map(|_| lanes.choose(NOW)).collect();
        assert!(backends.iter().all(|backend| backend.under_way() == 2));
        let mut held = held.into_iter();
        drop((held.next(), held.next()));
        let again: Vec<Seat> = (0..2).filter_map(|_| lanes.choose(NOW)).collect();
        assert!(backends.iter().all(|backend| backend.under_way() == 2));
        drop((held, again));
        assert!(backends.iter().all(|backend| backend.under_way() == 0));
    }

    #[test]
    fn who_is_down_is_asked_only_when_all_are() {
        let (backends, lanes) = lanes(2, 10);
        backends[0].failed(NOW);
        let seats: Vec<Seat> = (0..4).filter_map(|_| lanes.choose(NOW)).collect();
        assert_eq!((backends[0].under_way(), backends[1].under_way()), (0, 4));
        assert!(lanes.other_than(&seats[0], NOW).is_none());
        backends[1].failed(NOW);
        assert!(lanes.choose(NOW).is_some());
    }

    #[test]
    fn nobody_is_asked_more_than_there_is_room_for() {
        let (_, lanes) = lanes(2, 2);
        let seats: Vec<Seat> = (0..9).filter_map(|_| lanes.choose(NOW)).collect();
        assert_eq!(seats.len(), 4);
    }
}

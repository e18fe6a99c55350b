//! Finds a request its way: a server with room for it, and a connection there.
//!
//! A wait for room is no failure of the server, and is not counted as one. Must not send anything.

use domain::time::Tick;

use super::Setup;
use super::connect::{Link, NoConnection, open};
use super::forward::Failure;
use super::lane::Seat;
use super::shared::Ticket;
use super::wire::Wire;

/// Whether a connection has carried a request already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Used {
    Before,
    Never,
}

/// A connection that a request can take.
pub(super) enum Way {
    /// Of its own.
    Own(Box<Wire>, Used),
    /// That it shares.
    Shared(Ticket),
}

impl Setup {
    /// A seat and a connection; at another server where the first cannot be reached.
    pub(super) async fn way(&self, now: Tick) -> Result<(Seat, Way), Failure> {
        let seat = self.lanes.choose(now).ok_or(Failure::Busy)?;
        let failure = match self.way_of(&seat, now).await {
            Ok(way) => return Ok((seat, way)),
            Err(failure) => failure,
        };
        let other = self.lanes.other_than(&seat, now).ok_or(failure)?;
        drop(seat);
        let way = self.way_of(&other, now).await?;
        Ok((other, way))
    }

    /// A connection to this server: one that is there, or a new one.
    pub(super) async fn way_of(&self, seat: &Seat, now: Tick) -> Result<Way, Failure> {
        let lane = seat.lane();
        // Most upstreams never fill this place, and then it is one look.
        if let Some(ticket) = lane.shared.take() {
            return Ok(Way::Shared(ticket));
        }
        if let Some(wire) = lane.pool.take(now) {
            return Ok(Way::Own(wire, Used::Before));
        }
        let protocol = lane.backend.upstream().protocol();
        match lane.shared.opening(protocol) {
            Some(_opening) => self.open(seat, now).await,
            // Boxed because it is seldom, as opening is.
            None => Box::pin(self.wait_for_room(seat, now)).await,
        }
    }

    /// A stream as soon as one is free, or a connection as soon as one may be opened.
    async fn wait_for_room(&self, seat: &Seat, now: Tick) -> Result<Way, Failure> {
        let shared = &seat.lane().shared;
        let protocol = seat.lane().backend.upstream().protocol();
        let mut patience = std::pin::pin!(tokio::time::sleep(self.settings.limits.connect_max));
        loop {
            tokio::select! {
                biased;
                () = shared.changed() => {}
                () = &mut patience => {
                    let is_opening = shared.is_opening();
                    return Err(if is_opening { Failure::ConnectTooSlow } else { Failure::Busy });
                }
            }
            if let Some(ticket) = shared.take() {
                return Ok(Way::Shared(ticket));
            }
            if let Some(_opening) = shared.opening(protocol) {
                return self.open(seat, now).await;
            }
        }
    }

    /// Opens a connection. Boxed because it is seldom: every request would carry its size
    /// otherwise.
    pub(super) async fn open(&self, seat: &Seat, now: Tick) -> Result<Way, Failure> {
        let (limits, lane) = (&self.settings.limits, seat.lane());
        match Box::pin(open(lane.backend.upstream(), limits.connect_max)).await {
            Ok(Link::One(wire)) => Ok(Way::Own(wire, Used::Never)),
            Ok(Link::Many(sender, allowed)) => Ok(Way::Shared(lane.shared.add(sender, allowed))),
            Err(no_connection) => {
                lane.backend.failed(now);
                let upstream = lane.backend.upstream().name();
                Err(match no_connection {
                    NoConnection::TooSlow => {
                        self.trouble_log.unreached(upstream, &"no connection in time");
                        Failure::ConnectTooSlow
                    }
                    NoConnection::Failed(error) => {
                        self.trouble_log.unreached(upstream, &error);
                        Failure::ConnectFailed
                    }
                })
            }
        }
    }
}

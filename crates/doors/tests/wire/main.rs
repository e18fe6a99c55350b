//! The doors as raw sockets see them: a client on one side, a scripted upstream on the other.

mod answering;
mod bodies;
mod clocks;
mod dialect;
mod forward_auth;
mod forwarding;
mod http2;
mod identity;
mod late_bodies;
mod leave;
mod limits;
mod pooling;
mod refusing;
mod scene;
mod secured;
mod several;
mod socket;
mod streams;
mod trailers;
mod upgrades;
mod verify;

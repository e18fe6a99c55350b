//! The listeners: accept connections, hold them to deadlines and counts, and hand each request to
//! its door together with the time and an identifier.
//!
//! The data plane has one single-threaded runtime for each core, each with its own sockets; the
//! control plane runs on the server's runtime. Both use the same accept loop and the same watch
//! over connections. Must not look into requests beyond what makes them requests.

mod accept;
mod bind;
mod connection;
mod control_plane;
mod data_plane;
mod deadlines;
mod desk;
mod frames;
mod framing;
mod gate;
mod http2;
mod inherited;
mod limits;
mod phases;
mod proxy;
mod readings;
mod security;
mod stop;
mod streams;
mod timer;
mod tracked;
mod watched;

pub(crate) use connection::Speaks;
pub(crate) use control_plane::{BoundControl, ControlListener};
pub(crate) use data_plane::{BoundDataPlane, DataDoor, DataListener, DataPlane};
pub(crate) use inherited::Inherited;
pub(crate) use limits::ConnectionLimits;
pub(crate) use proxy::Announced;
pub(crate) use security::Security;
pub(crate) use stop::{StopHandle, StopSignal, Vitals, stop_signal};

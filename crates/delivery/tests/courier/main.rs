//! The courier against real receivers: over TCP and TLS, well behaved and not.
//!
//! Must not reach beyond this machine: names lead where a test says, and loopback is on the
//! operator's list except where a test is about that.

mod guarded;
mod hostile;
mod receiver;
mod sealed;
mod secured;
mod stage;
mod usual;

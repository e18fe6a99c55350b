//! What tests share: seeded chance, a simulated clock, and a small world over any store.
//!
//! Must not be used by anything but tests and benchmarks.

pub mod chance;
pub mod clock;
pub mod forge;
pub mod post;
pub mod senders;
pub mod world;

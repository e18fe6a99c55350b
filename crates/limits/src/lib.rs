//! Counters of limits: the port that the engine asks, and exact counters for one node.
//!
//! Must not know rules, keys or routes: what is counted, of whom and how much, the caller says.

mod any_interval;
mod counter;
pub mod local;
pub mod port;
mod shard;

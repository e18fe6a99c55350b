//! How realms speak on the wire. A dialect is one folder here and one line in `registry.rs`.
//!
//! Wire names (headers, error codes, scopes as clients spell them) live in this crate alone. It
//! must not decide whether a request may pass: the engine does.

mod answer;
mod asaas;
mod autosend;
mod carrier;
pub mod dialect;
mod key_inside;
pub mod native;
pub mod office;
mod own_events;
pub mod own_route;
mod own_told;
mod rate_lines;
pub mod registry;
mod sample;

//! The doors of Chaveiro: the gateway that stands in front of an API, and the calls by which other
//! gateways ask, each in its own way.
//!
//! All ask the engine and act on its verdict; none decides anything. They are given requests
//! that a listener has accepted, with the time and an identifier ([`arrival::Arrival`]). Must not
//! open a port, ask a clock, or know how any dialect spells its headers.

pub mod arrival;
pub mod asker;
pub mod body;
mod described;
pub mod ext_authz;
mod forward_auth;
pub mod gateway;
mod gather;
pub mod identity;
pub mod inbound;
mod limit_lines;
mod names;
pub mod rest;
mod text;

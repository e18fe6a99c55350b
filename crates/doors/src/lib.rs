//! The doors of Chaveiro: the gateway that stands in front of an API, and the call by which other
//! gateways ask.
//!
//! Both ask the engine and act on its verdict; neither decides anything. They are given requests
//! that a listener has accepted, with the time and an identifier ([`arrival::Arrival`]). Must not
//! open a port, ask a clock, or know how any dialect spells its headers.

pub mod arrival;
pub mod body;
pub mod gateway;
mod gather;
pub mod identity;
pub mod inbound;
mod names;
pub mod rest;
mod text;

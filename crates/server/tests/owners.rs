//! Owners of accounts manage keys and projects with their own keys, over the API of their dialect.
//!
//! Must not repeat what goldens say: here is what takes the whole server.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "owners/asaas_keys.rs"]
mod asaas_keys;
#[path = "owners/autosend_projects.rs"]
mod autosend_projects;
#[path = "owners/shape.rs"]
mod shape;

//! Owners of accounts manage keys and projects with their own keys, over the API of their dialect.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "owners/asaas_keys.rs"]
mod asaas_keys;
#[path = "owners/autosend_projects.rs"]
mod autosend_projects;

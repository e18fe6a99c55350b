//! Owners of accounts manage accounts, keys, projects and webhooks with their own keys, over the API of their dialect.
//!
//! Must not repeat what goldens say: here is what takes the whole server.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "owners/asaas_accounts.rs"]
mod asaas_accounts;
#[path = "owners/asaas_keys.rs"]
mod asaas_keys;
#[path = "owners/asaas_webhooks.rs"]
mod asaas_webhooks;
#[path = "owners/autosend_projects.rs"]
mod autosend_projects;
#[path = "owners/shape.rs"]
mod shape;

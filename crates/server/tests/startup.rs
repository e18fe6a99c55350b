//! Starting and stopping: a start that cannot succeed says why in one sentence and changes nothing,
//! and a stop finishes what is under way.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "startup/backup.rs"]
mod backup;
#[path = "startup/configuration.rs"]
mod configuration;
#[path = "startup/cursors.rs"]
mod cursors;
#[path = "startup/data.rs"]
mod data;
#[path = "startup/doubts.rs"]
mod doubts;
#[path = "startup/init.rs"]
mod init;
#[path = "startup/pepper.rs"]
mod pepper;
#[path = "startup/place.rs"]
mod place;
#[path = "startup/quickstart.rs"]
mod quickstart;
#[path = "startup/stopping.rs"]
mod stopping;

//! Everything that this crate promises about the wire, in one binary.
//!
//! `golden.rs` reads the golden files; `world.rs` is a small stand-in for the server behind a
//! dialect; the others hold the promises.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod extraction;
mod golden;
mod index;
mod refusals;
mod rendered;
mod settings;
mod walk;
mod world;

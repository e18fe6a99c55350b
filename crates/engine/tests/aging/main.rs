//! Keys that nobody uses age as their policy says: each step once, whoever sweeps when, and never
//! against a use.

#![allow(clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a timeline is there to be read")]

mod guards;
mod letters;
mod meeting;
mod old_letters;
mod preview;
mod races;
mod rehearsed;
mod scene;
mod year;

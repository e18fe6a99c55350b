//! Hostile load on the real binary: slow callers, idle ones, floods, forged keys, upstreams that fail.
//! Each case has a judge with a bound on memory and on what may stay open, and a careless server that
//! fails the same judge.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "hostile/careless/mod.rs"]
mod careless;
#[path = "hostile/costs.rs"]
mod costs;
#[path = "hostile/crafted.rs"]
mod crafted;
#[path = "hostile/crafted_lines.rs"]
mod crafted_lines;
#[path = "hostile/crowded.rs"]
mod crowded;
#[path = "hostile/deleted.rs"]
mod deleted;
#[path = "hostile/failing.rs"]
mod failing;
#[path = "hostile/floods.rs"]
mod floods;
#[path = "hostile/forged.rs"]
mod forged;
#[path = "hostile/frames.rs"]
mod frames;
#[path = "hostile/idle.rs"]
mod idle;
#[path = "hostile/large.rs"]
mod large;
#[path = "hostile/place.rs"]
mod place;
#[path = "hostile/slow.rs"]
mod slow;
#[path = "hostile/target.rs"]
mod target;
#[path = "hostile/unread.rs"]
mod unread;
#[path = "hostile/upstream.rs"]
mod upstream;
#[path = "hostile/upstream_http2.rs"]
mod upstream_http2;

//! The pure rules of Chaveiro: what a key is, what may be done with it, and who is turned away.
//!
//! Everything here is a function of its arguments. There is no clock, no source of randomness, no
//! input or output, no async, no SQL, no HTTP and no wire format: time and chance are passed in,
//! and other crates translate to and from the outside.

pub mod account;
pub mod audit;
mod base62;
pub mod clock;
pub mod contacts;
pub mod cursor;
pub mod delivery;
pub mod diagnosis;
pub mod digest;
pub mod entropy;
pub mod exposure;
pub mod hint;
pub mod idempotence;
pub mod ids;
pub mod ip_list;
pub mod key;
pub mod key_filter;
pub mod key_snapshot;
pub mod key_text;
pub mod label;
pub mod language;
pub mod letter;
pub mod lifecycle;
pub mod limit;
pub mod mail;
pub mod method;
pub mod name;
pub mod nearest;
pub mod operator;
pub mod path_pattern;
pub mod permission;
pub mod policy;
pub mod prefix;
pub mod realm;
pub mod refusal;
pub mod route;
pub mod secret;
pub mod signing_secret;
pub mod time;
pub mod verdict;
pub mod watch;
pub mod webhook;
pub mod webhook_rotation;

//! The listeners, as raw sockets see them.
#![allow(
    dead_code,
    unused_imports,
    reason = "the modules of the binary, of which this needs a part"
)]

#[path = "../src/clock.rs"]
mod clock;
#[path = "../src/entropy.rs"]
mod entropy;
#[path = "../src/identity.rs"]
mod identity;
#[path = "../src/listen/mod.rs"]
mod listen;
#[path = "../src/tls.rs"]
mod tls;

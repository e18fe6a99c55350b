//! The listeners as raw sockets see them: malformed heads, deadlines, counts, TLS, the end.
#![allow(dead_code, unused_imports, reason = "modules of the binary, of which this needs a part")]

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

#[path = "listen/announced.rs"]
mod announced;
#[path = "listen/counts.rs"]
mod counts;
#[path = "listen/deadlines.rs"]
mod deadlines;
#[path = "listen/grpc.rs"]
mod grpc;
#[path = "listen/heads.rs"]
mod heads;
#[path = "listen/http2.rs"]
mod http2;
#[path = "listen/neighbours.rs"]
mod neighbours;
#[path = "listen/raw.rs"]
mod raw;
#[path = "listen/secured.rs"]
mod secured;
#[path = "listen/stage.rs"]
mod stage;
#[path = "listen/stopping.rs"]
mod stopping;

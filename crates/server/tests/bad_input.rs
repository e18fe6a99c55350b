//! Whatever a caller sends, it gets a clean refusal; nobody else notices, and no key is written down.
//!
//! The real binary, as raw sockets see it. Must not know anything of the server but its contract.

#![allow(clippy::panic, reason = "tests fail by panicking")]

mod support;

mod bad_input {
    mod addresses;
    mod bodies;
    mod credentials;
    mod framing;
    mod heads;
    mod json;
    mod key_text;
    mod members;
    mod methods;
    mod paths;
    mod request;
    mod slow;
    mod stage;
    mod states;
    mod upstream;
}

//! Ports for tests that run beside each other.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports that one server takes, the example upstreams included.
const SPAN: u16 = 12;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// The first of twelve ports that are free now. Different processes begin at different places.
pub(crate) fn free_base() -> u16 {
    let process = u16::try_from(std::process::id() % 1_600).expect("below 1,600");
    for _ in 0..2_000 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let base = 20_000 + (process * 17 + step * SPAN) % 12_000;
        if (base..base + SPAN).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return base;
        }
    }
    panic!("no {SPAN} ports in a row are free");
}

/// One port that is free now, below those that the kernel gives to outgoing connections: one of
/// those may be taken between this answer and the start of the program that it is for.
pub(crate) fn free_port() -> u16 {
    free_base()
}

//! Whoever keeps connections for nothing: what they cost, and when they end. Must not be slow in any other way.

use std::io::Write as _;
use std::net::TcpStream;

use crate::careless::{Careless, Kind};
use crate::place::Place;
use crate::support::http;
use crate::target::{Fault, Judgement, KIB, SHORT_MS, Target, all_ended, drip};

/// Two buffers of 8 KiB each, and what a connection knows of itself.
const EACH_MAX: u64 = 32 * KIB;

/// Connections on each of which one request was answered.
fn idle(target: &Target, count: usize) -> Vec<TcpStream> {
    let one = || {
        let mut stream = target.connect();
        stream.write_all(&target.get("ok")).expect("sent");
        assert_eq!(http::read_answer(&mut stream).status, 200);
        stream
    };
    std::iter::repeat_with(one).take(count).collect()
}

/// They cost little, and keep nobody out.
fn are_cheap(target: &Target, count: usize) -> Judgement {
    let memory = target.memory();
    let held = idle(target, count);
    target.serves()?;
    memory.grew_by_at_most(held.len() as u64 * EACH_MAX)
}

/// They are ended.
fn are_ended(target: &Target) -> Judgement {
    let mut held = idle(target, 100);
    all_ended(drip(&mut held, b"", true))?;
    target.serves()
}

#[test]
fn ten_thousand_idle_connections_cost_little_and_keep_nobody_out() {
    let place = Place::with(&[
        ("CHAVEIRO__LIMITS__CONNECTIONS_MAX", "12000"),
        ("CHAVEIRO__LIMITS__IDLE_DEADLINE_MS", "600000"),
    ]);
    assert_eq!(are_cheap(&place.target, 10_000), Ok(()));
    let each = Careless::new(Kind::ThreadEach);
    let fault = are_cheap(&each.target, 200);
    assert!(matches!(fault, Err(Fault::Grew(..))), "{fault:?}");
}

#[test]
fn idle_connections_are_ended() {
    let place = Place::with(&[("CHAVEIRO__LIMITS__IDLE_DEADLINE_MS", SHORT_MS)]);
    assert_eq!(are_ended(&place.target), Ok(()));
    let stock = Careless::new(Kind::Stock);
    assert_eq!(are_ended(&stock.target), Err(Fault::NotEnded(100)));
}

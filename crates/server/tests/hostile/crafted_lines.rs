//! Heads whose lines are named so that a table of lines finds them badly.
//!
//! What such a head costs is counted beside one with as many other names of the same length. Must not be
//! longer than a head may be.

use std::hash::{Hash as _, Hasher};
use std::io::Write as _;

use http::HeaderName;

use crate::careless::{Careless, Kind};
use crate::forged::together;
use crate::place::Place;
use crate::support::http::read_answer;
use crate::target::{Fault, Judgement, Target};

/// Lines of a head, some fewer than it may have, and heads of each kind in one round.
const LINES: usize = 90;
const HEADS: usize = 2_000;
const ROUNDS: usize = 3;
/// Heads that are sent together.
const TOGETHER: usize = 10;
/// More lines than a head may have, in no more bytes than it may have.
const TOO_MANY: usize = 1_200;
const LARGE_HEADS: usize = 200;
/// How much more a crafted head may cost than another: each of its lines is compared with all before it,
/// and there are so few of them that this is not much.
const TIMES_MAX: u64 = 4;

/// The hash by which `http` finds lines, as long as it suspects nothing.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Where a name is looked for in the largest table that there is.
pub(crate) fn place(name: &str) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    HeaderName::from_bytes(name.as_bytes()).expect("a name").hash(&mut hasher);
    hasher.finish() & 0x7fff
}

/// So many names of the same length, all in one place, or wherever.
fn names(count: usize, crafted: bool) -> Vec<String> {
    let all = (0_u32..).map(|at| format!("x{at:07x}"));
    // A smaller table looks at fewer bits, so names that share these share those.
    let bits = if count > LINES { 0x7f } else { 0x7fff };
    let first = place("x0000000") & bits;
    all.filter(|name| !crafted || place(name) & bits == first).take(count).collect()
}

fn head(names: &[String]) -> String {
    let lines: String = names.iter().map(|name| format!("{name}:\r\n")).collect();
    format!("GET /v3/customers HTTP/1.1\r\nhost: a\r\n{lines}\r\n")
}

/// Heads with as many lines as there may be: all of them are answered.
fn heads(target: &Target, head: &str) -> Judgement {
    let mut stream = target.connect();
    let status = if target.key == crate::careless::KEY { "200" } else { "401" };
    let requests = head.repeat(TOGETHER);
    (0..HEADS / TOGETHER).try_for_each(|_| together(&mut stream, &requests, TOGETHER, status))
}

/// Heads with far more lines than there may be; who takes them answers.
fn large_heads(target: &Target, head: &str) -> Judgement {
    for _ in 0..LARGE_HEADS {
        let mut stream = target.connect();
        // A server need not take it all.
        let _ = stream.write_all(head.as_bytes());
        if ![200, 431].contains(&read_answer(&mut stream).status) {
            return Err(Fault::NotServed(
                "neither an answer nor that there are too many".to_owned(),
            ));
        }
    }
    Ok(())
}

/// Crafted names cost not much more than others.
fn in_one_place(target: &Target, count: usize, send: fn(&Target, &str) -> Judgement) -> Judgement {
    let heads = [false, true].map(|crafted| head(&names(count, crafted)));
    let (mut ordinary, mut crafted) = (0, 0);
    for _ in 0..ROUNDS {
        ordinary += target.spends(|| send(target, &heads[0]))?;
        crafted += target.spends(|| send(target, &heads[1]))?;
    }
    let most = TIMES_MAX * ordinary.max(1);
    if crafted > most { Err(Fault::Spent(crafted, most)) } else { target.serves() }
}

#[test]
fn lines_whose_names_fall_into_one_place_cost_little_more_than_others() {
    let server = Place::with(&[]);
    assert_eq!(in_one_place(&server.target, LINES, heads), Ok(()));
    assert_eq!(in_one_place(&server.target, TOO_MANY, large_heads), Ok(()));

    let buckets = Careless::new(Kind::Buckets);
    let fault = in_one_place(&buckets.target, TOO_MANY, large_heads);
    assert!(matches!(fault, Err(Fault::Spent(..))), "{fault:?}");
}

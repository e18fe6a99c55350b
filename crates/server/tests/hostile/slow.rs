//! Whoever sends drops of a head or of a body, or a head without end.

use std::io::Write as _;
use std::net::TcpStream;

use crate::careless::{Careless, Kind};
use crate::place::Place;
use crate::target::{Fault, Judgement, KIB, SHORT_MS, Target, all_ended, drip};

/// Connections of each kind.
const CROWD: usize = 100;
/// What each of them may cost.
const EACH_MAX: u64 = 64 * KIB;

/// Opens a crowd of connections that begin with this and go on in drops. How many are left.
fn crowd(target: &Target, begin: &[u8], drop: &[u8]) -> usize {
    let open = |_| {
        let mut stream = target.connect();
        stream.write_all(begin).expect("sent");
        stream
    };
    drip(&mut (0..CROWD).map(open).collect(), drop, true)
}

/// Crowds side by side: each of them is ended, in bounded memory, and others are served meanwhile.
fn judge(target: &Target, crowds: &[(Vec<u8>, &[u8])]) -> Judgement {
    let memory = target.memory();
    let left = std::thread::scope(|scope| {
        let crowds: Vec<_> = crowds
            .iter()
            .map(|(begin, drop)| scope.spawn(move || crowd(target, begin, drop)))
            .collect();
        target.serves()?;
        Ok(crowds.into_iter().map(|crowd| crowd.join().expect("a crowd")).sum())
    })?;
    memory.grew_by_at_most(crowds.len() as u64 * CROWD as u64 * EACH_MAX)?;
    all_ended(left)?;
    target.serves()
}

/// Nothing, drops of a first line, drops of lines.
fn slow_heads(target: &Target) -> Judgement {
    let half = target.head("GET", "ok").into_bytes();
    judge(target, &[(Vec::new(), b""), (b"G".to_vec(), b"E"), (half, b"x: y\r\n")])
}

/// Half a body, drops of one with a length, drops of chunks.
fn slow_bodies(target: &Target) -> Judgement {
    let begin = |framing: &str| format!("{}{framing}\r\n\r\n", target.head("POST", "ok"));
    let (length, chunks) = (begin("content-length: 1000"), begin("transfer-encoding: chunked"));
    let half = format!("{length}half").into_bytes();
    judge(target, &[(half, b""), (length.into_bytes(), b"a"), (chunks.into_bytes(), b"1\r\na\r\n")])
}

/// Heads that go on, each several times as long as a head may be.
fn heads_without_end(target: &Target) -> Judgement {
    let memory = target.memory();
    let begin = target.head("GET", "ok") + &"x-line: and another\r\n".repeat(15_000);
    let mut crowd: Vec<TcpStream> = Vec::new();
    for _ in 0..CROWD {
        let mut stream = target.connect();
        // The server need not take it all.
        let _ = stream.write_all(begin.as_bytes());
        crowd.push(stream);
    }
    let left = drip(&mut crowd, b"x: y\r\n", true);
    memory.grew_by_at_most(CROWD as u64 * EACH_MAX)?;
    all_ended(left)?;
    target.serves()
}

fn place() -> Place {
    Place::with(&[
        ("CHAVEIRO__LIMITS__FIRST_BYTE_DEADLINE_MS", SHORT_MS),
        ("CHAVEIRO__LIMITS__HEADER_DEADLINE_MS", SHORT_MS),
        ("CHAVEIRO__LIMITS__BODY_DEADLINE_MS", SHORT_MS),
    ])
}

#[test]
fn slow_heads_are_cut_off_in_bounded_memory() {
    assert_eq!(slow_heads(&place().target), Ok(()));
    let stock = Careless::new(Kind::Stock);
    assert_eq!(slow_heads(&stock.target), Err(Fault::NotEnded(3 * CROWD)));
}

#[test]
fn slow_bodies_are_cut_off_in_bounded_memory() {
    assert_eq!(slow_bodies(&place().target), Ok(()));
    let stock = Careless::new(Kind::Stock);
    assert_eq!(slow_bodies(&stock.target), Err(Fault::NotEnded(3 * CROWD)));
}

#[test]
fn heads_without_end_are_cut_off_in_bounded_memory() {
    assert_eq!(heads_without_end(&place().target), Ok(()));
    let stock = Careless::new(Kind::Stock);
    let fault = heads_without_end(&stock.target);
    assert!(matches!(fault, Err(Fault::Grew(..))), "{fault:?}");
}

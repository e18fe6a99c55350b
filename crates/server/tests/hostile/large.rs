//! Large bodies, both ways at once: they stream, and nothing of them is gathered. Must not ask for more than one.

use std::io::{Read as _, Write as _};

use crate::careless::{Careless, Kind};
use crate::place::Place;
use crate::target::{Fault, Judgement, MIB, Target};

/// Pieces of a body, and how long each is.
const PIECES: usize = 2_048;
const PIECE: usize = 65_536;

/// A body passes to an upstream that sends it back as it comes, in little memory.
fn echoed(target: &Target, pieces: usize) -> Judgement {
    let memory = target.memory();
    let mut stream = target.connect();
    let head =
        target.head("POST", "echo") + "connection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("sent");
    let mut reading = stream.try_clone().expect("a socket");
    let reader = std::thread::spawn(move || {
        let (mut count, mut chunk) = (0, vec![0; PIECE]);
        let mut end = Vec::new();
        // The end comes back too, and the echo keeps its connection open behind it.
        while !end.ends_with(b"\r\n0\r\n\r\n") {
            match reading.read(&mut chunk) {
                Ok(0) | Err(_) => return count,
                Ok(read) => {
                    count += read;
                    end.extend_from_slice(&chunk[..read]);
                    end.drain(..end.len().saturating_sub(16));
                }
            }
        }
        count
    });
    let piece = [&b"10000\r\n"[..], &vec![b'x'; PIECE], b"\r\n"].concat();
    let mut sent = (0..pieces).map(|_| stream.write_all(&piece));
    let is_sent = sent.all(|sent| sent.is_ok()) && stream.write_all(b"0\r\n\r\n").is_ok();
    let came = reader.join().expect("a reader");
    memory.grew_by_at_most(16 * MIB)?;
    if is_sent && came > pieces * PIECE {
        target.serves()
    } else {
        Err(Fault::NotServed(format!("{came} bytes came back")))
    }
}

#[test]
fn large_bodies_pass_both_ways_at_once_in_little_memory() {
    let place = Place::with(&[("CHAVEIRO__LIMITS__GATEWAY_BODY_BYTES_MAX", "1073741824")]);
    assert_eq!(echoed(&place.target, PIECES), Ok(()));
    let stock = Careless::new(Kind::Stock);
    let fault = echoed(&stock.target, PIECES / 4);
    assert!(matches!(fault, Err(Fault::Grew(..))), "{fault:?}");
}

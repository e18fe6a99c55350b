//! What frames of HTTP/2 that nobody means cost in processor time, beside requests on the same server.
//!
//! Must not measure by a clock: the kernel counts what a process used, whoever else is on the machine.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;

use crate::careless::{Careless, Kind};
use crate::forged::{TOGETHER, together};
use crate::frames::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, frame,
};
use crate::place::Place;
use crate::target::{DROPS_MAX, Fault, Judgement, PATIENCE, Target};

/// Frames of each flood, over as many connections as that takes.
const FRAMES: usize = 20_000;
/// Requests beside them.
const REQUESTS: usize = 10_000;
/// As many frames as have to cost less than one request does. A frame of a flood costs less than a
/// tenth of it; the rest is room, and a careless server goes far beyond it.
const FRAMES_FOR_REQUEST: u64 = 4;
/// Connections after which a flood is given up: a server may close each of them at once.
const CONNECTIONS_MAX: usize = 2_000;

/// What is sent first, and then again and again: so many frames.
struct Flood {
    begin: Vec<u8>,
    wave: Vec<u8>,
    frames: usize,
}

impl Flood {
    fn of(begin: Vec<u8>, one: &[u8]) -> Self {
        let frames = 1_000;
        Self { begin, wave: one.repeat(frames), frames }
    }
}

/// The requests are refused, so that no upstream has a part in what they cost.
fn requests(target: &Target) -> Judgement {
    let mut stream = target.connect();
    let requests = "GET /v3/customers HTTP/1.1\r\nhost: a\r\n\r\n".repeat(TOGETHER);
    let status = if target.key == crate::careless::KEY { "200" } else { "401" };
    (0..REQUESTS / TOGETHER).try_for_each(|_| together(&mut stream, &requests, TOGETHER, status))
}

/// Sends all frames; a connection that is ended is followed by the next.
fn send(target: &Target, flood: &Flood) -> Judgement {
    let mut sent = 0;
    for _ in 0..CONNECTIONS_MAX {
        if sent >= FRAMES {
            return Ok(());
        }
        let mut stream = target.connect();
        let answers = stream.try_clone().expect("a socket");
        let reader = thread::spawn(move || swallow(answers));
        let mut is_open = stream.write_all(&[frames::PREFACE, &flood.begin].concat()).is_ok();
        while is_open && sent < FRAMES {
            is_open = stream.write_all(&flood.wave).is_ok();
            sent += flood.frames;
        }
        // All of it was taken when the other side ends, too.
        let _ = stream.shutdown(Shutdown::Write);
        reader.join().expect("a reader");
    }
    Err(Fault::NotServed(format!("{sent} frames on {CONNECTIONS_MAX} connections")))
}

/// Reads to the end.
fn swallow(mut stream: TcpStream) {
    let mut chunk = vec![0; 65_536];
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    for _ in 0..DROPS_MAX * 1_000 {
        match stream.read(&mut chunk) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Some frames cost less than one request.
fn are_cheap(target: &Target, flood: &Flood) -> Judgement {
    let requests = target.spends(|| requests(target))?;
    let frames = target.spends(|| send(target, flood))?;
    // Brought to as many of the one as of the other.
    let frames = frames * FRAMES_FOR_REQUEST * REQUESTS as u64 / FRAMES as u64;
    if frames > requests { Err(Fault::Spent(frames, requests)) } else { target.serves() }
}

/// A head that goes on in small pieces.
fn continuation(target: &Target) -> Flood {
    let begin = frame(HEADERS, END_STREAM, 1, &frames::lines(target, "GET", "ok"));
    let piece = [&[0, 1, b'x', 27][..], &[b'y'; 27]].concat();
    Flood::of(begin, &frame(CONTINUATION, 0, 1, &piece))
}

fn floods(target: &Target) -> Vec<(&'static str, Flood)> {
    let lines = frames::lines(target, "GET", "held");
    let pair = |at: u32| {
        let asked = frame(HEADERS, END_HEADERS | END_STREAM, 2 * at + 1, &lines);
        [asked, frame(RST_STREAM, 0, 2 * at + 1, &[0, 0, 0, 8])].concat()
    };
    let resets =
        Flood { begin: Vec::new(), wave: (0..500).flat_map(pair).collect(), frames: 1_000 };
    let body = frame(HEADERS, END_HEADERS, 1, &frames::lines(target, "POST", "echo"));
    let same = |kind, payload: &[u8]| Flood::of(Vec::new(), &frame(kind, 0, 0, payload));
    vec![
        ("resets", resets),
        ("continuation", continuation(target)),
        ("empty data", Flood::of(body, &frame(DATA, 0, 1, b""))),
        ("ping", same(PING, &[0; 8])),
        ("settings", same(SETTINGS, b"")),
        ("window", same(WINDOW_UPDATE, &[0, 0, 0, 1])),
    ]
}

#[test]
fn a_frame_of_a_flood_costs_less_processor_time_than_a_request() {
    let place = Place::with(&[]);
    for (what, flood) in floods(&place.target) {
        assert_eq!(are_cheap(&place.target, &flood), Ok(()), "{what}");
    }
    let rereads = Careless::new(Kind::Rereads);
    let fault = are_cheap(&rereads.target, &continuation(&rereads.target));
    assert!(matches!(fault, Err(Fault::Spent(..))), "{fault:?}");
}

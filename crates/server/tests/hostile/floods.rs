//! Floods of frames of HTTP/2 that nobody means.

use std::io::{ErrorKind, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::thread;

use crate::careless::{Careless, Kind};
use crate::frames::{
    self, ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, frame,
};
use crate::place::Place;
use crate::target::{Fault, Judgement, MIB, SHORT_MS, Target};

/// Frames after which a connection is taken for one that is never ended.
const FRAMES_MAX: usize = 200_000;
/// What a flood may cost.
const COST_MAX: u64 = 16 * MIB;

/// What the last ping carries.
const LAST: &[u8] = b"the last";

/// Whether the client of a flood reads what is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    Everything,
    Nothing,
}

/// What is sent again and again: these bytes, which are so many frames.
struct Wave {
    bytes: Vec<u8>,
    frames: usize,
}

/// What a client sees at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The end of its connection.
    End,
    /// The answer to what it sent last: all that came before was taken.
    LastAnswer,
    /// Neither.
    Silence,
}

/// Reads to the end, or to the answer to what is sent last.
fn watch(mut stream: TcpStream, seen: &mpsc::Sender<Seen>) {
    while let Some((kind, flags, _, payload)) = frames::read(&mut stream) {
        if (kind, flags, &payload[..]) == (PING, ACK, LAST) {
            // Nobody asks any more where an end was seen.
            let _ = seen.send(Seen::LastAnswer);
            return;
        }
    }
    let is_silent = stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    let _ = seen.send(if is_silent { Seen::Silence } else { Seen::End });
}

/// The connection is ended before so many frames, in bounded memory, and others are served.
fn flood(
    target: &Target,
    reads: Reads,
    begin: &[u8],
    mut wave: impl FnMut(usize) -> Wave,
) -> Judgement {
    let memory = target.memory();
    let mut stream = target.connect();
    let answers = stream.try_clone().expect("a socket");
    let (seen, see) = mpsc::channel();
    let (start, started) = mpsc::channel();
    let watching = thread::spawn(move || {
        if started.recv().is_ok() {
            watch(answers, &seen);
        }
    });
    let begin_to_read = || start.send(()).expect("a reader");
    if reads == Reads::Everything {
        begin_to_read();
    }
    let (mut sent, mut last) = (0, None);
    let mut outcome = stream.write_all(&[frames::PREFACE, begin].concat());
    for at in 0.. {
        // The server may go on for a while to throw away what comes after its end.
        last = see.try_recv().ok();
        if outcome.is_err() || last.is_some() || sent >= FRAMES_MAX {
            break;
        }
        let Wave { bytes, frames } = wave(at);
        outcome = stream.write_all(&bytes);
        sent += frames;
    }
    if reads == Reads::Nothing {
        begin_to_read();
    }
    let is_cut = outcome.and_then(|()| stream.write_all(&frame(PING, 0, 0, LAST))).is_err();
    let is_ended = is_cut || last.or_else(|| see.recv().ok()) == Some(Seen::End);
    let _ = stream.shutdown(Shutdown::Both);
    watching.join().expect("a reader");
    memory.grew_by_at_most(COST_MAX)?;
    if !is_ended {
        return Err(Fault::NotEnded(sent));
    }
    target.serves()
}

/// The same frame again and again.
fn same(target: &Target, reads: Reads, begin: &[u8], one: &[u8]) -> Judgement {
    let frames = 1 + 65_536 / one.len();
    flood(target, reads, begin, |_| Wave { bytes: one.repeat(frames), frames })
}

fn number(at: usize) -> u32 {
    u32::try_from(2 * at + 1).expect("a stream")
}

/// Requests that are taken back at once, many together.
fn rapid_reset(target: &Target) -> Judgement {
    let lines = frames::lines(target, "GET", "held");
    let pair = |number| {
        let asked = frame(HEADERS, END_HEADERS | END_STREAM, number, &lines);
        [asked, frame(RST_STREAM, 0, number, &[0, 0, 0, 8])].concat()
    };
    flood(target, Reads::Everything, b"", |at| {
        let bytes = (50 * at..50 * (at + 1)).flat_map(|at| pair(number(at))).collect();
        Wave { bytes, frames: 100 }
    })
}

/// A head that goes on.
fn continuation(target: &Target) -> Judgement {
    let begin = frame(HEADERS, END_STREAM, 1, &frames::lines(target, "GET", "ok"));
    let piece = [&[0, 1, b'x', 127, 0x80, 0x70][..], &[b'y'; 14_463]].concat();
    same(target, Reads::Everything, &begin, &frame(CONTINUATION, 0, 1, &piece))
}

/// A body that goes on with nothing.
fn empty_data(target: &Target) -> Judgement {
    let begin = frame(HEADERS, END_HEADERS, 1, &frames::lines(target, "POST", "echo"));
    same(target, Reads::Everything, &begin, &frame(DATA, 0, 1, b""))
}

/// Frames that ask for an answer, or for nothing.
const ASKING: [(u8, &[u8]); 2] = [(PING, &[0; 8]), (SETTINGS, b"")];
/// Room for one more byte than before, on the connection.
const ROOM: &[u8] = &[0, 0, 0, 1];

fn place() -> Place {
    Place::with(&[
        ("CHAVEIRO__LIMITS__UNREAD_DEADLINE_MS", SHORT_MS),
        ("CHAVEIRO__LIMITS__BODY_DEADLINE_MS", SHORT_MS),
    ])
}

#[test]
fn requests_that_are_taken_back_end_their_connection() {
    assert_eq!(rapid_reset(&place().target), Ok(()));
    let unguarded = Careless::new(Kind::UnguardedHttp2);
    let fault = rapid_reset(&unguarded.target);
    assert!(fault.is_err(), "{fault:?}");
}

#[test]
fn heads_and_bodies_of_frames_without_end_end_their_connection() {
    let (place, naive) = (place(), Careless::new(Kind::NaiveHttp2));
    assert_eq!(continuation(&place.target), Ok(()));
    let fault = continuation(&naive.target);
    assert!(matches!(fault, Err(Fault::Grew(..))), "{fault:?}");
    assert_eq!(empty_data(&place.target), Ok(()));
    let fault = empty_data(&naive.target);
    assert!(matches!(fault, Err(Fault::NotEnded(_))), "{fault:?}");
}

#[test]
fn frames_that_ask_for_answers_that_nobody_reads_end_their_connection() {
    let (place, naive) = (place(), Careless::new(Kind::NaiveHttp2));
    for (kind, payload) in ASKING {
        let one = frame(kind, 0, 0, payload);
        assert_eq!(same(&place.target, Reads::Nothing, b"", &one), Ok(()), "{kind}");
        let fault = same(&naive.target, Reads::Nothing, b"", &one);
        assert!(matches!(fault, Err(Fault::Grew(..) | Fault::NotEnded(_))), "{kind} {fault:?}");
    }
}

#[test]
fn frames_that_carry_nothing_end_their_connection() {
    let (place, naive) = (place(), Careless::new(Kind::NaiveHttp2));
    for (kind, payload) in ASKING.into_iter().chain([(WINDOW_UPDATE, ROOM)]) {
        let one = frame(kind, 0, 0, payload);
        assert_eq!(same(&place.target, Reads::Everything, b"", &one), Ok(()), "{kind}");
        let fault = same(&naive.target, Reads::Everything, b"", &one);
        assert!(matches!(fault, Err(Fault::NotEnded(_))), "{kind} {fault:?}");
    }
}

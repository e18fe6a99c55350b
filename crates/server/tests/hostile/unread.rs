//! Whoever asks for large answers and does not read them, or leaves no room for them.

use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;

use crate::careless::{Careless, Kind};
use crate::frames::{self, ACK, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, frame};
use crate::place::Place;
use crate::target::{
    DROP, DROPS_MAX, Fault, Judgement, KIB, MIB, SHORT_MS, Target, all_ended, drip,
};

/// Connections that read nothing.
const CROWD: usize = 20;
/// Answers that nobody reads, on one connection of HTTP/2.
const STREAMS: u32 = 50;
/// What one answer that nobody reads may cost.
const EACH_MAX: u64 = 512 * KIB;

/// Each connection is ended in bounded memory, which it can tell without reading.
fn unread(target: &Target) -> Judgement {
    let memory = target.memory();
    let mut crowd: Vec<TcpStream> = Vec::new();
    for _ in 0..CROWD {
        let mut stream = target.connect();
        stream.write_all(&target.get("large")).expect("sent");
        crowd.push(stream);
    }
    target.serves()?;
    let left = drip(&mut crowd, b"G", false);
    memory.grew_by_at_most(CROWD as u64 * EACH_MAX)?;
    all_ended(left)?;
    target.serves()
}

/// Opens streams that ask for this after these settings, and never makes room for what is answered:
/// each is reset, or all are ended with their connection.
fn unread_streams(target: &Target, settings: &[u8], act: &str) -> Judgement {
    let memory = target.memory();
    let mut stream = target.connect();
    let lines = frames::lines(target, "GET", act);
    let mut asked = [frames::PREFACE, settings].concat();
    for at in 0..STREAMS {
        let flags = END_HEADERS | END_STREAM;
        asked.extend(frame(HEADERS, flags, 2 * at + 1, &lines));
    }
    stream.write_all(&asked).expect("sent");
    target.serves()?;
    let left = without_reset(&mut stream)?;
    memory.grew_by_at_most(u64::from(STREAMS) * EACH_MAX)?;
    all_ended(left)?;
    target.serves()
}

/// How many of the streams were answered and neither reset nor ended with their connection.
fn without_reset(stream: &mut TcpStream) -> Result<usize, Fault> {
    let all = usize::try_from(STREAMS).expect("few");
    let (mut answered, mut left) = (0, all);
    stream.set_read_timeout(Some(DROP)).expect("a time-out");
    for _ in 0..DROPS_MAX {
        while matches!(stream.peek(&mut [0; 9]), Ok(9)) {
            let Some((kind, flags, _, payload)) = frames::read(stream) else { break };
            answered += usize::from(kind == HEADERS);
            left -= usize::from(kind == RST_STREAM);
            if kind == PING && flags & ACK == 0 {
                let _ = stream.write_all(&frame(PING, ACK, 0, &payload));
            }
        }
        let end = stream.peek(&mut [0]).map_err(|error| error.kind());
        if left == 0 || matches!(end, Ok(0)) || end.is_err_and(|kind| kind != ErrorKind::WouldBlock)
        {
            left = 0;
            break;
        }
    }
    if answered == all { Ok(left) } else { Err(Fault::NotServed(format!("{answered} answers"))) }
}

/// Settings that leave no answer any room: `SETTINGS_INITIAL_WINDOW_SIZE` is 0.
fn no_window() -> Vec<u8> {
    frame(frames::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])
}

fn place() -> Place {
    Place::with(&[
        ("CHAVEIRO__LIMITS__UNREAD_DEADLINE_MS", SHORT_MS),
        ("CHAVEIRO__LIMITS__IDLE_DEADLINE_MS", SHORT_MS),
    ])
}

#[test]
fn answers_that_nobody_reads_are_ended_in_bounded_memory() {
    assert_eq!(unread(&place().target), Ok(()));
    let stock = Careless::new(Kind::Stock);
    assert_eq!(unread(&stock.target), Err(Fault::NotEnded(CROWD)));
    let gathers = Careless::new(Kind::GathersAnswers);
    let fault = unread(&gathers.target);
    assert!(matches!(fault, Err(Fault::Grew(grown, _)) if grown > 64 * MIB), "{fault:?}");
}

#[test]
fn streams_that_nobody_reads_are_ended_in_bounded_memory() {
    let place = place();
    assert_eq!(unread_streams(&place.target, b"", "large"), Ok(()));
    assert_eq!(unread_streams(&place.target, &no_window(), "large"), Ok(()));
    let unguarded = Careless::new(Kind::UnguardedHttp2);
    let all = Err(Fault::NotEnded(usize::try_from(STREAMS).expect("few")));
    assert_eq!(unread_streams(&unguarded.target, b"", "large"), all);
}

#[test]
fn a_window_of_nothing_holds_no_connection() {
    assert_eq!(unread_streams(&place().target, &no_window(), "ok"), Ok(()));
    let unguarded = Careless::new(Kind::UnguardedHttp2);
    let all = Err(Fault::NotEnded(usize::try_from(STREAMS).expect("few")));
    assert_eq!(unread_streams(&unguarded.target, &no_window(), "ok"), all);
}

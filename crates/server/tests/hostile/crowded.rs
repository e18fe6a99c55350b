//! More than there is room for: one caller who asks far more than others, and more requests under way
//! than the upstream may have.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use memchr::memmem;

use crate::careless::{Careless, Kind};
use crate::place::Place;
use crate::support::http;
use crate::target::{DROP, DROPS_MAX, Fault, Judgement, MIB, PATIENCE, Target};
use crate::upstream::Upstream;

/// Connections of the caller who asks much, beside one of somebody else.
const GREEDY: usize = 50;
/// Requests that each of them sends together.
const TOGETHER: usize = 20;
/// Requests of the other caller.
const QUIET: usize = 50;
/// Answers to the one that may come before one to the other: ten times all that was sent together,
/// since each step to the upstream and back waits for its turn.
const BEFORE_MAX: usize = 10 * GREEDY * TOGETHER;

/// Whoever asks little waits for no more than what was there before.
fn fair(target: &Target) -> Judgement {
    let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (begun, first) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..GREEDY {
            let (begun, answered, is_over) = (begun.clone(), &answered, &is_over);
            scope.spawn(move || while greedy(target, answered, is_over, &begun).is_some() {});
        }
        // Who came before the crowd would not meet it.
        let judgement = match first.recv_timeout(PATIENCE) {
            Ok(()) => quiet(target, &answered),
            Err(_) => Err(Fault::NotServed("nobody is answered".to_owned())),
        };
        is_over.store(true, Ordering::Relaxed);
        judgement
    })
}

/// Sends requests together, as long as that goes well and is asked for.
fn greedy(
    target: &Target,
    answered: &AtomicUsize,
    is_over: &AtomicBool,
    begun: &mpsc::Sender<()>,
) -> Option<()> {
    let mut stream = target.connect();
    let refused = "GET /v3/customers HTTP/1.1\r\nhost: a\r\n\r\n".repeat(TOGETHER);
    let mut chunk = vec![0; 65_536];
    stream.set_read_timeout(Some(DROP)).ok()?;
    loop {
        stream.write_all(refused.as_bytes()).ok()?;
        let mut left = TOGETHER;
        while left > 0 {
            if is_over.load(Ordering::Relaxed) {
                return None;
            }
            match stream.read(&mut chunk) {
                Ok(0) => return Some(()),
                Ok(read) => {
                    let heads = memmem::find_iter(&chunk[..read], "HTTP/1.1 ").count();
                    answered.fetch_add(heads, Ordering::Relaxed);
                    // Nobody listens any more to all but the first.
                    let _ = begun.send(());
                    left = left.saturating_sub(heads);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return Some(()),
            }
        }
    }
}

/// Asks one after the other, and counts what others are answered before.
fn quiet(target: &Target, answered: &AtomicUsize) -> Judgement {
    let mut stream = target.connect();
    stream.set_read_timeout(Some(DROP)).expect("a time-out");
    for _ in 0..QUIET {
        let before = answered.load(Ordering::Relaxed);
        stream.write_all(&target.get("ok")).expect("sent");
        let mut bytes = Vec::new();
        let mut looks = 0;
        while http::complete(&bytes).is_none() {
            let mut chunk = [0; 4_096];
            let others = answered.load(Ordering::Relaxed) - before;
            looks += 1;
            if others > BEFORE_MAX || looks > DROPS_MAX {
                return Err(Fault::NotServed(format!("{others} answers to somebody else before")));
            }
            match stream.read(&mut chunk) {
                Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => return Err(Fault::NotServed("a closed connection".to_owned())),
            }
        }
    }
    Ok(())
}

/// Requests that the upstream may have under way, and those that come at once.
const ROOM: usize = 8;
const ARRIVALS: usize = 400;

/// An open loop: everybody asks, nobody waits for another. Who finds no room is told so before
/// anybody leaves, who has no good key is told that, and who found room is answered in the end.
fn overload(target: &Target, upstream: &Upstream) -> Judgement {
    let memory = target.memory();
    let wrong = target.get("held");
    let wrong = String::from_utf8(wrong).expect("text").replace(&target.key, "nobody's key");
    let arrive = |at: usize| {
        let mut stream = target.connect();
        let asked = if at % 4 == 3 { wrong.clone().into_bytes() } else { target.get("held") };
        stream.write_all(&asked).expect("sent");
        (at, stream)
    };
    let arrivals: Vec<(usize, TcpStream)> = (0..ARRIVALS).map(arrive).collect();
    let mut waiting = Vec::new();
    for (at, stream) in arrivals {
        waiting.extend(answered(at, stream)?);
        if waiting.len() > ROOM {
            return Err(Fault::NotServed(format!("{} wait for room", waiting.len())));
        }
    }
    let held = upstream.held();
    upstream.release();
    for (_, mut stream) in waiting {
        let answer = http::read_answer(&mut stream);
        if answer.status != 200 {
            return Err(Fault::NotServed(format!("after room: {answer:?}")));
        }
    }
    memory.grew_by_at_most(16 * MIB)?;
    if held == ROOM { target.serves() } else { Err(Fault::Wrong(format!("{held} under way"))) }
}

/// The connection, if it still waits for its answer.
fn answered(at: usize, mut stream: TcpStream) -> Result<Option<(usize, TcpStream)>, Fault> {
    stream.set_read_timeout(Some(4 * DROP)).expect("a time-out");
    let waits = stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    if waits {
        return Ok(Some((at, stream)));
    }
    let answer = http::read_answer(&mut stream);
    let due = if at % 4 == 3 { 401 } else { 503 };
    let is_told = due == 401 || answer.header("retry-after").is_some();
    if answer.status == due && is_told {
        Ok(None)
    } else {
        Err(Fault::Wrong(format!("{due} was due: {answer:?}")))
    }
}

#[test]
fn who_asks_little_is_answered_beside_who_asks_much() {
    assert_eq!(fair(&Place::with(&[]).target), Ok(()));
    let one = Careless::new(Kind::OneByOne);
    let fault = fair(&one.target);
    assert!(matches!(fault, Err(Fault::NotServed(_))), "{fault:?}");
}

#[test]
fn who_finds_no_room_is_told_before_anybody_leaves() {
    let name = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM_REQUESTS_MAX";
    let place = Place::with(&[(name, &ROOM.to_string())]);
    assert_eq!(overload(&place.target, &place.upstream), Ok(()));
    let gathers = Careless::new(Kind::GathersAnswers);
    let fault = overload(&gathers.target, &gathers.upstream);
    assert!(matches!(fault, Err(Fault::NotServed(_))), "{fault:?}");
}

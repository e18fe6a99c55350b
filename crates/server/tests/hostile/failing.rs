//! Upstreams that die in the middle of an answer, or never come to its end.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use crate::careless::{Careless, Kind};
use crate::place::Place;
use crate::support::http::{self, Answer};
use crate::target::{Fault, Judgement, MIB, PATIENCE, SHORT_MS, Target};
use crate::upstream::Upstream;

/// Speaks HTTP/2 to the upstream.
const HTTP2: (&str, &str) =
    ("CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM_PROTOCOL", "http2");
/// Answers of each kind, one after the other.
const ROUNDS: usize = 50;
/// What all of them may leave behind.
const COST_MAX: u64 = 16 * MIB;

/// What was a part is never passed on as a whole: the answer breaks off, or says that there is none.
fn dies(target: &Target, asked: &[u8], act: &str) -> Judgement {
    let memory = target.memory();
    for _ in 0..ROUNDS {
        let mut stream = target.connect();
        stream.write_all(asked).expect("sent");
        match whole(&mut stream)? {
            None => {}
            Some(answer) if answer.status == 502 => {}
            Some(answer) => return Err(Fault::Wrong(format!("{act}: {answer:?}"))),
        }
    }
    memory.grew_by_at_most(COST_MAX)?;
    target.serves()
}

/// An answer, if it is whole before its connection ends.
fn whole(stream: &mut TcpStream) -> Result<Option<Answer>, Fault> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4_096]);
    loop {
        if let Some(answer) = http::complete(&bytes) {
            return Ok(Some(answer));
        }
        match stream.read(&mut chunk) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Err(Fault::NotEnded(1));
            }
            // An end by force is as good as one in order.
            Ok(_) | Err(_) => return Ok(None),
        }
    }
}

/// One that never comes to the end of its head is given up, whatever it sends meanwhile.
fn never_begins(target: &Target, asked: &[u8], act: &str) -> Judgement {
    let memory = target.memory();
    let ask = || {
        let mut stream = target.connect();
        stream.write_all(asked).expect("sent");
        stream
    };
    let crowd: Vec<_> = std::iter::repeat_with(ask).take(ROUNDS).collect();
    answers(target)?;
    let unanswered = std::thread::scope(|scope| {
        let answer = |mut stream| scope.spawn(move || http::read_answer(&mut stream).status);
        let answers: Vec<_> = crowd.into_iter().map(answer).collect();
        let answers = answers.into_iter().map(|answer| answer.join().expect("a caller"));
        answers.filter(|status| ![502, 504].contains(status)).count()
    });
    memory.grew_by_at_most(COST_MAX)?;
    if unanswered > 0 {
        let late = format!("{unanswered} of {ROUNDS} not answered in {PATIENCE:?}: {act}");
        return Err(Fault::NotServed(late));
    }
    target.serves()
}

/// Somebody else is answered meanwhile, by whom needs no upstream for it.
fn answers(target: &Target) -> Judgement {
    let mut stream = target.connect();
    stream.write_all(b"GET /v3/customers HTTP/1.1\r\nhost: a\r\n\r\n").expect("sent");
    match http::read_answer(&mut stream).status {
        200 | 401 => Ok(()),
        status => Err(Fault::NotServed(format!("{status} for a request without a key"))),
    }
}

/// A request that the upstream answers over HTTP/2 as it was told to.
fn post(target: &Target) -> Vec<u8> {
    (target.head("POST", "ok") + "content-length: 0\r\n\r\n").into_bytes()
}

/// The same of an upstream that speaks HTTP/2; its connections are ended, too.
fn never_begins_over_http2(target: &Target, upstream: &Upstream, act: &'static str) -> Judgement {
    upstream.will(act);
    never_begins(target, &post(target), act)?;
    match upstream.left() {
        0 => target.serves(),
        left => Err(Fault::NotEnded(left)),
    }
}

fn place() -> Place {
    place_with(&[])
}

fn place_with(variables: &[(&str, &str)]) -> Place {
    let name = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM_RESPONSE_MS";
    // One that fails again and again would be left alone; here it is asked again.
    let patient = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM_FAILURES_MAX";
    Place::with(&[&[(name, SHORT_MS), (patient, "1000")], variables].concat())
}

#[test]
fn an_answer_that_breaks_off_is_never_passed_on_as_a_whole() {
    let (place, gathers) = (place(), Careless::new(Kind::GathersAnswers));
    for act in ["dies", "dies-chunked", "dies-in-its-head"] {
        assert_eq!(dies(&place.target, &place.target.get(act), act), Ok(()));
        let fault = dies(&gathers.target, &gathers.target.get(act), act);
        assert!(matches!(fault, Err(Fault::Wrong(_))), "{fault:?}");
    }
}

#[test]
fn an_answer_whose_head_never_ends_is_given_up() {
    let (place, gathers) = (place(), Careless::new(Kind::GathersAnswers));
    for act in ["drips-a-head", "endless-head", "announces", "announces-without-pause"] {
        assert_eq!(never_begins(&place.target, &place.target.get(act), act), Ok(()));
    }
    let act = "drips-a-head";
    let fault = never_begins(&gathers.target, &gathers.target.get(act), act);
    assert!(matches!(fault, Err(Fault::NotServed(_))), "{fault:?}");
}

#[test]
fn an_answer_over_http2_that_breaks_off_is_never_passed_on_as_a_whole() {
    let (place, waits) = (place_with(&[HTTP2]), Careless::new(Kind::WaitsForHeads));
    for act in ["dies", "dies-in-its-head"] {
        place.upstream.will(act);
        assert_eq!(dies(&place.target, &post(&place.target), act), Ok(()));
        waits.upstream.will(act);
        let fault = dies(&waits.target, &post(&waits.target), act);
        assert!(matches!(fault, Err(Fault::Wrong(_))), "{fault:?}");
    }
}

#[test]
fn an_answer_over_http2_whose_head_never_ends_is_given_up() {
    let (place, waits) = (place_with(&[HTTP2]), Careless::new(Kind::WaitsForHeads));
    for act in ["drips-a-head", "endless-head", "announces", "pings", "settings"] {
        assert_eq!(never_begins_over_http2(&place.target, &place.upstream, act), Ok(()), "{act}");
    }
    let fault = never_begins_over_http2(&waits.target, &waits.upstream, "drips-a-head");
    assert!(matches!(fault, Err(Fault::NotServed(_))), "{fault:?}");
}

//! Many keys that nobody issued, and much of everything else that a request can be told apart by.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use domain::entropy::Entropy;
use domain::ids::EnvironmentName;
use domain::key_text::{Kid, mint};
use domain::prefix::{KeyPrefix, Reach};
use memchr::memmem;
use testkit::chance::Seeded;

use crate::careless::{Careless, Kind};
use crate::place::Place;
use crate::support::http;
use crate::target::{Fault, Judgement, MIB, Target};

/// The listener of the verifiers, counted from the base.
const VERIFIERS: u16 = 4;
/// Forged keys, all of them with a right checksum: a million, of which most come many to a request,
/// since this is no measurement of HTTP.
const FORGED: usize = 60_000;
const FORGED_IN_BATCHES: usize = 940_000;
/// Callers side by side.
const PARTS: usize = 4;
/// What is said of a key that nobody issued.
pub(crate) const UNKNOWN: &str = r#""reason":"unknown""#;
/// Questions in one batch.
const BATCH: usize = 1_000;
/// Requests that are sent together.
pub(crate) const TOGETHER: usize = 100;
/// What all of them may leave behind: buffers, and nothing for each.
const COST_MAX: u64 = 16 * MIB;
/// What a batch of everybody at once takes besides; a million keys that were kept would be more.
const BATCHES_COST_MAX: u64 = 32 * MIB;

/// Forges keys of the sandbox.
pub(crate) struct Forger {
    prefix: KeyPrefix,
    chance: Seeded,
}

impl Forger {
    pub(crate) fn new(seed: u64) -> Self {
        let sandbox = EnvironmentName::parse("sandbox").expect("a name");
        let prefix = KeyPrefix::new("$aact_hmlg_", Some(sandbox), Reach::Own).expect("a prefix");
        Self { prefix, chance: Seeded::new(seed) }
    }

    pub(crate) fn key(&mut self) -> String {
        mint(&self.prefix, &mut self.chance).text.expose().to_owned()
    }

    /// One whose public id is chosen.
    pub(crate) fn key_with(&mut self, kid: Kid) -> String {
        mint(&self.prefix, &mut Chosen(kid, &mut self.chance)).text.expose().to_owned()
    }

    pub(crate) const fn chance(&mut self) -> &mut Seeded {
        &mut self.chance
    }
}

/// Chance of which the beginning is chosen, so that it makes this public id.
struct Chosen<'c>(Kid, &'c mut Seeded);

impl Entropy for Chosen<'_> {
    fn fill(&mut self, buffer: &mut [u8]) {
        self.1.fill(buffer);
        // Each byte makes one letter: digits, then large ones, then small ones.
        for (byte, letter) in buffer.iter_mut().zip(self.0.to_string().bytes()) {
            *byte = match letter {
                b'0'..=b'9' => letter - b'0',
                b'A'..=b'Z' => letter - b'A' + 10,
                _ => letter - b'a' + 36,
            };
        }
    }
}

/// Sends so many requests together and reads as many answers; all of them have this status.
pub(crate) fn together(
    stream: &mut TcpStream,
    requests: &str,
    count: usize,
    status: &str,
) -> Judgement {
    let failed = |found: usize| Err(Fault::NotServed(format!("{found} of {count} answers")));
    if stream.write_all(requests.as_bytes()).is_err() {
        return failed(0);
    }
    let (mut answers, mut chunk) = (Vec::new(), vec![0; 65_536]);
    loop {
        let found = memmem::find_iter(&answers, "HTTP/1.1 ").count();
        if found >= count {
            break;
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return failed(found),
            Ok(read) => answers.extend_from_slice(&chunk[..read]),
        }
    }
    let right = memmem::find_iter(&answers, &format!("HTTP/1.1 {status}")).count();
    if right == count { Ok(()) } else { Err(Fault::Wrong(format!("{right} of {count}: {status}"))) }
}

/// Sends so many requests that `write` writes, over four connections, and holds the server to what
/// they may leave behind.
fn many(
    target: &Target,
    count: usize,
    status: &str,
    write: impl Fn(&mut String, &mut Forger, usize) + Sync,
) -> Judgement {
    let memory = target.memory();
    in_parts(|seed| {
        let (mut stream, mut forger) = (target.connect(), Forger::new(seed));
        for at in 0..count / PARTS / TOGETHER {
            let mut requests = String::new();
            for at in at * TOGETHER..(at + 1) * TOGETHER {
                write(&mut requests, &mut forger, at);
            }
            together(&mut stream, &requests, TOGETHER, status)?;
        }
        Ok(())
    })?;
    memory.grew_by_at_most(COST_MAX)?;
    target.serves()
}

/// Does this once for each part, side by side.
fn in_parts(part: impl Fn(u64) -> Judgement + Sync) -> Judgement {
    std::thread::scope(|scope| {
        let part = &part;
        let parts: Vec<_> = (0..PARTS as u64).map(|at| scope.spawn(move || part(at))).collect();
        parts.into_iter().try_for_each(|part| part.join().expect("a caller"))
    })
}

/// A request with this key, which differs from all others in whatever `line` says.
pub(crate) fn request(requests: &mut String, key: &str, query: &str, line: &str) {
    let head = format!("GET /v3/customers?{query} HTTP/1.1\r\nhost: a\r\naccess_token: {key}\r\n");
    requests.extend([&head, line, "\r\n"]);
}

/// Forged keys at the gateway, each of them refused.
fn forged(target: &Target, count: usize) -> Judgement {
    // As long as heads are: all of them together would be three times what may be left behind.
    let line = format!("user-agent: {}\r\n", "a".repeat(700));
    many(target, count, "401", |requests, forger, _| {
        request(requests, &forger.key(), "", &line);
    })
}

/// Where keys are asked about, and the key of who asks.
struct Verifier {
    address: String,
    key: String,
}

/// Forged keys in batches, each of them unknown.
fn forged_in_batches(target: &Target, verifier: &Verifier, count: usize) -> Judgement {
    let memory = target.memory();
    batches(verifier, count)?;
    memory.grew_by_at_most(BATCHES_COST_MAX)?;
    target.serves()
}

/// Asks in batches, side by side.
fn batches(verifier: &Verifier, count: usize) -> Judgement {
    let bearer = format!("Bearer {}", verifier.key);
    let lines = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    in_parts(|seed| {
        let mut forger = Forger::new(seed);
        for _ in 0..count / PARTS / BATCH {
            let questions: Vec<_> = (0..BATCH).map(|_| question(&forger.key())).collect();
            let body = format!("[{}]", questions.join(","));
            let path = "/api/v1/verify/batch";
            let answer = http::send(&verifier.address, "POST", path, &lines, body.as_bytes());
            let unknown = memmem::find_iter(&answer.body, UNKNOWN).count();
            if (answer.status, unknown) != (200, BATCH) {
                let body = answer.text();
                return Err(Fault::Wrong(format!("{unknown} unknown: {body:.500}")));
            }
        }
        Ok(())
    })
}

fn question(key: &str) -> String {
    let place =
        r#""realm":"payments","environment":"sandbox","method":"GET","path":"/v3/payments""#;
    format!(r#"{{{place},"key":"{key}"}}"#)
}

/// Forged keys that differ in all else too: in names and values of lines, and in what they ask for.
fn distinct(target: &Target, count: usize) -> Judgement {
    many(target, count, "401", |requests, forger, at| {
        let key = forger.key();
        let line = format!("user-agent: {key}\r\nx-line-{at}: {key}\r\nx-request-id: {key}\r\n");
        request(requests, &key, &format!("{at}={key}"), &line);
    })
}

/// Cookies, as large as a head may be: a hundred megabytes of them.
fn cookies(target: &Target) -> Judgement {
    let cookie = format!("cookie: a={}\r\n", "b".repeat(15_000));
    many(target, 6_800, "401", |requests, forger, _| request(requests, &forger.key(), "", &cookie))
}

#[test]
fn forged_keys_with_a_right_checksum_are_not_remembered() {
    assert_eq!(forged(&Place::with(&[]).target, FORGED), Ok(()));
    let remembers = Careless::new(Kind::Remembers);
    let fault = forged(&remembers.target, FORGED);
    assert!(matches!(fault, Err(Fault::Grew(..))), "{fault:?}");
}

#[test]
fn forged_keys_in_batches_are_not_remembered_either() {
    let place = Place::with(&[]);
    let address = place.server.address(VERIFIERS);
    let verifier = Verifier { address, key: place.server.text("/verifier/key") };
    assert_eq!(forged_in_batches(&place.target, &verifier, FORGED_IN_BATCHES), Ok(()));

    let remembers = Careless::new(Kind::Remembers);
    let verifier = Verifier { address: remembers.target.address.clone(), key: String::new() };
    let fault = forged_in_batches(&remembers.target, &verifier, FORGED_IN_BATCHES / 2);
    assert!(matches!(fault, Err(Fault::Grew(..))), "{fault:?}");
}

#[test]
fn what_requests_differ_in_is_not_remembered() {
    let (place, remembers) = (Place::with(&[]), Careless::new(Kind::Remembers));
    assert_eq!(distinct(&place.target, 40_000), Ok(()));
    let fault = distinct(&remembers.target, 40_000);
    assert!(matches!(fault, Err(Fault::Grew(..))), "{fault:?}");
}

#[test]
fn a_hundred_megabytes_of_cookies_are_not_kept() {
    let (place, remembers) = (Place::with(&[]), Careless::new(Kind::Remembers));
    assert_eq!(cookies(&place.target), Ok(()));
    let fault = cookies(&remembers.target);
    assert!(matches!(fault, Err(Fault::Grew(..))), "{fault:?}");
}

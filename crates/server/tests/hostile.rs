//! Hostile load: many idle connections, many forged keys, large bodies both ways. What is bounded is
//! the memory of the process, and that others are served meanwhile.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use domain::ids::EnvironmentName;

use domain::key_text::mint;
use domain::prefix::{KeyPrefix, Reach};
use support::{Quickstart, http, ports};
use testkit::chance::Seeded;

const SANDBOX: u16 = 1;
const UPSTREAM: &str = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM";
const MIB: u64 = 1 << 20;

/// The memory of a process that lies in the machine, at most so far, in bytes.
fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status"));
    let status = status.expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1_024
}

/// The memory of a process now; what it took before, to start above all, is forgotten.
fn memory_now(pid: u32) -> u64 {
    let forget = Path::new("/proc").join(pid.to_string()).join("clear_refs");
    std::fs::write(forget, "5").expect("a process of ours");
    peak_memory(pid)
}

/// A server and the folder of its data.
struct Place {
    server: Quickstart,
    _dir: tempfile::TempDir,
}

fn place(variables: &[(&str, &str)]) -> Place {
    let dir = tempfile::tempdir().expect("a folder");
    let server = Quickstart::start_with(&dir.path().join("data"), ports::free_base(), variables);
    Place { server, _dir: dir }
}

impl Place {
    /// Fails unless a good request is answered well.
    #[track_caller]
    fn serves(&self) {
        let key = self.server.text("/realms/payments/sandbox/key");
        let address = self.server.address(SANDBOX);
        let answer = http::get(&address, "/v3/customers", &[("access_token", &key)]);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    #[track_caller]
    fn grew_by_less_than(&self, before: u64, most: u64) {
        let grown = peak_memory(self.server.pid()).saturating_sub(before);
        assert!(grown < most, "{} MiB more, and {} are allowed", grown / MIB, most / MIB);
    }
}

#[test]
fn ten_thousand_idle_connections_cost_little_and_keep_nobody_out() {
    let place = place(&[
        ("CHAVEIRO__LIMITS__CONNECTIONS_MAX", "12000"),
        ("CHAVEIRO__LIMITS__IDLE_DEADLINE_MS", "600000"),
    ]);
    place.serves();
    let before = memory_now(place.server.pid());
    let address = place.server.address(SANDBOX);
    let mut idle = Vec::with_capacity(10_000);
    for _ in 0..10_000 {
        let mut stream = TcpStream::connect(&address).expect("a connection");
        stream.write_all(b"GET /v3/customers HTTP/1.1\r\nhost: a\r\n\r\n").expect("sent");
        assert_eq!(http::read_answer(&mut stream).status, 401);
        idle.push(stream);
    }
    place.serves();
    // Two buffers of 8 KiB each, and what a connection knows of itself.
    place.grew_by_less_than(before, 10_000 * 32 * 1_024);
}

#[test]
fn forged_keys_with_a_right_checksum_ask_no_store_and_are_not_remembered() {
    let place = place(&[]);
    place.serves();
    // Whoever asked the store now would wait for this in vain.
    let database = place.server.data().join("chaveiro.db");
    let connection = rusqlite::Connection::open(database).expect("the database");
    connection.execute_batch("BEGIN EXCLUSIVE").expect("the database for us alone");

    let before = memory_now(place.server.pid());
    let sandbox = EnvironmentName::parse("sandbox").expect("a name");
    let prefix = KeyPrefix::new("$aact_hmlg_", Some(sandbox), Reach::Own).expect("a prefix");
    let mut chance = Seeded::new(11);
    let mut stream = TcpStream::connect(place.server.address(SANDBOX)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    for _ in 0..1_000 {
        let mut together = Vec::new();
        for _ in 0..100 {
            let forged = mint(&prefix, &mut chance);
            let key = forged.text.expose();
            together.extend_from_slice(
                format!("GET /v3/customers HTTP/1.1\r\nhost: a\r\naccess_token: {key}\r\n\r\n")
                    .as_bytes(),
            );
        }
        stream.write_all(&together).expect("sent");
        let mut answers = Vec::new();
        while answers.windows(12).filter(|part| *part == b"HTTP/1.1 401").count() < 100 {
            let mut chunk = [0; 65_536];
            let count = stream.read(&mut chunk).expect("answers");
            assert!(count > 0, "closed after {}", answers.escape_ascii());
            answers.extend_from_slice(&chunk[..count]);
        }
    }
    place.grew_by_less_than(before, 16 * MIB);
    connection.execute_batch("ROLLBACK").expect("the database for everybody");
    place.serves();
}

/// Sends every byte of every body back as it comes.
fn echo(listener: TcpListener) {
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let (mut from, mut to) = (stream.try_clone().expect("a socket"), stream);
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if from.read(&mut byte).unwrap_or(0) == 0 {
                        return;
                    }
                    head.push(byte[0]);
                }
                let chunked = String::from_utf8_lossy(&head).contains("transfer-encoding");
                let framing =
                    if chunked { "transfer-encoding: chunked" } else { "content-length: 2" };
                let answer = format!("HTTP/1.1 200 OK\r\n{framing}\r\nconnection: close\r\n\r\n");
                let _ = to.write_all(answer.as_bytes());
                let _ = if chunked {
                    std::io::copy(&mut from, &mut to)
                } else {
                    to.write(b"ok").map(|_| 2)
                };
            });
        }
    });
}

#[test]
fn large_bodies_pass_both_ways_at_once_in_little_memory() {
    let upstream = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", upstream.local_addr().expect("an address"));
    echo(upstream);
    let place =
        place(&[(UPSTREAM, &url), ("CHAVEIRO__LIMITS__GATEWAY_BODY_BYTES_MAX", "1073741824")]);
    place.serves();
    let before = memory_now(place.server.pid());
    let key = place.server.text("/realms/payments/sandbox/key");
    let mut stream = TcpStream::connect(place.server.address(SANDBOX)).expect("a connection");
    let head = format!(
        "POST /v3/customers HTTP/1.1\r\nhost: a\r\naccess_token: {key}\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut reading = stream.try_clone().expect("a socket");
    let reader = std::thread::spawn(move || {
        let (mut count, mut chunk) = (0_u64, vec![0; 65_536]);
        let mut end = Vec::new();
        // The end comes back too, and the echo keeps its connection open behind it.
        while !end.ends_with(b"\r\n0\r\n\r\n") {
            let read = reading.read(&mut chunk).expect("an answer");
            assert!(read > 0, "closed after {count}");
            count += read as u64;
            end.extend_from_slice(&chunk[..read]);
            end.drain(..end.len().saturating_sub(16));
        }
        count
    });
    let piece = [&b"10000\r\n"[..], &vec![b'x'; 65_536], b"\r\n"].concat();
    for _ in 0..2_048 {
        stream.write_all(&piece).expect("sent while the answer comes");
    }
    stream.write_all(b"0\r\n\r\n").expect("sent");
    assert!(reader.join().expect("an answer") > 128 * MIB);
    place.grew_by_less_than(before, 16 * MIB);
}

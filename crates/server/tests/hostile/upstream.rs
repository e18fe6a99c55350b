//! An upstream that does as the request says: well, or in one of the ways in which upstreams fail.
//!
//! It speaks HTTP/2 with whoever begins with it. Must not need anything else of the gateway.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::target::{DROP, PATIENCE};
use crate::upstream_http2;

/// The body of an answer of the act `large`: more than all buffers between two programs hold.
pub(crate) const LARGE: usize = 16 << 20;

/// An upstream, for as long as the process lives.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: usize,
    is_released: bool,
    /// What becomes of requests over HTTP/2 that are no GET.
    act: &'static str,
    /// How many of them go on.
    acting: usize,
}

impl Upstream {
    /// One on a port of its own.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let upstream = Self { address, shared: Arc::default() };
        let shared = Arc::clone(&upstream.shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let mut first = [0; 3];
                    match stream.peek(&mut first) {
                        Ok(3) if &first == b"PRI" => serve_http2(stream, &shared),
                        Ok(_) | Err(_) => serve(stream, &shared),
                    }
                });
            }
        });
        upstream
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says what becomes of requests over HTTP/2 that are no GET.
    pub(crate) fn will(&self, act: &'static str) {
        self.shared.state.lock().expect("the state").act = act;
    }

    /// How many connections on which it fails are still open after a while; none, as a rule.
    pub(crate) fn left(&self) -> usize {
        let state = self.shared.state.lock().expect("the state");
        let changed = &self.shared.changed;
        let waited = changed.wait_timeout_while(state, PATIENCE, |state| state.acting > 0);
        waited.expect("the state").0.acting
    }

    /// How many requests have come that are to be held.
    pub(crate) fn held(&self) -> usize {
        self.shared.state.lock().expect("the state").held
    }

    /// Answers what is held, and what is to be held from now on.
    pub(crate) fn release(&self) {
        self.shared.state.lock().expect("the state").is_released = true;
        self.shared.changed.notify_all();
    }
}

/// Answers over HTTP/2, or fails as it was told to.
fn serve_http2(stream: TcpStream, shared: &Shared) -> Option<()> {
    upstream_http2::serve(stream, |stream, number| {
        let act = {
            let mut state = shared.state.lock().expect("the state");
            state.acting += 1;
            state.act
        };
        upstream_http2::fail(stream, number, act);
        shared.state.lock().expect("the state").acting -= 1;
        shared.changed.notify_all();
    })
}

/// Answers request after request; whatever ends the connection ends this.
fn serve(mut stream: TcpStream, shared: &Shared) -> Option<()> {
    loop {
        let head = head(&mut stream)?;
        let (_, act) = head.split_once("act=").unwrap_or(("", "ok "));
        match act.split([' ', '&']).next()? {
            "echo" => return echo(stream, &head),
            "large" => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n");
                stream.write_all(head.as_bytes()).ok()?;
                let piece = vec![b'x'; 65_536];
                for _ in 0..LARGE / piece.len() {
                    stream.write_all(&piece).ok()?;
                }
            }
            "dies" => {
                let part = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf of it";
                return die(&mut stream, part);
            }
            "dies-chunked" => {
                let part = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n";
                return die(&mut stream, part);
            }
            "dies-in-its-head" => return die(&mut stream, "HTTP/1.1 200 OK\r\ncontent-le"),
            "drips-a-head" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").ok()?;
                return drip(&mut stream, b"y");
            }
            // Heads that only announce an answer, one after the other.
            "announces-without-pause" => {
                let wave = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(2_048);
                loop {
                    stream.write_all(&wave).ok()?;
                }
            }
            "announces" => return drip(&mut stream, b"HTTP/1.1 103 Early Hints\r\n\r\n"),
            "endless-head" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n").ok()?;
                loop {
                    stream.write_all(b"x-line: and another\r\n").ok()?;
                }
            }
            "held" => {
                let mut state = shared.state.lock().expect("the state");
                state.held += 1;
                drop(shared.changed.wait_while(state, |state| !state.is_released));
                ok(&mut stream)?;
            }
            _ => ok(&mut stream)?,
        }
    }
}

fn ok(stream: &mut TcpStream) -> Option<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").ok()
}

/// Sends a drop again and again, until nobody takes it.
pub(crate) fn drip(stream: &mut TcpStream, drop: &[u8]) -> Option<()> {
    stream.set_read_timeout(Some(DROP)).ok()?;
    // Nothing comes meanwhile, so what ends each wait is its time-out.
    while !matches!(stream.read(&mut [0]), Ok(0)) {
        stream.write_all(drop).ok()?;
    }
    None
}

/// Sends a part, and ends.
fn die(stream: &mut TcpStream, part: &str) -> Option<()> {
    stream.write_all(part.as_bytes()).ok()?;
    stream.shutdown(Shutdown::Both).ok()
}

/// The lines up to the empty one; none when the connection ends before.
fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Sends every byte of a chunked body back as it comes, and of anything else that comes after it: so
/// the connection is not to be used again.
fn echo(stream: TcpStream, head: &str) -> Option<()> {
    assert!(head.contains("transfer-encoding"), "{head}");
    let (mut from, mut to) = (stream.try_clone().ok()?, stream);
    to.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n")
        .ok()?;
    std::io::copy(&mut from, &mut to).ok().map(drop)
}

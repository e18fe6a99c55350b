//! An API behind the gateway that writes down every request it reads.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// It answers 200 to everything, for as long as the process lives.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// One on a port of its own.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let upstream = Self { address, seen: Arc::clone(&seen) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || serve(stream, &seen));
            }
        });
        upstream
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of all requests so far, with whatever could not be read as one.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("the heads").clone()
    }

    /// How many requests had this target, byte for byte.
    pub(crate) fn count(&self, target: &str) -> usize {
        let asked = |head: &String| head.split(' ').nth(1) == Some(target);
        self.seen().iter().filter(|head| asked(head)).count()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<String>>) {
    let mut answers = stream.try_clone().expect("a second handle");
    let mut reader = BufReader::new(stream);
    while let Some(head) = head(&mut reader) {
        seen.lock().expect("the heads").push(head.clone());
        if body(&mut reader, &head).is_none() {
            return;
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        if answers.write_all(answer).is_err() {
            return;
        }
    }
}

/// The lines up to the empty one; none when the connection ends before.
fn head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Reads past a body as its head announces it; none when it is incomplete.
fn body(reader: &mut impl BufRead, head: &str) -> Option<()> {
    let head = head.to_ascii_lowercase();
    if head.contains("\r\ntransfer-encoding:") {
        return chunks(reader);
    }
    let length = head.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.split('\r').next());
    skip(reader, length.map_or(0, |text| text.parse().expect("a length")))
}

fn chunks(reader: &mut impl BufRead) -> Option<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let size = u64::from_str_radix(line.trim_end().split(';').next()?, 16).ok()?;
        if size == 0 {
            // Trailers end as a head does.
            while reader.read_line(&mut line).ok()? > 2 {}
            return Some(());
        }
        skip(reader, size + 2)?;
    }
}

fn skip(reader: &mut impl Read, length: u64) -> Option<()> {
    let read = std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    (read == length).then_some(())
}

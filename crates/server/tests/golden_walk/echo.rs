//! The upstream of the walk: it keeps what it is told and answers as the goldens' README says.
//!
//! Must not share code with the server: it stands for somebody else's program.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::support::http::unchunk;

/// Marks its answers, so that they are told apart from the server's own.
const MARK: (&str, &str) = ("x-walk-upstream", "echo");

/// A running upstream.
#[derive(Debug)]
pub(crate) struct Echo {
    port: u16,
    told: Arc<Mutex<Vec<String>>>,
}

/// Whether an answer was given by the upstream.
pub(crate) fn is_from_upstream(headers: &[(String, String)]) -> bool {
    headers.iter().any(|(name, value)| (name.as_str(), value.as_str()) == MARK)
}

impl Echo {
    /// Serves on a port of its own until the process ends.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || converse(stream, &kept));
            }
        });
        Self { port, told }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The text of every request so far, whole.
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.lock().expect("what was told").clone()
    }
}

/// Answers the requests of one connection, one after the other.
fn converse(mut stream: TcpStream, told: &Mutex<Vec<String>>) {
    let (mut bytes, mut chunk) = (Vec::new(), [0_u8; 16_384]);
    loop {
        if let Some(request) = Heard::read(&bytes) {
            told.lock().expect("what was told").push(String::from_utf8_lossy(&bytes).into_owned());
            bytes.clear();
            if stream.write_all(&request.answer()).is_err() {
                return;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// A whole request.
struct Heard {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Heard {
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        let header = |(name, value): (&str, &str)| (name.to_ascii_lowercase(), value.trim().into());
        let mut heard = Self { headers: lines.map(header).collect(), body: Vec::new() };
        let rest = &bytes[end + 4..];
        heard.body = if heard.header("transfer-encoding").is_some() {
            unchunk(rest)?
        } else {
            let length = heard.header("content-length").map_or(0, |v| v.parse().expect("a length"));
            rest.get(..length)?.to_vec()
        };
        Some(heard)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn answer(&self) -> Vec<u8> {
        let (status, content_type, body) = match self.header("x-echo-status") {
            Some(status) => (status, self.header("content-type"), &self.body[..]),
            None => ("200", Some("application/json"), &b"{\"echo\":true}"[..]),
        };
        let (mark, value) = MARK;
        let mut head = format!("HTTP/1.1 {status} Echo\r\n{mark}: {value}\r\n");
        if let Some(content_type) = content_type {
            head.push_str(&format!("content-type: {content_type}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        [head.as_bytes(), body].concat()
    }
}

//! A receiver of webhooks on a port of its own: each request that comes whole is handed to the test.
//!
//! Must not answer by itself, nor judge what came.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::Value;

/// What a receiver was sent, and the way to answer it.
#[derive(Debug)]
pub(crate) struct Taken {
    headers: Vec<(String, String)>,
    /// The body as it came.
    pub(crate) text: String,
    pub(crate) body: Value,
    pub(crate) stream: TcpStream,
}

impl Taken {
    pub(crate) fn answer(mut self, status: u16) {
        let head =
            format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        // A server that was killed does not listen any more.
        self.stream.write_all(head.as_bytes()).ok();
    }

    /// Does not answer, until whoever sends has had enough.
    pub(crate) fn hang(mut self) {
        // Broken off or ended: it is over.
        drop(self.stream.read(&mut [0]));
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The text at a path of the body.
    pub(crate) fn text_at(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str)
    }
}

/// Opens a receiver for as long as the process lives, and says its address. Each request has a thread
/// of its own.
pub(crate) fn open(on: impl Fn(Taken) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let on = on.clone();
            thread::spawn(move || take(stream).map(on));
        }
    });
    url
}

/// Reads one request; one that is broken off is none.
fn take(stream: TcpStream) -> Option<Taken> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|_| line.starts_with("POST /hook "))?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let text = String::from_utf8(body).ok()?;
    let body = serde_json::from_str(&text).ok()?;
    Some(Taken { headers, text, body, stream })
}

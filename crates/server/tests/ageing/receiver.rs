//! A receiver of webhooks that takes everything and notes it.
//!
//! Must not judge.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::lived::Call;

/// A receiver on a port of its own, for as long as the process lives.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Receiver {
    /// That of the keys whose names begin like this.
    pub(crate) fn open(to: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let calls = Arc::default();
        let opened = Self { url, calls: Arc::clone(&calls) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let calls = Arc::clone(&calls);
                thread::spawn(move || take(stream, to, &calls));
            }
        });
        opened
    }

    /// What has come so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("the calls").clone()
    }
}

/// Takes one request and answers it; one that is broken off is none.
fn take(mut stream: TcpStream, to: &'static str, calls: &Mutex<Vec<Call>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let json: Value = serde_json::from_str(&body).ok()?;
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let event = text("/event")?;
    let what = match text("/accessToken/disableReason") {
        Some(reason) if event == "ACCESS_TOKEN_DISABLED" => format!("{event} {reason}"),
        _ => event,
    };
    let (id, key) = (text("/id")?, text("/accessToken/id")?.replace('-', ""));
    // Noted before it is answered: whoever is killed in between sends it again.
    calls.lock().expect("the calls").push(Call { to, id, what, key, body });
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()
}

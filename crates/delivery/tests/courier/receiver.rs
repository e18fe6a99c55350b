//! A receiver of a test's making: it keeps each request and answers with whatever bytes it likes.
//!
//! Must not help the courier: it speaks no HTTP but what a test writes.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What an answer is written to.
pub(crate) trait Conn: Read + Write {}
impl<T: Read + Write> Conn for T {}

/// Answers one request.
pub(crate) type Script = Arc<dyn Fn(&mut dyn Conn) -> io::Result<()> + Send + Sync>;

/// Listens until the test is over.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    /// One in the clear, on 127.0.0.1.
    pub(crate) fn clear(
        script: impl Fn(&mut dyn Conn) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start(None, Arc::new(script))
    }

    /// One over TLS that answers with 200.
    pub(crate) fn secured(config: ServerConfig) -> Self {
        Self::start(Some(Arc::new(config)), Arc::new(|conn| conn.write_all(OK)))
    }

    /// One in the clear that answers so.
    pub(crate) fn answering(bytes: &'static [u8]) -> Self {
        Self::clear(move |conn| conn.write_all(bytes))
    }

    fn start(tls: Option<Arc<ServerConfig>>, script: Script) -> Self {
        let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), tls, script) = (stream, tls.clone(), Arc::clone(&script)) else {
                    return;
                };
                let kept = Arc::clone(&kept);
                // Whatever breaks, breaks on purpose; the courier's side is what is looked at.
                std::thread::spawn(move || serve(stream, tls, &script, &kept));
            }
        });
        Self { port, heard }
    }

    /// The requests so far, connections without one included.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("not poisoned").clone()
    }
}

/// The shortest good answer.
pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn serve(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    script: &Script,
    kept: &Mutex<Vec<String>>,
) -> io::Result<()> {
    match tls {
        None => talk(stream, script, kept),
        Some(config) => {
            let session = ServerConnection::new(config).map_err(io::Error::other)?;
            talk(StreamOwned::new(session, stream), script, kept)
        }
    }
}

fn talk(mut conn: impl Conn, script: &Script, kept: &Mutex<Vec<String>>) -> io::Result<()> {
    let request = read_request(&mut conn);
    kept.lock().expect("not poisoned").push(request.unwrap_or_default());
    script(&mut conn)
}

fn read_request(conn: &mut impl Conn) -> io::Result<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        conn.read_exact(&mut byte)?;
        text.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&text).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
    let length: usize = length.and_then(|digits| digits.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    conn.read_exact(&mut body)?;
    text.extend(body);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

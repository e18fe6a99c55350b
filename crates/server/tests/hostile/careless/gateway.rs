//! A gateway that takes each answer whole, as much of it as comes, and passes that on.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::support::http;

pub(super) fn serve(listener: &TcpListener, upstream: &str) {
    for stream in listener.incoming().map_while(Result::ok) {
        let upstream = upstream.to_owned();
        std::thread::spawn(move || pass(stream, &upstream));
    }
}

/// Passes on one request after the other.
fn pass(mut client: TcpStream, upstream: &str) -> Option<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let mut upstream = TcpStream::connect(upstream).ok()?;
        upstream.write_all(&head).ok()?;
        let gathered = gather(&mut upstream);
        let end = gathered.windows(4).position(|four| four == b"\r\n\r\n");
        let body = end.map_or(&b""[..], |end| &gathered[end + 4..]);
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        client.write_all(head.as_bytes()).ok()?;
        client.write_all(body).ok()?;
    }
}

/// Everything of an answer, or what there is of it.
fn gather(upstream: &mut TcpStream) -> Vec<u8> {
    let (mut gathered, mut chunk) = (Vec::new(), vec![0; 65_536]);
    while http::complete(&gathered).is_none() {
        match upstream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(count) => gathered.extend_from_slice(&chunk[..count]),
        }
    }
    gathered
}
